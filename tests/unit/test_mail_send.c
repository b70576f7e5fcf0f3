/* Handing mail over while the program ends: a server that hangs is not waited for. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop_note.h"
#include "mail/mail_send.h"

#define TIMEOUT_MS 60000 /* far more than a stop may wait */
#define SOON_US (20 * INT64_C(1000000))

/* What is answered to the greeting's time, EHLO, MAIL, RCPT, DATA and the mail. */
static const char *const answers[] = { "220 hello\r\n", "250 fine\r\n", "250 fine\r\n",
	"250 fine\r\n", "354 go on\r\n", "250 taken\r\n" };
enum { AT_GREETING, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_END, STEPS };

static struct arena arena;
static int listener;
static char url[40];
static int hangs_at;
static bool answers_late; /* a moment after the stop; or else never */
static atomic_bool hangs;

/* False: the other end is gone. */
static bool
hear(int fd, const char *end)
{
	char said[4000];
	size_t len = 0;
	ssize_t n;

	do {
		n = recv(fd, said + len, sizeof(said) - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
		said[len] = '\0';
	} while (n > 0 && strstr(said, end) == NULL);
	return n > 0;
}

static void
hang(int fd)
{
	atomic_store(&hangs, true);
	while (!answers_late && hear(fd, "no such end"))
		;
	while (stop_note_read() == STOP_NONE)
		usleep(10000);
	usleep(300000);
}

static void *
serve(void *arg)
{
	const int fd = accept(listener, NULL, NULL);
	bool goes_on = true;

	for (int i = 0; i < STEPS && goes_on; i++) {
		goes_on = i == AT_GREETING || hear(fd, i == AT_END ? "\r\n.\r\n" : "\r\n");
		if (i == hangs_at)
			hang(fd);
		if (goes_on)
			(void)!send(fd, answers[i], strlen(answers[i]), MSG_NOSIGNAL);
	}
	close(fd);
	return arg;
}

static void *
stop(void *arg)
{
	while (!atomic_load(&hangs))
		usleep(10000);
	stop_note_advance(STOP_LEAVING);
	return arg;
}

static void
begin(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&in, len), 0);
	cr_assert_eq(listen(listener, 4), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", ntohs(in.sin_port));
	stop_note_init();
}

static void
end(void)
{
	close(listener);
	arena_free(&arena);
}

TestSuite(mail_send, .init = begin, .fini = end, .timeout = 100);

/* A mail to a server that falls silent at a step; the program begins to end when it does. */
static struct mail_sent
send_to(int step)
{
	const struct mail_server server = { .url = url, .is_loopback = true };
	struct mail_sender *sender = mail_sender_open(&server, "", TIMEOUT_MS);
	const int64_t before = clock_monotonic_us();
	struct strbuf mail = { 0 };
	pthread_t threads[2];
	struct mail_sent sent;

	hangs_at = step;
	cr_assert_not_null(sender);
	cr_assert_eq(pthread_create(&threads[0], NULL, serve, NULL), 0);
	cr_assert_eq(pthread_create(&threads[1], NULL, stop, NULL), 0);
	strbuf_puts(&mail, "Subject: x\r\n\r\nx\r\n");
	mail_sender_send(sender, "a@example.org", "b@example.org", &mail, &arena, &sent);
	cr_expect_lt(clock_monotonic_us() - before, SOON_US);
	mail_sender_close(sender);
	strbuf_free(&mail);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return sent;
}

Test(mail_send, nobody_waits_for_a_greeting)
{
	const struct mail_sent sent = send_to(AT_GREETING);

	cr_expect(sent.is_cut_off);
	cr_expect_not(sent.is_refused);
	cr_expect_not(sent.is_unsure);
}

Test(mail_send, nobody_waits_for_leave_to_send)
{
	const struct mail_sent sent = send_to(AT_DATA);

	cr_expect(sent.is_cut_off);
	cr_expect_not(sent.is_unsure);
}

/* All of it is there: whether it was taken is not known. */
Test(mail_send, nobody_waits_long_for_the_last_word)
{
	const struct mail_sent sent = send_to(AT_END);

	cr_expect(sent.is_cut_off);
	cr_expect(sent.is_unsure);
	cr_expect_not(sent.is_refused);
}

Test(mail_send, the_last_word_gets_a_moment)
{
	struct mail_sent sent;

	answers_late = true;
	sent = send_to(AT_END);
	cr_expect_eq(sent.reply.result, CALL_OK);
	cr_expect_not(sent.is_cut_off);
}
