#include "clients/call_sync.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "clients/call_curl.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t handle_key;

static void
init(void)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK ||
	    pthread_key_create(&handle_key, curl_easy_cleanup) != 0)
		abort();
}

/* The thread's own handle, with its open connections and none of the last call's options. */
static CURL *
thread_handle(void)
{
	CURL *c;

	pthread_once(&once, init);
	c = pthread_getspecific(handle_key);
	if (c != NULL) {
		curl_easy_reset(c);
		return c;
	}
	c = curl_easy_init();
	if (c == NULL || pthread_setspecific(handle_key, c) != 0)
		abort();
	return c;
}

struct receiver {
	struct strbuf *body;
	size_t max_bytes;	     /* that may still come */
	char error[CURL_ERROR_SIZE]; /* libcurl's words for a failure */
};

/* Taking less than was given ends the transfer: the answer is too large. */
static size_t
receive(char *bytes, size_t size, size_t n, void *arg)
{
	struct receiver *r = arg;
	size_t len = size * n;

	if (len > r->max_bytes)
		return 0;
	r->max_bytes -= len;
	strbuf_add(r->body, bytes, len);
	return len;
}

static enum call_result
perform(CURL *c, const struct call_request *req, struct receiver *r)
{
	struct curl_slist *headers = NULL;
	enum call_result result = CALL_CUT;

	if (call_curl_setup(c, req, &headers) == ERR_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, r) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, r->error) == CURLE_OK)
		result = call_curl_result(curl_easy_perform(c));
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL); /* the handle outlives it */
	curl_slist_free_all(headers);
	return result;
}

void
call_sync_into(
    const struct call_request *req, struct strbuf *body, struct arena *a, struct call_reply *reply)
{
	CURL *c = thread_handle();
	struct receiver r = { .body = body, .max_bytes = call_curl_max_bytes(req) };
	const int64_t begun_us = clock_monotonic_us();
	size_t before = body->len;

	*reply = (struct call_reply){ .result = perform(c, req, &r), .body = "" };
	reply->duration_us = clock_monotonic_us() - begun_us;
	if (reply->result == CALL_OK) {
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply->status);
		reply->body = strbuf_text(body) + before;
		reply->body_len = body->len - before;
	} else if (*r.error != '\0') {
		reply->detail = arena_strdup(a, r.error);
	}
}

void
call_sync_run(const struct call_request *req, struct arena *a, struct call_reply *reply)
{
	struct strbuf body = { 0 };

	call_sync_into(req, &body, a, reply);
	reply->body = arena_strndup(a, reply->body, reply->body_len);
	strbuf_free(&body);
}
