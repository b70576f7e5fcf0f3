/*
 * Calls against a server of ours that behaves badly in every way, and what the caller is told.
 * test_source_pg does the same for a Postgres that never answers.
 */
#include "clients/call_sync.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "clients/call_curl.h"
#include "slow_names.h"

static struct arena arena;
static int listener = -1, port;
static char received[8192]; /* the last request */
static int connections;
static const char *answer; /* what the server says; NULL: nothing, for ever */
static size_t flood;	   /* bytes sent after it */
static bool closes;	   /* after the answer */

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

/* Reads to the empty line; false when the client has gone. */
static bool
read_request(int fd)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, received + len, sizeof(received) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		received[len] = '\0';
	} while (strstr(received, "\r\n\r\n") == NULL);
	return true;
}

static void
send_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
	}
}

static void
serve(int fd)
{
	static const char zeros[4096];
	size_t sent;

	while (read_request(fd)) {
		if (answer == NULL)
			continue;
		send_all(fd, answer, strlen(answer));
		for (sent = 0; sent < flood; sent += sizeof(zeros))
			send_all(fd, zeros, sizeof(zeros));
		if (closes)
			return;
	}
}

static void *
server(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		connections++;
		serve(fd);
		close(fd);
	}
	return NULL;
}

static void
begin(void)
{
	pthread_t thread;

	open_listener();
	connections = 0;
	cr_assert_eq(pthread_create(&thread, NULL, server, NULL), 0);
	pthread_detach(thread);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(call_sync, .init = begin, .fini = end);

static struct call_request
request(const char *path)
{
	return (struct call_request){ .method = CALL_GET,
		.timeout_ms = 400,
		.max_bytes = 10000,
		.url = arena_printf(&arena, "http://127.0.0.1:%d%s", port, path) };
}

static const struct {
	const char *what, *answer;
	size_t flood;
	bool closes;
	enum call_result result;
	long status;
	const char *body;
} answers[] = {
	{ "nothing", NULL, 0, false, CALL_TIMEOUT, 0, "" },
	{ "closes at once", "", 0, true, CALL_CUT, 0, "" },
	{ "no HTTP", "hello\r\n\r\n", 0, true, CALL_NOT_JSON, 0, "" },
	{ "half a head", "HTTP/1.1 200 OK\r\ncontent-len", 0, false, CALL_TIMEOUT, 0, "" },
	{ "half a body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", 0, true, CALL_CUT, 0,
	    "" },
	{ "too large, said before", "HTTP/1.1 200 OK\r\ncontent-length: 10001\r\n\r\n", 0, false,
	    CALL_TOO_LARGE, 0, "" },
	{ "10 MB, not said before", "HTTP/1.1 200 OK\r\n\r\n", 10000000, true, CALL_TOO_LARGE, 0,
	    "" },
	{ "elsewhere",
	    "HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/\r\n"
	    "content-length: 0\r\n\r\n",
	    0, false, CALL_OK, 302, "" },
	{ "error", "HTTP/1.1 503 No\r\ncontent-length: 3\r\n\r\nout", 0, false, CALL_OK, 503,
	    "out" },
	{ "good", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 0, false, CALL_OK, 200, "{}" },
	{ "good, ended by closing", "HTTP/1.1 200 OK\r\n\r\n{}", 0, true, CALL_OK, 200, "{}" },
	{ "empty", "HTTP/1.1 204 No\r\n\r\n", 0, false, CALL_OK, 204, "" },
};

Test(call_sync, answers)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct call_request req = request("/a");
		struct call_reply reply;
		int64_t began_us = clock_monotonic_us();

		answer = answers[i].answer;
		flood = answers[i].flood;
		closes = answers[i].closes;
		call_sync_run(&req, &arena, &reply);
		cr_expect_eq(reply.result, answers[i].result, "%s: %s", answers[i].what,
		    call_result_word(reply.result));
		cr_expect_eq(reply.status, answers[i].status, "%s", answers[i].what);
		cr_expect_str_eq(reply.body, answers[i].body, "%s", answers[i].what);
		cr_expect_eq(reply.body_len, strlen(answers[i].body), "%s", answers[i].what);
		cr_expect_lt(clock_monotonic_us() - began_us, 1500000, "%s", answers[i].what);
	}
}

static const char *const bad_urls[] = { "file:///etc/hostname", "ftp://127.0.0.1/", "gopher://x/",
	"dict://x/", "", "http://" };

Test(call_sync, nothing_but_http)
{
	size_t i;

	for (i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
		struct call_request req = { .url = bad_urls[i], .timeout_ms = 300 };
		struct call_reply reply;

		call_sync_run(&req, &arena, &reply);
		cr_expect_neq(reply.result, CALL_OK, "%s", bad_urls[i]);
		cr_expect_str_eq(reply.body, "");
	}
}

Test(call_sync, refused)
{
	struct call_request req = { .url = "http://127.0.0.1:1/", .timeout_ms = 300 };
	struct call_reply reply;

	call_sync_run(&req, &arena, &reply);
	cr_expect_eq(reply.result, CALL_REFUSED);
}

/* libcurl leaves the look-up to a thread, and must not wait for it when the time is over. */
Test(call_sync, a_name_server_that_hangs)
{
	struct call_request req = { .url = "http://slow.example.org:1/", .timeout_ms = 300 };
	struct call_reply reply;
	int64_t began_us = clock_monotonic_us();

	call_sync_run(&req, &arena, &reply);
	cr_expect_eq(reply.result, CALL_TIMEOUT, "%s", call_result_word(reply.result));
	cr_expect_lt(clock_monotonic_us() - began_us, SLOW_NAME_MS * 500);
	req.url = "http://nobody.invalid/";
	call_sync_run(&req, &arena, &reply);
	cr_expect_eq(reply.result, CALL_DNS, "%s", call_result_word(reply.result));
	cr_expect_not_null(reply.detail);
}

/* A certificate file that is none, and a server that speaks no TLS. */
Test(call_sync, tls)
{
	struct call_request req = { .timeout_ms = 400 };
	struct call_reply reply;

	answer = "HTTP/1.1 400 Bad\r\n\r\n";
	closes = true;
	req.url = arena_printf(&arena, "https://127.0.0.1:%d/", port);
	req.ca_file = "/nowhere/ca.crt";
	call_sync_run(&req, &arena, &reply);
	cr_expect_eq(reply.result, CALL_TLS, "%s", call_result_word(reply.result));
}

/* What is sent, and that one connection serves call after call, none of which remembers another. */
Test(call_sync, requests)
{
	struct call_request req = request("/first?a=b");
	struct call_reply reply;

	answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
	closes = false;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	req.method = CALL_POST;
	req.body = "grant=x&y";
	req.body_len = 9;
	call_header(&req, &arena, "x-one", "%d", 1);
	call_sync_run(&req, &arena, &reply);
	cr_assert_eq(reply.result, CALL_OK, "%s", call_result_word(reply.result));
	cr_expect_eq(strncmp(received, "POST /first?a=b HTTP/1.1\r\n", 26), 0, "%s", received);
	cr_expect_not_null(strstr(received, "\r\nx-one: 1\r\n"), "%s", received);
	cr_expect_not_null(strstr(received, "\r\nContent-Length: 9\r\n"), "%s", received);
	cr_expect_null(strstr(received, "Expect:"), "%s", received);
	usleep(50000); /* the server reads the body as part of nothing */
	req = request("/second");
	call_sync_run(&req, &arena, &reply);
	cr_assert_eq(reply.result, CALL_OK);
	cr_expect_not_null(strstr(received, "GET /second HTTP/1.1\r\n"), "%s", received);
	cr_expect_null(strstr(received, "x-one"), "%s", received);
	req.method = CALL_DELETE;
	call_sync_run(&req, &arena, &reply);
	cr_expect_not_null(strstr(received, "DELETE /second HTTP/1.1\r\n"), "%s", received);
	cr_expect_eq(connections, 1);
}

/* The signature itself is checked by who receives it, in test_blob.c. */
Test(call_sync, a_put_that_is_signed)
{
	const struct call_sigv4 sigv4 = { "aws:amz:eu-central-1:s3", "AKIDEXAMPLE", "a/secret" };
	struct call_request req = request("/pics/key");
	struct strbuf body = { 0 };
	struct call_reply reply;

	answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
	closes = true;
	req.method = CALL_PUT;
	req.body = "";
	req.sigv4 = &sigv4;
	call_header(&req, &arena, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
	strbuf_puts(&body, "before ");
	call_sync_into(&req, &body, &arena, &reply);
	cr_assert_eq(reply.result, CALL_OK, "%s", call_result_word(reply.result));
	cr_expect_str_eq(reply.body, "ok");
	cr_expect_str_eq(strbuf_text(&body), "before ok");
	cr_expect_eq(strncmp(received, "PUT /pics/key HTTP/1.1\r\n", 24), 0, "%s", received);
	cr_expect_not_null(strstr(received, "Credential=AKIDEXAMPLE/"), "%s", received);
	cr_expect_not_null(strstr(received, "/eu-central-1/s3/aws4_request"), "%s", received);
	cr_expect_null(strstr(received, "a/secret"));
	req = request("/other");
	call_sync_run(&req, &arena, &reply);
	cr_expect_null(strstr(received, "AKIDEXAMPLE"), "the next call: %s", received);
	strbuf_free(&body);
}

static const struct {
	CURLcode code;
	enum call_result result;
} codes[] = {
	{ CURLE_OK, CALL_OK },
	{ CURLE_COULDNT_RESOLVE_HOST, CALL_DNS },
	{ CURLE_COULDNT_CONNECT, CALL_REFUSED },
	{ CURLE_OPERATION_TIMEDOUT, CALL_TIMEOUT },
	{ CURLE_PEER_FAILED_VERIFICATION, CALL_TLS },
	{ CURLE_SSL_CONNECT_ERROR, CALL_TLS },
	{ CURLE_SSL_CACERT_BADFILE, CALL_TLS },
	{ CURLE_FILESIZE_EXCEEDED, CALL_TOO_LARGE },
	{ CURLE_WRITE_ERROR, CALL_TOO_LARGE },
	{ CURLE_GOT_NOTHING, CALL_CUT },
	{ CURLE_PARTIAL_FILE, CALL_CUT },
	{ CURLE_UNSUPPORTED_PROTOCOL, CALL_NOT_JSON },
	{ CURLE_WEIRD_SERVER_REPLY, CALL_NOT_JSON },
	{ CURLE_TOO_MANY_REDIRECTS, CALL_CUT },
};

Test(call_curl, result)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		cr_expect_eq(
		    call_curl_result(codes[i].code), codes[i].result, "%d", (int)codes[i].code);
}

static const struct {
	const char *head;
	struct call_notes notes;
} heads[] = {
	{ "", { .request_id = "" } },
	{ "Request-Id: req_A-1\r\nRetry-After:  7 \r\nstripe-should-retry: true\r\n"
	  "date: Thu, 01 Jan 1970 00:01:00 GMT\r\n",
	    { "req_A-1", 7, true, false, 60 } },
	{ "Stripe-Should-Retry: false\r\nretry-after: 0\r\n", { .should_not_retry = true } },
	{ "request-id: a b\r\nretry-after: -1\r\ndate: soon\r\nstripe-should-retry: TRUE\r\n",
	    { .request_id = "" } },
	{ "request-id: "
	  "0123456789012345678901234567890123456789012345678901234567890123\r\n"
	  "retry-after: 99999999999999999999\r\nx-request-id: req_2\r\n",
	    { .request_id = "" } },
	{ "request-id:\r\nretry-after:\r\n", { .request_id = "" } },
};

/* What is noted is that of this answer: neither of the last call, nor of a head before it. */
Test(call_sync, notes)
{
	struct call_notes got = { "req_old", 9, true, true, 9 };
	struct call_request req = request("/a");
	struct call_reply reply;

	req.notes = &got;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		answer = arena_printf(&arena,
		    "HTTP/1.1 100 Continue\r\nrequest-id: req_0\r\nretry-after: 9\r\n\r\n"
		    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n%s\r\n",
		    heads[i].head);
		call_sync_run(&req, &arena, &reply);
		cr_assert_eq(reply.result, CALL_OK, "%s", heads[i].head);
		cr_expect_str_eq(got.request_id, heads[i].notes.request_id, "%s", heads[i].head);
		cr_expect_eq(got.retry_after_s, heads[i].notes.retry_after_s, "%s", heads[i].head);
		cr_expect_eq(got.should_retry, heads[i].notes.should_retry, "%s", heads[i].head);
		cr_expect_eq(
		    got.should_not_retry, heads[i].notes.should_not_retry, "%s", heads[i].head);
		cr_expect_eq(got.date_at, heads[i].notes.date_at, "%s", heads[i].head);
	}
	req.url = "http://127.0.0.1:1/";
	call_sync_run(&req, &arena, &reply);
	cr_expect_str_eq(got.request_id, "");
}
