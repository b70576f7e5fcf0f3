#include "clients/stripe_sync.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "base/stop_note.h"
#include "base/url.h"
#include "clients/call_sync.h"
#include "clients/stripe_object.h"

#define DELAY_MIN_MS 500
#define DELAY_MAX_MS 5000
#define NAP_MS 100 /* how often the end of the process is looked for */
#define WORD_MAX 40
#define PAGE_LIMIT 100

/* ---- What is told of an answer that was no good ---- */

/* Words of Stripe's go into the log only if they are words. */
static void
add_word(struct stripe_sync *s, const char *word)
{
	const size_t len = strlen(s->error);

	if (word == NULL || *word == '\0' || strlen(word) > WORD_MAX)
		return;
	if (word[strspn(word,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_[].-")] != '\0')
		return;
	snprintf(s->error + len, sizeof(s->error) - len, ", %s", word);
}

static void
describe(struct stripe_sync *s, enum err e, const struct call_reply *reply,
    const struct stripe_error *said, const struct call_notes *notes)
{
	size_t len;

	*s->error = '\0';
	if (e == ERR_OK)
		return;
	if (reply->result != CALL_OK)
		snprintf(s->error, sizeof(s->error), "%s", call_result_word(reply->result));
	else if (reply->status == 200)
		snprintf(s->error, sizeof(s->error), "200, not the JSON that was asked for");
	else
		snprintf(s->error, sizeof(s->error), "%ld", reply->status);
	add_word(s, said->type);
	add_word(s, said->code);
	add_word(s, said->param);
	len = strlen(s->error);
	if (*notes->request_id != '\0')
		snprintf(s->error + len, sizeof(s->error) - len, ", request %s", notes->request_id);
}

/* That a thing does not exist is an answer like any other. */
static void
tell(const struct stripe_sync *s, enum err e, const struct call_reply *reply)
{
	if (s->note != NULL)
		s->note(
		    e == ERR_NOT_FOUND ? ERR_OK : e, reply, *s->error != '\0' ? s->error : NULL);
}

/* ---- Patience ---- */

static bool
may_pass(enum err e, const struct call_reply *reply)
{
	switch (reply->result) {
	case CALL_OK:
		return e == ERR_TOO_MANY || reply->status == 409 || reply->status >= 500 ||
		       (reply->status == 200 && e == ERR_UPSTREAM);
	case CALL_TLS:
	case CALL_TOO_LARGE:
		return false;
	default:
		return true;
	}
}

static bool
is_worth_it(enum err e, const struct call_reply *reply, const struct call_notes *notes)
{
	if (e == ERR_OK || notes->should_not_retry)
		return false;
	return notes->should_retry || may_pass(e, reply);
}

static int64_t
delay_ms(int attempt, const struct call_notes *notes)
{
	int64_t ms = DELAY_MIN_MS;
	unsigned char dice;

	for (int i = 0; i < attempt && ms < DELAY_MAX_MS; i++)
		ms *= 2;
	if (ms > DELAY_MAX_MS)
		ms = DELAY_MAX_MS;
	random_bytes(&dice, sizeof(dice));
	ms -= ms * dice / 255 / 2;
	if (ms < DELAY_MIN_MS)
		ms = DELAY_MIN_MS;
	return notes->retry_after_s * 1000 > ms ? notes->retry_after_s * 1000 : ms;
}

/* False: the process comes to its end, and whoever waits is to give up. */
static bool
wait_ms(int64_t ms)
{
	const struct timespec nap = { .tv_nsec = NAP_MS * 1000000L };

	for (; ms > 0; ms -= NAP_MS) {
		if (stop_note_read() >= STOP_CLOSING)
			return false;
		nanosleep(&nap, NULL);
	}
	return stop_note_read() < STOP_CLOSING;
}

/* ---- One request ---- */

static enum err
try_once(struct stripe_sync *s, struct arena *a, const struct call_request *req,
    const struct json **object, struct call_reply *reply)
{
	struct stripe_error said = { 0 };
	enum err e;

	call_sync_run(req, a, reply);
	e = stripe_api_reply(object, &said, a, reply);
	describe(s, e, reply, &said, req->notes);
	tell(s, e, reply);
	return e;
}

static enum err
ask(struct stripe_sync *s, struct arena *a, const char *path, const char *query,
    const struct json **object, struct call_reply *reply)
{
	struct call_notes notes = { 0 };
	struct call_request req;
	const int64_t most_ms = s->wait_ms != 0 ? s->wait_ms : STRIPE_SYNC_WAIT_MS;
	int64_t waited_ms = 0, ms;
	enum err e;

	stripe_api_get(&req, a, &s->api, path, query);
	req.notes = &notes;
	for (int attempt = 0;; attempt++) {
		e = try_once(s, a, &req, object, reply);
		if (attempt >= s->retries || !is_worth_it(e, reply, &notes))
			return e;
		ms = delay_ms(attempt, &notes);
		waited_ms += ms;
		if (waited_ms >= most_ms || !wait_ms(ms))
			return e;
	}
}

enum err
stripe_sync_get(struct stripe_sync *s, struct arena *a, const char *path, const char *query,
    const struct json **object)
{
	struct call_reply reply;

	return ask(s, a, path, query, object, &reply);
}

/* ---- Lists ---- */

static const char *
page_query(const struct stripe_list *l, struct arena *a)
{
	struct strbuf query = { 0 };
	const char *made;

	if (l->query != NULL)
		strbuf_puts(&query, l->query);
	url_add_field(&query, "limit", arena_printf(a, "%d", l->limit));
	if (*l->after != '\0')
		url_add_field(&query, "starting_after", l->after);
	made = arena_strdup(a, strbuf_text(&query));
	strbuf_free(&query);
	return made;
}

/* The last id, where the next page begins; false if the page leads nowhere. */
static bool
go_on(struct stripe_list *l, bool has_more)
{
	const char *last = NULL;

	l->is_over = !has_more;
	if (l->data->n > 0)
		(void)json_read_text(&l->data->items[l->data->n - 1], "id", &last);
	if (last == NULL || *last == '\0' || strlen(last) >= sizeof(l->after) ||
	    !call_is_word(last))
		return !has_more;
	if (has_more && (strcmp(last, l->after) == 0 || strcmp(last, l->seen) == 0))
		return false;
	snprintf(l->after, sizeof(l->after), "%s", last);
	l->npages++;
	if ((l->npages & (l->npages - 1)) == 0) /* Brent: every circle comes by one of these */
		snprintf(l->seen, sizeof(l->seen), "%s", last);
	return true;
}

static enum err
take_page(struct stripe_sync *s, struct stripe_list *l, const struct json *root)
{
	bool has_more = false;

	if (json_read_array(root, "data", &l->data) != ERR_OK ||
	    json_read_bool(root, "has_more", &has_more) != ERR_OK) {
		l->data = NULL;
		snprintf(s->error, sizeof(s->error), "200, no list");
		return ERR_UPSTREAM;
	}
	if (!go_on(l, has_more)) {
		l->data = NULL;
		snprintf(s->error, sizeof(s->error), "200, the list leads nowhere after %.100s",
		    *l->after != '\0' ? l->after : "its beginning");
		return ERR_UPSTREAM;
	}
	if (l->data->n == 0)
		l->data = NULL;
	return ERR_OK;
}

enum err
stripe_sync_page(struct stripe_sync *s, struct arena *a, struct stripe_list *l)
{
	const struct json *root = NULL;
	struct call_reply reply;
	enum err e;

	l->data = NULL;
	if (l->is_over)
		return ERR_OK;
	if (l->limit == 0)
		l->limit = PAGE_LIMIT;
	e = ask(s, a, l->path, page_query(l, a), &root, &reply);
	while (e != ERR_OK && reply.result == CALL_TOO_LARGE && l->limit > 1) {
		l->limit /= 2;
		e = ask(s, a, l->path, page_query(l, a), &root, &reply);
	}
	return e == ERR_OK ? take_page(s, l, root) : e;
}
