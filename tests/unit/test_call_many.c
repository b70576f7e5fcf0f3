/* Many calls at once, against a server of ours that answers some of them and some never. */
#include "clients/call_many.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define CALLS 300

static int listener = -1, port;
static atomic_int under_way, most_under_way, connections;

static void
note_begin(void)
{
	const int now = atomic_fetch_add(&under_way, 1) + 1;
	int most = atomic_load(&most_under_way);

	while (now > most && !atomic_compare_exchange_weak(&most_under_way, &most, now))
		;
}

/* "/ok/…", "/hang/…" or "/cut/…". */
static bool
answer(int fd, const char *request)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";

	if (strncmp(request, "GET /hang", 9) == 0)
		return true;
	if (strncmp(request, "GET /cut", 8) == 0)
		return false;
	usleep(500);
	return send(fd, ok, sizeof(ok) - 1, MSG_NOSIGNAL) > 0;
}

static void *
serve(void *arg)
{
	const int fd = (int)(intptr_t)arg;
	char request[2048];
	bool goes_on = true;
	ssize_t n;

	while (goes_on && (n = recv(fd, request, sizeof(request) - 1, 0)) > 0) {
		request[n] = '\0';
		note_begin();
		goes_on = answer(fd, request);
		atomic_fetch_sub(&under_way, 1);
	}
	close(fd);
	return NULL;
}

static void *
server(void *arg)
{
	pthread_t thread;
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&connections, 1);
		cr_assert_eq(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd), 0);
		pthread_detach(thread);
	}
	return NULL;
}

static void
begin(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	pthread_t thread;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	cr_assert_eq(listen(listener, 128), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	port = ntohs(address.sin_port);
	cr_assert_eq(pthread_create(&thread, NULL, server, NULL), 0);
	pthread_detach(thread);
}

TestSuite(call_many, .init = begin, .timeout = 60);

struct seen {
	const char *(*path)(size_t i);
	int asked[CALLS], read[CALLS];
	enum call_result results[CALLS];
	int timeout_ms, hang_ms; /* the latter for those that hang; 0: as all others */
};

static enum err
ask(void *arg, size_t i, struct arena *a, struct call_request *req)
{
	struct seen *s = arg;
	const char *path = s->path(i);

	s->asked[i]++;
	if (path == NULL)
		return ERR_INVALID;
	req->url = arena_printf(a, "http://127.0.0.1:%d/%s/%zu", port, path, i);
	req->timeout_ms = s->hang_ms != 0 && strcmp(path, "hang") == 0 ? s->hang_ms : s->timeout_ms;
	return ERR_OK;
}

static void
take(void *arg, size_t i, struct arena *a, const struct call_reply *reply)
{
	struct seen *s = arg;

	(void)a;
	s->read[i]++;
	s->results[i] = reply->result;
	if (reply->result == CALL_OK) {
		cr_assert_eq(reply->status, 200);
		cr_assert_str_eq(reply->body, "fine");
		cr_assert_eq(reply->body_len, 4);
	}
}

static size_t
run(struct seen *s, size_t n, size_t at_once, int64_t limit_ms)
{
	const struct call_many many = { .n = n,
		.at_once = at_once,
		.until_us = clock_monotonic_us() + limit_ms * 1000,
		.ask = ask,
		.read = take,
		.arg = s };

	return call_many_run(&many);
}

static const char *
all_fine(size_t i)
{
	(void)i;
	return "ok";
}

Test(call_many, all_answer)
{
	static struct seen s = { .path = all_fine, .timeout_ms = 20000 };

	cr_expect_eq(run(&s, CALLS, 16, 60000), CALLS);
	for (int i = 0; i < CALLS; i++) {
		cr_assert_eq(s.asked[i], 1);
		cr_assert_eq(s.read[i], 1);
		cr_assert_eq(s.results[i], CALL_OK, "%d: %s", i, call_result_word(s.results[i]));
	}
	cr_expect_leq(most_under_way, 16);
	cr_expect_leq(connections, 32); /* they are used again */
}

Test(call_many, none)
{
	static struct seen s = { .path = all_fine };

	cr_expect_eq(run(&s, 0, 16, 1000), 0);
	cr_expect_eq(run(&s, 5, 16, -1), 0);
	cr_expect_eq(s.asked[0], 0);
}

static const char *
of_all_kinds(size_t i)
{
	static const char *const paths[] = { "ok", "hang", "cut", NULL };

	return paths[i % 4];
}

/* Each has its own limit: those that hang hold nobody up for longer. */
Test(call_many, some_hang_some_are_cut_some_are_none)
{
	static const enum call_result expected[] = { CALL_OK, CALL_TIMEOUT, CALL_CUT };
	static struct seen s = { .path = of_all_kinds, .timeout_ms = 20000, .hang_ms = 700 };

	cr_expect_eq(run(&s, 80, 40, 60000), 80);
	for (size_t i = 0; i < 80; i++) {
		cr_assert_eq(s.asked[i], 1);
		cr_assert_eq(s.read[i], i % 4 == 3 ? 0 : 1);
		if (i % 4 < 3)
			cr_expect_eq(s.results[i], expected[i % 4], "%zu: %s", i,
			    call_result_word(s.results[i]));
	}
}

static const char *
all_hang(size_t i)
{
	(void)i;
	return "hang";
}

/* The limit of all together ends it, whatever each may take. */
Test(call_many, time_is_up)
{
	static struct seen s = { .path = all_hang, .timeout_ms = 30000 };
	const int64_t before = clock_monotonic_us();

	cr_expect_eq(run(&s, CALLS, 8, 600), 8);
	cr_expect_lt(clock_monotonic_us() - before, 10 * INT64_C(1000000));
	for (int i = 0; i < CALLS; i++) {
		cr_assert_eq(s.read[i], s.asked[i]);
		cr_assert_eq(s.asked[i], i < 8 ? 1 : 0);
		if (s.asked[i] == 1)
			cr_expect_eq(s.results[i], CALL_TIMEOUT);
	}
}
