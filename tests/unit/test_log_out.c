/* Where lines go: a pipe that nobody reads stops nobody, and loses whole lines only. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/log_out.c"

static int ends[2];

static void
setup_pipe(void)
{
	cr_assert_eq(pipe(ends), 0);
	cr_assert_geq(dup2(ends[1], STDOUT_FILENO), 0);
	close(ends[1]);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	alarm(10); /* whoever waits fails */
}

static void
setup_socket(void)
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	cr_assert_geq(dup2(ends[1], STDOUT_FILENO), 0);
	cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	alarm(10);
}

TestSuite(log_out, .init = setup_pipe);

/* All that is there; its lines must be "line N" with rising N. Their number, and the last N. */
static int
read_lines(int *last)
{
	static char text[1024 * 1024];
	size_t len = 0;
	ssize_t n;
	int lines = 0;

	while (
	    len < sizeof(text) - 1 && (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	*last = -1;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		int number = -1;

		cr_assert_eq(sscanf(line, "line %d of the log", &number), 1, "%s", line);
		cr_assert_str_eq(line + strlen(line) - 4, " end", "%s", line);
		cr_assert_gt(number, *last);
		*last = number;
		lines++;
	}
	return lines;
}

static void
give(void (*to)(const char *, size_t), int from, int count)
{
	char line[128];

	for (int i = from; i < from + count; i++)
		to(line, (size_t)snprintf(line, sizeof(line), "line %d of the log, %0*d end\n", i,
			     40 + i % 30, 0));
}

Test(log_out, nothing_is_written_before_it_is_worth_it)
{
	int last;

	log_out_open();
	give(log_out_later, 0, 100);
	cr_expect_eq(read_lines(&last), 0);
	log_out_flush();
	cr_expect_eq(read_lines(&last), 100);
	give(log_out_later, 0, 300);
	cr_expect_gt(read_lines(&last), 100, "16 KiB are written without being told to");
	cr_expect_eq(log_out_take_dropped(), 0);
}

static void
stall(void)
{
	int last, lines;

	give(log_out_later, 0, 10000);
	cr_expect_gt(log_out_take_dropped(), 1000);
	cr_expect_eq(log_out_take_dropped(), 0, "told once");
	cr_expect_leq(used, sizeof(buffer));
	lines = read_lines(&last);
	cr_expect_gt(lines, 100);
	cr_expect_lt(last, 9999);
}

Test(log_out, a_full_pipe_stops_nobody)
{
	log_out_open();
	cr_expect_eq(manner, NEVER_WAITING);
	stall();
	cr_expect_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0, "others' flags are theirs");
}

Test(log_out, a_full_pipe_that_cannot_be_opened_again)
{
	manner = ASKING;
	stall();
}

Test(log_out, a_full_socket_stops_nobody, .init = setup_socket)
{
	log_out_open();
	cr_expect_eq(manner, SOCKET);
	stall();
}

Test(log_out, what_was_kept_comes_in_order_when_it_is_read_again)
{
	int last, before, after = 0, lines;
	const int count = 2500; /* more than the pipe, less than pipe and buffer */

	log_out_open();
	give(log_out_later, 0, count);
	cr_expect_eq(log_out_take_dropped(), 0);
	cr_expect_gt(used, 0);
	before = read_lines(&last);
	do {
		log_out_flush();
		lines = read_lines(&last);
		after += lines;
	} while (lines > 0);
	cr_expect_eq(before + after, count);
	cr_expect_eq(used, 0);
}

Test(log_out, a_line_that_is_not_to_wait_is_dropped)
{
	int last;

	log_out_open();
	give(log_out_now, 0, 10000);
	cr_expect_eq(log_out_take_dropped() + (uint64_t)read_lines(&last), 10000);
}

Test(log_out, nobody_at_the_other_end)
{
	signal(SIGPIPE, SIG_IGN);
	log_out_open();
	close(ends[0]);
	give(log_out_now, 0, 3);
	give(log_out_later, 0, 10000);
	log_out_finish(100);
	cr_expect_gt(log_out_take_dropped(), 3);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Test(log_out, the_end_waits_a_little_and_no_longer)
{
	int64_t begun = now_ms();

	log_out_open();
	give(log_out_later, 0, 2500);
	log_out_finish(100);
	cr_expect_geq(now_ms() - begun, 100);
	cr_expect_lt(now_ms() - begun, 2000);
	cr_expect_gt(used, 0);
}

Test(log_out, until_it_is_opened_writing_waits)
{
	int last;

	cr_expect_eq(manner, WAITING);
	give(log_out_now, 0, 10);
	cr_expect_eq(read_lines(&last), 10);
}
