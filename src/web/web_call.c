#include "web/web_call.h"

#include "base/clock.h"
#include "clients/call_curl.h"

/* Taking less than is offered makes libcurl give up: what is too large is never held. */
static size_t
receive(char *bytes, size_t size, size_t n, void *arg)
{
	struct web_call *c = arg;
	size_t len = size * n;

	if (c->body.len + len > c->max_bytes)
		return 0;
	strbuf_add(&c->body, bytes, len);
	return len;
}

/*
 * Kore starts a new call only when its loop comes round again, after up to 100 ms; asking it to
 * look at its time-outs starts the call now.
 */
void
web_call_start(struct web_call *c, struct http_request *req, const struct call_request *r)
{
	*c = (struct web_call){
		.req = req, .max_bytes = call_curl_max_bytes(r), .begun_us = clock_monotonic_us()
	};
	if (!kore_curl_init(&c->curl, r->url, KORE_CURL_ASYNC)) {
		c->is_impossible = true;
		return;
	}
	c->is_started = true;
	c->curl.type = KORE_CURL_TYPE_HTTP_CLIENT; /* else the status is not kept */
	kore_curl_bind_request(&c->curl, req);
	if (call_curl_setup(c->curl.handle, r, &c->headers) != ERR_OK) {
		c->is_impossible = true;
		return;
	}
	curl_easy_setopt(c->curl.handle, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c->curl.handle, CURLOPT_WRITEDATA, c);
	kore_curl_run(&c->curl);
	kore_curl_do_timeout();
}

bool
web_call_step(struct web_call *c, struct call_reply *reply)
{
	*reply = (struct call_reply){ .result = CALL_CUT, .body = "" };
	if (c->is_impossible)
		return true;
	if (c->curl.handle != NULL) {
		http_request_sleep(c->req);
		return false;
	}
	reply->duration_us = clock_monotonic_us() - c->begun_us;
	reply->result = call_curl_result(c->curl.result);
	if (reply->result != CALL_OK) {
		reply->detail = kore_curl_strerror(&c->curl);
		return true;
	}
	reply->status = c->curl.http.status;
	reply->body = strbuf_text(&c->body);
	reply->body_len = c->body.len;
	return true;
}

void
web_call_end(struct web_call *c)
{
	if (c->is_started)
		kore_curl_cleanup(&c->curl);
	curl_slist_free_all(c->headers);
	strbuf_free(&c->body);
	*c = (struct web_call){ 0 };
}
