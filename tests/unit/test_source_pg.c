/* A Postgres that accepts and says nothing, or something else: the deadline holds. */
#include "source/source_pg.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "slow_names.h"

static struct arena arena;
static const char *greeting; /* sent to whoever connects; NULL: nothing */

static void *
server(void *arg)
{
	int listener = *(int *)arg, fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		if (greeting != NULL) {
			if (write(fd, greeting, strlen(greeting)) < 0)
				break;
			close(fd);
		}
	return NULL;
}

static const char *
start_server(void)
{
	static int listener;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	pthread_t thread;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	cr_assert_eq(listen(listener, 8), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	cr_assert_eq(pthread_create(&thread, NULL, server, &listener), 0);
	pthread_detach(thread);
	return arena_printf(&arena, "host=127.0.0.1 port=%d user=u password=pw-secret dbname=d",
	    ntohs(address.sin_port));
}

static const struct {
	const char *greeting, *settings;
	enum source_failure failure;
} servers[] = {
	{ NULL, "", SOURCE_TIMEOUT },
	{ NULL, " sslmode=disable", SOURCE_TIMEOUT },
	{ "HTTP/1.1 400 Bad Request\r\n\r\n", " sslmode=disable", SOURCE_REFUSED },
	{ "N", " sslmode=require", SOURCE_TLS },
	{ "", " sslmode=disable", SOURCE_REFUSED },
};

Test(source_pg, deadline)
{
	const char *url = start_server();
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		struct source_pg pg;
		int64_t began_us = clock_monotonic_us();
		enum source_failure f;

		greeting = servers[i].greeting;
		f = source_pg_open(&pg, &arena,
		    arena_printf(&arena, "%s%s", url, servers[i].settings), began_us + 300000);
		cr_expect_eq(f, servers[i].failure, "%zu: %s, %s", i, source_failure_words[f],
		    strbuf_text(&pg.cause));
		cr_expect_lt(clock_monotonic_us() - began_us, 600000, "%zu", i);
		cr_expect_gt(pg.cause.len, 0);
		cr_expect_null(strstr(strbuf_text(&pg.cause), "pw-secret"));
		source_pg_close(&pg);
	}
	arena_free(&arena);
}

/* The deadline holds for finding the host, too. */
Test(source_pg, names)
{
	static const struct {
		const char *url;
		enum source_failure failure;
	} hosts[] = {
		{ "postgresql://u@slow.example.org/d", SOURCE_TIMEOUT },
		{ "postgresql://u@nobody.invalid/d", SOURCE_DNS },
		{ "postgresql://u@two.example.org:1/d", SOURCE_REFUSED },
	};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct source_pg pg;
		int64_t began_us = clock_monotonic_us();
		enum source_failure f =
		    source_pg_open(&pg, &arena, hosts[i].url, began_us + 300000);

		cr_expect_eq(f, hosts[i].failure, "%s: %s, %s", hosts[i].url,
		    source_failure_words[f], strbuf_text(&pg.cause));
		cr_expect_lt(clock_monotonic_us() - began_us, SLOW_NAME_MS * 500);
		cr_expect_gt(pg.cause.len, 0);
		source_pg_close(&pg);
	}
	arena_free(&arena);
}

Test(source_pg, no_url)
{
	struct source_pg pg;

	cr_expect_eq(
	    source_pg_open(&pg, &arena, "=", clock_monotonic_us() + 300000), SOURCE_NOT_CONFIGURED);
	source_pg_close(&pg);
	arena_free(&arena);
}
