/* Asking Stripe with patience and page by page, of a server of ours that plays its answers. */
#include "clients/stripe_sync.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop_note.h"
#include "base/strbuf.h"

#define ANSWERS_MAX 12

static struct arena arena;
static int listener = -1, port;
static const char *answers[ANSWERS_MAX]; /* one after another, then the last again and again */
static int nanswers, nrequests;
static char targets[ANSWERS_MAX][512]; /* what was asked for */
static int nnoted;
static enum err noted_err;
static char noted_reason[200];

static void
open_listener(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	cr_assert_eq(listen(listener, 8), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	port = ntohs(address.sin_port);
}

static bool
read_request(int fd)
{
	char bytes[4096];
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, bytes + len, sizeof(bytes) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		bytes[len] = '\0';
	} while (strstr(bytes, "\r\n\r\n") == NULL);
	if (nrequests < ANSWERS_MAX)
		sscanf(bytes, "GET %511s", targets[nrequests]);
	return true;
}

/* Each connection is for one request; so an answer may also be cut by its end. */
static void *
server(void *arg)
{
	const char *answer;
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (read_request(fd)) {
			answer = answers[nrequests < nanswers ? nrequests : nanswers - 1];
			nrequests++;
			send(fd, answer, strlen(answer), MSG_NOSIGNAL);
		}
		close(fd);
	}
	return NULL;
}

static void
begin(void)
{
	pthread_t thread;

	open_listener();
	cr_assert_eq(pthread_create(&thread, NULL, server, NULL), 0);
	pthread_detach(thread);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(stripe_sync, .init = begin, .fini = end, .timeout = 60);

static void
note(enum err e, const struct call_reply *reply, const char *reason)
{
	(void)reply;
	nnoted++;
	noted_err = e;
	snprintf(noted_reason, sizeof(noted_reason), "%s", reason != NULL ? reason : "nothing");
}

static struct stripe_sync
stripe(int retries)
{
	nrequests = nnoted = 0;
	memset(targets, 0, sizeof(targets));
	return (struct stripe_sync){ .api = { arena_printf(&arena, "http://127.0.0.1:%d", port),
					 "sk_test_0123", 2000 },
		.retries = retries,
		.note = note };
}

static void
play(const char *const *list)
{
	for (nanswers = 0; nanswers < ANSWERS_MAX && list[nanswers] != NULL; nanswers++)
		answers[nanswers] = list[nanswers];
}

/* ---- One object ---- */

#define HEAD(status, more) "HTTP/1.1 " status " X\r\nconnection: close\r\n" more "\r\n"
#define GOOD HEAD("200", "") "{\"id\":\"sub_1\"}"
#define SAID(what) "{\"error\":{" what ",\"message\":\"alice@example.org may not\"}}"

static const struct {
	const char *name;
	const char *answers[5];
	int retries;
	enum err err;
	int nrequests; /* that it took */
	int64_t at_least_ms;
	const char *error;
} gets[] = {
	{ "good at once", { GOOD }, 3, ERR_OK, 1, 0, "" },
	{ "500, then good", { HEAD("500", ""), GOOD }, 3, ERR_OK, 2, 500, "" },
	{ "503 thrice", { HEAD("503", "request-id: req_7\r\n") "{}" }, 2, ERR_UPSTREAM, 3, 1000,
	    "503, request req_7" },
	{ "no patience", { HEAD("500", ""), GOOD }, 0, ERR_UPSTREAM, 1, 0, "500" },
	{ "429 says when",
	    { HEAD("429", "Retry-After: 2\r\n") SAID("\"code\":\"rate_limit\""), GOOD }, 3, ERR_OK,
	    2, 2000, "" },
	{ "429 does not say when", { HEAD("429", ""), GOOD }, 3, ERR_OK, 2, 500, "" },
	{ "429, back in an hour",
	    { HEAD("429", "retry-after: 3600\r\nrequest-id: req_1\r\n")
		    SAID("\"type\":\"invalid_request_error\",\"code\":\"rate_limit\"") },
	    3, ERR_TOO_MANY, 1, 0, "429, invalid_request_error, rate_limit, request req_1" },
	{ "a date to come back at is not waited for",
	    { HEAD("429", "retry-after: Fri, 31 Dec 2060 23:59:59 GMT\r\n"), GOOD }, 1, ERR_OK, 2,
	    500, "" },
	{ "409", { HEAD("409", ""), GOOD }, 1, ERR_OK, 2, 500, "" },
	{ "400 with code rate_limit", { HEAD("400", "") SAID("\"code\":\"rate_limit\""), GOOD }, 1,
	    ERR_OK, 2, 500, "" },
	{ "not even 500", { HEAD("500", "stripe-should-retry: false\r\n"), GOOD }, 3, ERR_UPSTREAM,
	    1, 0, "500" },
	{ "even 400", { HEAD("400", "Stripe-Should-Retry: true\r\n"), GOOD }, 3, ERR_OK, 2, 500,
	    "" },
	{ "a note that is neither", { HEAD("400", "stripe-should-retry: maybe\r\n"), GOOD }, 3,
	    ERR_INVALID, 1, 0, "400" },
	{ "refused, without what it quotes",
	    { HEAD("400", "request-id: req_2\r\n")
		    SAID("\"type\":\"invalid_request_error\",\"param\":\"items[0][price]\"") },
	    3, ERR_INVALID, 1, 0, "400, invalid_request_error, items[0][price], request req_2" },
	{ "words that are none",
	    { HEAD("400", "request-id: req 2; rm\r\n")
		    SAID("\"type\":\"<b>\",\"code\":\"alice@example.org\"") },
	    3, ERR_INVALID, 1, 0, "400" },
	{ "not found", { HEAD("404", "") SAID("\"code\":\"resource_missing\"") }, 3, ERR_NOT_FOUND,
	    1, 0, "404, resource_missing" },
	{ "no such key", { HEAD("401", "") }, 3, ERR_UNAUTHORIZED, 1, 0, "401" },
	{ "no right", { HEAD("403", "") SAID("\"code\":\"more_permissions_required\"") }, 3,
	    ERR_FORBIDDEN, 1, 0, "403, more_permissions_required" },
	{ "elsewhere", { HEAD("302", "location: http://127.0.0.1:1/\r\n") }, 3, ERR_UPSTREAM, 1, 0,
	    "302" },
	{ "HTML, then good", { HEAD("200", "") "<html>", GOOD }, 1, ERR_OK, 2, 500, "" },
	{ "HTML for ever", { HEAD("200", "") "<html>" }, 1, ERR_UPSTREAM, 2, 500,
	    "200, not the JSON that was asked for" },
	{ "cut, then good", { HEAD("200", "content-length: 99\r\n") "{\"id\":\"su", GOOD }, 1,
	    ERR_OK, 2, 500, "" },
	{ "cut for ever", { HEAD("200", "content-length: 99\r\n") "{\"id\":\"su" }, 1, ERR_UPSTREAM,
	    2, 500, "cut" },
	{ "closed without a word", { "" }, 1, ERR_UPSTREAM, 2, 500, "cut" },
};

Test(stripe_sync, gets)
{
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		struct stripe_sync s = stripe(gets[i].retries);
		const struct json *object = NULL;
		int64_t began_us = clock_monotonic_us();
		enum err e;

		play(gets[i].answers);
		e = stripe_sync_get(&s, &arena, "subscriptions/sub_1", "a=b", &object);
		cr_expect_eq(e, gets[i].err, "%s: %s", gets[i].name, err_word(e));
		cr_expect_eq(object != NULL, e == ERR_OK, "%s", gets[i].name);
		cr_expect_eq(nrequests, gets[i].nrequests, "%s: %d", gets[i].name, nrequests);
		cr_expect_eq(nnoted, gets[i].nrequests, "%s: %d noted", gets[i].name, nnoted);
		cr_expect_eq(noted_err, e == ERR_NOT_FOUND ? ERR_OK : e, "%s", gets[i].name);
		cr_expect_geq(clock_monotonic_us() - began_us, gets[i].at_least_ms * 1000, "%s",
		    gets[i].name);
		cr_expect_str_eq(s.error, gets[i].error, "%s: %s", gets[i].name, s.error);
		cr_expect_str_eq(noted_reason, *s.error != '\0' ? s.error : "nothing");
		cr_expect_str_eq(targets[0], "/v1/subscriptions/sub_1?a=b");
	}
}

Test(stripe_sync, less_patience)
{
	struct stripe_sync s = stripe(5);
	const struct json *object = NULL;

	s.wait_ms = 5000;
	play((const char *const[]){ HEAD("429", "retry-after: 6\r\n"), NULL });
	cr_expect_eq(stripe_sync_get(&s, &arena, "x", NULL, &object), ERR_TOO_MANY);
	cr_expect_eq(nrequests, 1);
}

Test(stripe_sync, nobody_there)
{
	struct stripe_sync s = stripe(1);
	const struct json *object = NULL;

	s.api.base = "http://127.0.0.1:1";
	cr_expect_eq(stripe_sync_get(&s, &arena, "x", NULL, &object), ERR_UNAVAILABLE);
	cr_expect_str_eq(s.error, "refused");
	cr_expect_eq(nnoted, 2);
	s.note = NULL;
	cr_expect_eq(stripe_sync_get(&s, &arena, "x", NULL, &object), ERR_UNAVAILABLE);
}

/* A process that comes to its end is not held up by Stripe's being down. */
Test(stripe_sync, the_end_is_not_waited_for)
{
	struct stripe_sync s = stripe(5);
	const struct json *object = NULL;

	play((const char *const[]){ HEAD("500", "retry-after: 50\r\n"), NULL });
	stop_note_init();
	stop_note_advance(STOP_CLOSING);
	cr_expect_eq(stripe_sync_get(&s, &arena, "x", NULL, &object), ERR_UPSTREAM);
	cr_expect_eq(nrequests, 1);
}

/* ---- Lists ---- */

#define PAGE(more, data)                                                                           \
	HEAD("200", "") "{\"object\":\"list\",\"has_more\":" more ",\"data\":[" data "]}"

static const struct {
	const char *name, *query, *after;
	const char *answers[7];
	int limit;
	enum err err;
	const char *ids; /* of all pages */
	const char *last_target;
	int nrequests;
	const char *error;
} lists[] = {
	{ "empty", NULL, NULL, { PAGE("false", "") }, 0, ERR_OK, "", "/v1/invoices?limit=100", 1,
	    "" },
	{ "one page", "a=b", NULL, { PAGE("false", "{\"id\":\"a\"},{\"id\":\"b\"}") }, 2, ERR_OK,
	    "a b ", "/v1/invoices?a=b&limit=2", 1, "" },
	{ "three pages", "a=b", NULL,
	    { PAGE("true", "{\"id\":\"a\"},{\"id\":\"b\"}"), PAGE("true", "{\"id\":\"c\"}"),
		PAGE("false", "{\"id\":\"d\"}") },
	    2, ERR_OK, "a b c d ", "/v1/invoices?a=b&limit=2&starting_after=c", 3, "" },
	{ "resumed", NULL, "x&y", { PAGE("false", "{\"id\":\"z\"}") }, 0, ERR_OK, "z ",
	    "/v1/invoices?limit=100&starting_after=x%26y", 1, "" },
	{ "resumed at the very end", NULL, "x", { PAGE("false", "") }, 0, ERR_OK, "",
	    "/v1/invoices?limit=100&starting_after=x", 1, "" },
	{ "the last page is empty", NULL, NULL,
	    { PAGE("true", "{\"id\":\"a\"}"), PAGE("false", "") }, 0, ERR_OK, "a ",
	    "/v1/invoices?limit=100&starting_after=a", 2, "" },
	{ "an empty page, and more", NULL, NULL,
	    { PAGE("true", "{\"id\":\"a\"}"), PAGE("true", "") }, 0, ERR_UPSTREAM, "a ",
	    "/v1/invoices?limit=100&starting_after=a", 2, "200, the list leads nowhere after a" },
	{ "an empty page at once, and more", NULL, NULL, { PAGE("true", "") }, 0, ERR_UPSTREAM, "",
	    "/v1/invoices?limit=100", 1, "200, the list leads nowhere after its beginning" },
	{ "the same page again", NULL, NULL, { PAGE("true", "{\"id\":\"a\"}") }, 0, ERR_UPSTREAM,
	    "a ", "/v1/invoices?limit=100&starting_after=a", 2,
	    "200, the list leads nowhere after a" },
	{ "in a circle", NULL, NULL,
	    { PAGE("true", "{\"id\":\"a\"}"), PAGE("true", "{\"id\":\"b\"}"),
		PAGE("true", "{\"id\":\"c\"}"), PAGE("true", "{\"id\":\"b\"}"),
		PAGE("true", "{\"id\":\"c\"}"), PAGE("true", "{\"id\":\"b\"}") },
	    0, ERR_UPSTREAM, "a b c ", "/v1/invoices?limit=100&starting_after=c", 4,
	    "200, the list leads nowhere after c" },
	{ "objects without ids, and more", NULL, NULL, { PAGE("true", "{\"x\":\"a\"}") }, 0,
	    ERR_UPSTREAM, "", "/v1/invoices?limit=100", 1,
	    "200, the list leads nowhere after its beginning" },
	{ "an id that is none, and more", NULL, NULL, { PAGE("true", "{\"id\":\"a b\"}") }, 0,
	    ERR_UPSTREAM, "", "/v1/invoices?limit=100", 1,
	    "200, the list leads nowhere after its beginning" },
	{ "no has_more", NULL, NULL, { HEAD("200", "") "{\"data\":[]}" }, 0, ERR_UPSTREAM, "",
	    "/v1/invoices?limit=100", 1, "200, no list" },
	{ "no data", NULL, NULL, { HEAD("200", "") "{\"has_more\":false}" }, 0, ERR_UPSTREAM, "",
	    "/v1/invoices?limit=100", 1, "200, no list" },
	{ "too large, then halved", NULL, NULL,
	    { HEAD("200", "content-length: 99999999\r\n"),
		HEAD("200", "content-length: 99999999\r\n"), PAGE("false", "{\"id\":\"a\"}") },
	    0, ERR_OK, "a ", "/v1/invoices?limit=25", 3, "" },
	{ "one is too large", NULL, NULL, { HEAD("200", "content-length: 99999999\r\n") }, 2,
	    ERR_UPSTREAM, "", "/v1/invoices?limit=1", 2, "too_large" },
	{ "the second page fails", NULL, NULL, { PAGE("true", "{\"id\":\"a\"}"), HEAD("401", "") },
	    0, ERR_UNAUTHORIZED, "a ", "/v1/invoices?limit=100&starting_after=a", 2, "401" },
};

static enum err
read_list(struct stripe_sync *s, struct stripe_list *l, struct strbuf *ids)
{
	struct arena page = { 0 };
	const char *id;
	enum err e;

	while ((e = stripe_sync_page(s, &page, l)) == ERR_OK && l->data != NULL) {
		for (size_t i = 0; i < l->data->n; i++)
			if (json_read_text(&l->data->items[i], "id", &id) == ERR_OK)
				strbuf_printf(ids, "%s ", id);
		arena_free(&page);
	}
	arena_free(&page);
	return e;
}

Test(stripe_sync, lists)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct stripe_list l = {
			.path = "invoices", .query = lists[i].query, .limit = lists[i].limit
		};
		struct stripe_sync s = stripe(0);
		struct strbuf ids = { 0 };
		enum err e;

		play(lists[i].answers);
		if (lists[i].after != NULL)
			snprintf(l.after, sizeof(l.after), "%s", lists[i].after);
		e = read_list(&s, &l, &ids);
		cr_expect_eq(e, lists[i].err, "%s: %s", lists[i].name, err_word(e));
		cr_expect_str_eq(strbuf_text(&ids), lists[i].ids, "%s", lists[i].name);
		cr_expect_eq(nrequests, lists[i].nrequests, "%s: %d", lists[i].name, nrequests);
		cr_expect_str_eq(
		    targets[lists[i].nrequests - 1], lists[i].last_target, "%s", lists[i].name);
		cr_expect_str_eq(s.error, lists[i].error, "%s: %s", lists[i].name, s.error);
		strbuf_free(&ids);
	}
}

/* After the end there is nothing, and nobody is asked. */
Test(stripe_sync, over_is_over)
{
	struct stripe_list l = { .path = "invoices" };
	struct stripe_sync s = stripe(0);

	play((const char *const[]){ PAGE("false", "{\"id\":\"a\"}"), NULL });
	cr_expect_eq(stripe_sync_page(&s, &arena, &l), ERR_OK);
	cr_expect_not_null(l.data);
	cr_expect(l.is_over);
	cr_expect_str_eq(l.after, "a");
	cr_expect_eq(stripe_sync_page(&s, &arena, &l), ERR_OK);
	cr_expect_null(l.data);
	cr_expect_eq(nrequests, 1);
}
