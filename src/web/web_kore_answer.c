/*
 * Kore 4.1.0 answers what it cannot take before any handler runs, with an empty body and none of
 * our headers, and offers no hook. The linker sends its calls of net_send_queue() here (--wrap in
 * conf/build.conf); a block that is such an answer is replaced by one made before the fork. A head
 * that is too large it does not answer at all; that is seen where it reads, in net_read().
 *
 * Such an answer often comes while the other side still sends, a body that is too large for
 * instance. Closing then makes the kernel reset the connection, and the answer may be lost on the
 * way; so we say that nothing more comes and read on for a moment, as RFC 9112 9.6 asks.
 */
#include "web/web_kore_answer.h"

#include <kore/kore.h>
#include <kore/http.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "metrics/metrics.h"
#include "track/track.h"
#include "web/web_log.h"
#include "web/web_page.h"
#include "web/web_respond.h"

#define LINGER_MS 2000
#define LINGER_BYTES_MAX (8 * 1024 * 1024)
#define LINGER_PIECE 16384

void __real_net_send_queue(struct connection *, const void *, size_t);
void __wrap_net_send_queue(struct connection *, const void *, size_t);
int __real_net_read(struct connection *, size_t *);
int __wrap_net_read(struct connection *, size_t *);

#define STATUS_HEAD_TOO_LARGE 431 /* RFC 6585; Kore knows neither it nor its words */

/* Every status that Kore's http.c gives to http_error_response(), and one of our own. */
static struct answer {
	int status;
	const char *reason;	  /* NULL: Kore's */
	const char *more;	  /* headers of this status alone */
	const char *sentence;	  /* NULL: the usual one */
	struct strbuf head, page; /* the head lacks its last line, which differs each time */
} answers[] = {
	{ .status = HTTP_STATUS_BAD_REQUEST },
	{ .status = HTTP_STATUS_FORBIDDEN },
	{ .status = HTTP_STATUS_NOT_FOUND },
	{ .status = HTTP_STATUS_METHOD_NOT_ALLOWED,
	    /* Of HTTP/1.0, which knows no others. */
	    .more = "allow: GET, HEAD, POST\r\n" },
	{ .status = HTTP_STATUS_REQUEST_TIMEOUT },
	{ .status = HTTP_STATUS_LENGTH_REQUIRED },
	{ .status = HTTP_STATUS_REQUEST_ENTITY_TOO_LARGE },
	{ .status = HTTP_STATUS_REQUEST_URI_TOO_LARGE },
	{ .status = HTTP_STATUS_MISDIRECTED_REQUEST },
	{ .status = STATUS_HEAD_TOO_LARGE, .reason = "Request Header Fields Too Large" },
	{ .status = HTTP_STATUS_INTERNAL_ERROR },
	{ .status = HTTP_STATUS_SERVICE_UNAVAILABLE,
	    .more = "retry-after: 5\r\n",
	    .sentence = "More requests came at once than can be answered." },
	{ .status = HTTP_STATUS_BAD_VERSION },
};

#define NANSWERS (sizeof(answers) / sizeof(answers[0]))

static const char *
reason_of(const struct answer *a)
{
	return a->reason != NULL ? a->reason : http_status_text(a->status);
}

static enum err
make(struct answer *a)
{
	enum err e = web_page_stranger_error(a->status, a->sentence, &a->page);

	strbuf_printf(&a->head, "HTTP/1.1 %d %s\r\nserver: portal\r\nconnection: close\r\n",
	    a->status, reason_of(a));
	strbuf_puts(
	    &a->head, "content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n");
	strbuf_puts(&a->head, web_respond_fixed());
	strbuf_puts(&a->head, a->more != NULL ? a->more : "");
	strbuf_printf(&a->head, "content-length: %zu\r\n", a->page.len);
	return e;
}

enum err
web_kore_answer_init(void)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < NANSWERS && e == ERR_OK; i++)
		e = make(&answers[i]);
	return e;
}

/* ---- Recognising them ---- */

static const struct answer *
answer_of(int status)
{
	for (size_t i = 0; i < NANSWERS; i++)
		if (answers[i].status == status)
			return &answers[i];
	return NULL;
}

/*
 * The answer that stands for a block of Kore's; NULL if the block is anything else. In what our
 * handlers send there are other headers between these two.
 */
static const struct answer *
find_answer(const struct connection *c, const char *block, size_t len)
{
	static const char start[] = "HTTP/1.1 ";
	static const char tail[] = "\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
	const size_t start_len = sizeof(start) - 1, tail_len = sizeof(tail) - 1;

	if (c->proto != CONN_PROTO_HTTP || !(c->flags & CONN_CLOSE_EMPTY) ||
	    len < start_len + 3 + tail_len || memcmp(block, start, start_len) != 0 ||
	    memcmp(block + len - tail_len, tail, tail_len) != 0)
		return NULL;
	return answer_of((int)strtol(block + start_len, NULL, 10)); /* to the blank */
}

/* HEAD gets no body. The head is still in the buffer unless a request was made of it. */
static bool
is_head(const struct connection *c)
{
	const struct netbuf *nb = c->rnb;
	const struct http_request *req, *last = NULL;

	if (nb != NULL && nb->buf != NULL && nb->cb == http_header_recv)
		return nb->s_off > 4 && strncasecmp((const char *)nb->buf, "HEAD", 4) == 0 &&
		       (nb->buf[4] == ' ' || nb->buf[4] == '\0');
	TAILQ_FOREACH(req, &c->http_requests, olist)
	last = req;
	return last != NULL && last->method == HTTP_METHOD_HEAD;
}

/* ---- Sending them ---- */

static int
discard(struct netbuf *nb)
{
	uintptr_t read = (uintptr_t)nb->extra + nb->s_off;

	if (read > LINGER_BYTES_MAX)
		return KORE_RESULT_ERROR;
	nb->extra = (void *)read; /* a number */
	nb->s_off = 0;
	return KORE_RESULT_OK;
}

static bool
is_lingering(const struct connection *c)
{
	return c->rnb != NULL && c->rnb->cb == discard;
}

/*
 * Busy keeps Kore from waiting for a next request. Its limit for a slow head ends the lingering,
 * and the 408 that goes with it is not sent.
 */
static void
linger(struct connection *c)
{
	c->flags &= ~CONN_CLOSE_EMPTY;
	if (c->rnb == NULL || !net_send_flush(c) || !TAILQ_EMPTY(&c->send_queue)) {
		c->flags |= CONN_CLOSE_EMPTY;
		return;
	}
	c->flags |= CONN_IS_BUSY;
	shutdown(c->fd, SHUT_WR);
	net_recv_reset(c, LINGER_PIECE, discard);
	c->rnb->extra = NULL;
	c->rnb->flags |= NETBUF_CALL_CB_ALWAYS;
	c->http_start = kore_time_ms();
	c->http_timeout = LINGER_MS;
}

static void
send_bytes(struct connection *c, const struct answer *a, const char *id, bool wants_body)
{
	struct strbuf last = { 0 };

	strbuf_printf(&last, "x-request-id: %s\r\n\r\n", id);
	__real_net_send_queue(c, strbuf_text(&a->head), a->head.len);
	__real_net_send_queue(c, last.s, last.len);
	if (wants_body)
		__real_net_send_queue(c, strbuf_text(&a->page), a->page.len);
	strbuf_free(&last);
}

/* Kore says no more than the status. */
static void
count(const struct web_log_entry *entry, const struct answer *a, size_t len)
{
	metrics_http(&(struct metrics_request){ .route = entry->route,
	    .method = entry->method,
	    .status = entry->status,
	    .duration_us = entry->duration_us,
	    .response_bytes = len });
	track_count(&(struct track_answer){ .route = entry->route,
	    .status = entry->status,
	    .at = clock_now(),
	    .cause = reason_of(a),
	    .id = entry->id });
}

/* Of the request little is known: not its method unless it is HEAD, not when it began. */
static void
send_answer(struct connection *c, const struct answer *a)
{
	const bool wants_body = !is_head(c);
	char id[WEB_LOG_ID_SIZE];
	const struct web_log_entry entry = { .id = id,
		.route = "kore",
		.method = wants_body ? "other" : "HEAD",
		.status = a->status,
		.duration_us = -1 };

	web_log_id(id);
	send_bytes(c, a, id, wants_body);
	count(&entry, a, wants_body ? a->page.len : 0);
	web_log_request(&entry);
	linger(c);
}

void
__wrap_net_send_queue(struct connection *c, const void *block, size_t len)
{
	const struct answer *a = find_answer(c, block, len);

	if (a == NULL)
		__real_net_send_queue(c, block, len);
	else if (!is_lingering(c))
		send_answer(c, a);
}

/*
 * A head that fills its buffer and goes on: Kore would ask for no bytes, get none, and take that
 * for the end of the connection.
 */
int
__wrap_net_read(struct connection *c, size_t *bytes)
{
	const struct netbuf *nb = c->rnb;

	if (nb->cb != http_header_recv || nb->s_off < nb->b_len || c->flags & CONN_CLOSE_EMPTY)
		return __real_net_read(c, bytes);
	c->flags |= CONN_CLOSE_EMPTY;
	send_answer(c, answer_of(STATUS_HEAD_TOO_LARGE));
	*bytes = 0;
	return KORE_RESULT_OK;
}
