/*
 * What each request pays before and beside its page: headers, address, guard, limit, metrics, what
 * is kept by day, and its line in the log (with its id, and written to a pipe that is read). Prints
 * a line with name and median of many batches, in microseconds, for each. The database's time is
 * none of it.
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/xmalloc.h"
#include "metrics/metrics.h"
#include "track/track.h"
#include "web/web_address.h"
#include "web/web_cookie.h"
#include "web/web_headers.c" /* with the stand-ins for Kore's functions below */
#include "web/web_limit.h"
#include "web/web_log.h"
#include "web/web_session.h"

#define BATCHES 200
#define REQUESTS 2000 /* in a batch */
#define VISITORS 1000

/* ---- Headers: what stands in for Kore does as little as Kore 4.1.0 does ---- */

struct kore_pool http_header_pool;
u_int16_t http_header_max;

static const struct {
	const char *name, *value;
} sent[] = {
	/* by Chromium, through a proxy */
	{ "connection", "keep-alive" },
	{ "cache-control", "max-age=0" },
	{ "sec-ch-ua", "\"Chromium\";v=\"120\", \"Not(A:Brand\";v=\"24\"" },
	{ "sec-ch-ua-mobile", "?0" },
	{ "sec-ch-ua-platform", "\"Linux\"" },
	{ "upgrade-insecure-requests", "1" },
	{ "user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0 Safari/537.36" },
	{ "accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8" },
	{ "sec-fetch-site", "same-origin" },
	{ "sec-fetch-mode", "navigate" },
	{ "sec-fetch-user", "?1" },
	{ "sec-fetch-dest", "document" },
	{ "accept-encoding", "gzip, deflate, br" },
	{ "accept-language", "en-GB,en;q=0.9" },
	{ "x-forwarded-for", "198.51.100.7, 192.0.2.1" },
	{ "cookie", "theme=dark; portal=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU; "
		    "portal_signin=2jmj7l5rSw0yVb_vlWAYkK_YBwk" },
};

static struct http_request request;

void *
kore_pool_get(struct kore_pool *pool)
{
	(void)pool;
	return xmalloc(sizeof(struct http_header));
}

int
http_request_header(struct http_request *req, const char *name, const char **value)
{
	struct http_header *hdr;

	TAILQ_FOREACH(hdr, &req->req_headers, list)
	{
		if (strcasecmp(hdr->header, name) == 0) {
			*value = hdr->value;
			return 1;
		}
	}
	return 0;
}

void
http_response_header(struct http_request *req, const char *name, const char *value)
{
	struct http_header *hdr = kore_pool_get(&http_header_pool);

	hdr->header = xstrdup(name);
	hdr->value = xstrdup(value);
	TAILQ_INSERT_TAIL(&req->resp_headers, hdr, list);
}

static void
forget_answer(void)
{
	struct http_header *hdr;

	while ((hdr = TAILQ_FIRST(&request.resp_headers)) != NULL) {
		TAILQ_REMOVE(&request.resp_headers, hdr, list);
		free(hdr->header);
		free(hdr->value);
		free(hdr);
	}
}

static void
make_request(void)
{
	static struct http_header headers[sizeof(sent) / sizeof(sent[0])];

	TAILQ_INIT(&request.req_headers);
	TAILQ_INIT(&request.resp_headers);
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		headers[i].header = xstrdup(sent[i].name);
		headers[i].value = xstrdup(sent[i].value);
		TAILQ_INSERT_TAIL(&request.req_headers, &headers[i], list);
	}
}

/* ---- The session's row, as the database answers ---- */

static PGresult *session_row;

static void
make_session_row(void)
{
	static const struct {
		const char *bytes;
		int len;
	} cells[] = { { "42", 2 }, { "f1d2d2f9-24e9-86ac-86fd-f7b36c94bcdf", 36 }, { "Alice", 5 },
		{ "alice@example.org", 17 }, { "pro", 3 },
		{ "\\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 66 },
		{ "", 0 }, { "f", 1 }, { "f", 1 } };
	const int n = sizeof(cells) / sizeof(cells[0]);
	PGresAttDesc columns[sizeof(cells) / sizeof(cells[0])];

	for (int i = 0; i < n; i++)
		columns[i] = (PGresAttDesc){ .name = xstrdup("c") };
	session_row = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	if (!PQsetResultAttrs(session_row, n, columns))
		exit(1);
	for (int i = 0; i < n; i++)
		if (!PQsetvalue(session_row, 0, i, xstrdup(cells[i].bytes), cells[i].len))
			exit(1);
}

/* ---- One request's worth of each ---- */

static void
read_headers(int n)
{
	struct sockaddr_in proxy = { .sin_family = AF_INET };
	struct arena arena = { 0 };
	union web_address client;

	(void)n;
	proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	web_headers_recover(&request);
	web_address_client(&client, (struct sockaddr *)&proxy,
	    web_headers_all(&request, "x-forwarded-for", &arena));
	if (client.v4.sin_addr.s_addr != htonl(0xc0000201u))
		exit(1);
	arena_free(&arena);
}

/* As web_respond.c does it: most lines are one value, and a page has one of its own. */
static const char fixed[] =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'; form-action 'self' https://id.example.org:443\r\n"
    "x-content-type-options: nosniff\r\nreferrer-policy: same-origin\r\n"
    "cross-origin-opener-policy: same-origin\r\n"
    "permissions-policy: camera=(), microphone=(), geolocation=()\r\n"
    "strict-transport-security: max-age=31536000; includeSubDomains";

static void
write_headers(int n)
{
	(void)n;
	http_response_header(&request, "content-type", "text/html; charset=utf-8");
	http_response_header(&request, "cache-control", "no-store");
	http_response_header(&request, "content-security-policy", fixed);
	http_response_header(&request, "x-request-id", "5c1f09ae-1f");
	web_headers_add(&request, "vary", "cookie");
	forget_answer();
}

/* From the cookie to the account, without the database's time. */
static void
guard_one(int n)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	struct web_session session = { 0 };
	const char *cookie;

	(void)n;
	cookie = web_cookie_find(&arena, web_headers_find(&request, "cookie"),
	    web_cookie_name(&arena, web_session_cookie(), settings.is_https));
	if (cookie == NULL || !web_session_hash(cookie, session.token_hash))
		exit(1);
	web_session_find(&q, &session);
	if (web_session_row(&session, &arena, session_row) != ERR_OK || session.user_id != 42)
		exit(1);
	if (web_session_csrf(&session, &arena, "/signout") == NULL)
		exit(1);
	arena_free(&arena);
}

static void
log_one(int n)
{
	char id[WEB_LOG_ID_SIZE];
	struct web_log_entry entry = { .id = id,
		.route = "dashboard",
		.method = "GET",
		.status = 200,
		.duration_us = 1000 + n };

	web_log_id(id);
	web_log_request(&entry);
}

static void
limit_one(int n)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int retry;

	from.sin_addr.s_addr = htonl(0x0a000000u + (unsigned)(n % VISITORS));
	web_limit_address(
	    LIMIT_SIGNIN, (struct sockaddr *)&from, clock_monotonic_us() / 1000, &retry);
}

static void
count_one(int n)
{
	metrics_http(&(struct metrics_request){ .route = "dashboard",
	    .method = "GET",
	    .status = 200,
	    .duration_us = 1000 + n,
	    .request_bytes = 1,
	    .response_bytes = 4000 });
}

static void
track_one(int n)
{
	track_count(&(struct track_answer){
	    .route = "dashboard", .status = 200, .duration_us = 1000 + n, .at = clock_now() });
}

/* With its cause as web_respond.c makes it. */
static void
track_error_one(int n)
{
	struct arena arena = { 0 };

	track_count(&(struct track_answer){ .route = "dashboard",
	    .status = 503,
	    .duration_us = 1000 + n,
	    .at = clock_now(),
	    .cause = arena_printf(&arena, "%s: %s", err_word(ERR_UNAVAILABLE), "database"),
	    .id = "5c1f09ae-1f" });
	arena_free(&arena);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_us(void (*one)(int))
{
	static double us[BATCHES];
	int64_t begun;
	int i, n;

	for (i = 0; i < BATCHES; i++) {
		begun = clock_monotonic_us();
		for (n = 0; n < REQUESTS; n++)
			one(n);
		us[i] = (double)(clock_monotonic_us() - begun) / REQUESTS;
	}
	qsort(us, BATCHES, sizeof(us[0]), compare);
	return us[BATCHES / 2];
}

/*
 * Standard output becomes a pipe that a child empties; the results go to the old one. Without
 * log_out_open(): a writer quicker than its reader waits here instead of dropping lines, so that
 * each line has been written.
 */
static FILE *
log_to_pipe(void)
{
	static char bytes[65536];
	int ends[2], old = dup(STDOUT_FILENO);

	if (old == -1 || pipe(ends) == -1)
		exit(1);
	if (fork() == 0) {
		close(ends[1]);
		close(STDOUT_FILENO);
		close(old);
		while (read(ends[0], bytes, sizeof(bytes)) > 0)
			;
		_exit(0);
	}
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	return fdopen(old, "w");
}

int
main(void)
{
	static const struct {
		const char *name;
		void (*one)(int);
	} costs[] = { { "read_headers", read_headers }, { "guard", guard_one },
		{ "limit", limit_one }, { "write_headers", write_headers },
		{ "metrics", count_one }, { "track", track_one },
		{ "track_error", track_error_one }, { "log", log_one } };
	FILE *out = log_to_pipe();

	if (out == NULL || web_address_trust("127.0.0.1") != ERR_OK)
		return 1;
	make_request();
	make_session_row();
	metrics_init(1, "bench");
	track_init();
	web_limit_init();
	web_log_worker();
	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		fprintf(out, "%s %.3f\n", costs[i].name, median_us(costs[i].one));
	return fclose(out) == 0 ? 0 : 1;
}
