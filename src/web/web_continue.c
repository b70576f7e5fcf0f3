/*
 * "Expect: 100-continue" (RFC 9110, 10.1.1): programs such as curl ask before they send a large
 * body, and wait for a second when nobody answers, as Kore 4.1.0 does not. The linker sends its
 * calls of net_recv_reset() here (--wrap in conf/build.conf); Kore makes one when it has read a
 * head and waits for the body.
 */
#include <kore/kore.h>
#include <kore/http.h>
#include <stdbool.h>
#include <strings.h>

void __real_net_recv_reset(struct connection *, size_t, int (*)(struct netbuf *));
void __wrap_net_recv_reset(struct connection *, size_t, int (*)(struct netbuf *));

/* The request whose body the connection waits for; NULL if there is none. */
static struct http_request *
waiting_request(const struct connection *c)
{
	struct http_request *req, *last = NULL;

	TAILQ_FOREACH(req, &c->http_requests, olist)
	last = req;
	if (last == NULL || last->flags & (HTTP_REQUEST_COMPLETE | HTTP_VERSION_1_0) ||
	    !(last->flags & HTTP_REQUEST_EXPECT_BODY))
		return NULL;
	return last;
}

/* Answered once: the header then says something that nobody waits for. */
static bool
take_expectation(struct http_request *req)
{
	static char done[] = "answered";
	struct http_header *hdr;

	TAILQ_FOREACH(hdr, &req->req_headers, list)
	{
		if (strcasecmp(hdr->header, "expect") != 0 ||
		    strcasecmp(hdr->value, "100-continue") != 0)
			continue;
		hdr->value = done;
		return true;
	}
	return false;
}

void
__wrap_net_recv_reset(struct connection *c, size_t len, int (*cb)(struct netbuf *))
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http_request *req = c->proto == CONN_PROTO_HTTP ? waiting_request(c) : NULL;

	__real_net_recv_reset(c, len, cb);
	if (req == NULL || !take_expectation(req))
		return;
	net_send_queue(c, go_on, sizeof(go_on) - 1);
	(void)net_send_flush(c); /* a connection that broke is noticed where it is read */
}
