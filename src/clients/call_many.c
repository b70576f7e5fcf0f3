#include "clients/call_many.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/stop_note.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "clients/call_curl.h"

#define POLL_MS 250 /* the deadline is looked at so often */

/* A place for one call after the other; its handle stays. */
struct slot {
	CURL *curl;
	struct curl_slist *headers;
	struct call_request req;
	struct strbuf body;
	size_t max_bytes; /* that may still come */
	char error[CURL_ERROR_SIZE];
	struct arena arena;
	size_t i; /* which call */
	int64_t begun_us;
	bool is_busy;
};

struct run {
	const struct call_many *many;
	CURLM *multi;
	struct slot *slots;
	size_t next, busy;
};

/* Taking less than was given ends the transfer: the answer is too large. */
static size_t
receive(char *bytes, size_t size, size_t n, void *arg)
{
	struct slot *s = arg;
	const size_t len = size * n;

	if (len > s->max_bytes)
		return 0;
	s->max_bytes -= len;
	strbuf_add(&s->body, bytes, len);
	return len;
}

static bool
set_up(struct slot *s)
{
	curl_easy_reset(s->curl);
	strbuf_clear(&s->body);
	s->max_bytes = call_curl_max_bytes(&s->req);
	s->error[0] = '\0';
	return call_curl_setup(s->curl, &s->req, &s->headers) == ERR_OK &&
	       curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	       curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s) == CURLE_OK &&
	       curl_easy_setopt(s->curl, CURLOPT_PRIVATE, s) == CURLE_OK &&
	       curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error) == CURLE_OK;
}

static void
clear(struct slot *s)
{
	curl_slist_free_all(s->headers);
	s->headers = NULL;
	arena_free(&s->arena);
	s->is_busy = false;
}

static void
tell(struct run *r, struct slot *s, enum call_result result)
{
	struct call_reply reply = {
		.result = result, .body = "", .duration_us = clock_monotonic_us() - s->begun_us
	};

	if (result == CALL_OK) {
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &reply.status);
		reply.body = strbuf_text(&s->body);
		reply.body_len = s->body.len;
	} else if (s->error[0] != '\0') {
		reply.detail = s->error;
	}
	r->many->read(r->many->arg, s->i, &s->arena, &reply);
}

static void
end(struct run *r, struct slot *s, enum call_result result)
{
	curl_multi_remove_handle(r->multi, s->curl);
	r->busy--;
	tell(r, s, result);
	clear(s);
}

/* Begins the next call that is one; false: there is none left. */
static bool
begin(struct run *r, struct slot *s)
{
	const struct call_many *m = r->many;

	while (r->next < m->n) {
		s->i = r->next++;
		s->req = (struct call_request){ 0 };
		if (m->ask(m->arg, s->i, &s->arena, &s->req) != ERR_OK) {
			arena_free(&s->arena);
			continue;
		}
		s->is_busy = true;
		s->begun_us = clock_monotonic_us();
		if (set_up(s) && curl_multi_add_handle(r->multi, s->curl) == CURLM_OK) {
			r->busy++;
			return true;
		}
		tell(r, s, CALL_CUT);
		clear(s);
	}
	return false;
}

/* Each that has ended makes place for the next. */
static void
take_ended(struct run *r, bool goes_on)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(r->multi, &left)) != NULL) {
		char *owner = NULL;
		struct slot *s;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &owner);
		s = (struct slot *)(void *)owner;
		end(r, s, call_curl_result(msg->data.result));
		if (goes_on)
			begin(r, s);
	}
}

static void
work(struct run *r)
{
	int running;

	while (r->busy > 0) {
		const int64_t left_ms = (r->many->until_us - clock_monotonic_us()) / 1000;

		if (left_ms <= 0 || stop_note_read() != STOP_NONE ||
		    curl_multi_perform(r->multi, &running) != CURLM_OK)
			return;
		take_ended(r, true);
		if (r->busy > 0)
			curl_multi_poll(
			    r->multi, NULL, 0, left_ms < POLL_MS ? (int)left_ms : POLL_MS, NULL);
	}
}

size_t
call_many_run(const struct call_many *many)
{
	const size_t n = many->at_once < many->n ? many->at_once : many->n;
	struct run r = { .many = many, .multi = curl_multi_init() };

	if (r.multi == NULL)
		abort();
	/* Where all answer at one address, connections are used again; else they are many. */
	curl_multi_setopt(r.multi, CURLMOPT_MAXCONNECTS, (long)n);
	r.slots = xcalloc(n + 1, sizeof(*r.slots));
	for (size_t i = 0; i < n; i++) {
		r.slots[i].curl = curl_easy_init();
		if (r.slots[i].curl == NULL)
			abort();
		if (clock_monotonic_us() < many->until_us)
			begin(&r, &r.slots[i]);
	}
	work(&r);
	for (size_t i = 0; i < n; i++) {
		if (r.slots[i].is_busy)
			end(&r, &r.slots[i], CALL_TIMEOUT);
		curl_easy_cleanup(r.slots[i].curl);
		strbuf_free(&r.slots[i].body);
	}
	free(r.slots);
	curl_multi_cleanup(r.multi);
	return r.next;
}
