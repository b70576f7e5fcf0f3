#include "billing/inbox_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "billing/mask.h"
#include "billing/webhook.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_POINTS 70

VIEW_DEFINE(inbox, INBOX)
VIEW_DEFINE(inbox_event, INBOX_EVENT)

static const struct {
	const char *label;
	enum tone tone;
} states[INBOX_STATE__MAX] = {
	[INBOX_WAITING] = { "Waiting", TONE_BUSY },
	[INBOX_DONE] = { "Done", TONE_GOOD },
	[INBOX_IGNORED] = { "Ignored", TONE_OFF },
	[INBOX_FAILED] = { "Failed", TONE_BAD },
};

static const char *const sources[INBOX_SOURCE__MAX] = {
	[INBOX_WEBHOOK] = "Webhook",
	[INBOX_GAP] = "Found in Stripe's list",
	[INBOX_RETURN] = "Page after the checkout",
	[INBOX_UNLINKED] = "Waited for its account",
};

static const char *
world(bool is_live)
{
	return is_live ? "live mode" : "test mode";
}

void
inbox_view_unset(struct empty_view *v)
{
	*v = (struct empty_view){ .title = "Billing is not set up",
		.sentence =
		    "There is no STRIPE_SECRET_KEY, so nothing is asked of Stripe and nothing "
		    "is taken from it. Set the key and start the portal again." };
}

/* ---- Addresses ---- */

/* The list with the same limits but another state (NULL: all). */
static struct strbuf
query_of(const struct inbox_filter *f, const char *state)
{
	struct strbuf q = { 0 };

	if (state != NULL)
		url_add_field(&q, "state", state);
	if (f->type != NULL)
		url_add_field(&q, "type", f->type);
	if (f->text != NULL)
		url_add_field(&q, "id", f->text);
	return q;
}

static const char *
href_of(struct strbuf *query, struct arena *a)
{
	const char *href =
	    query->len > 0 ? arena_printf(a, INBOX_PATH "?%s", strbuf_text(query)) : INBOX_PATH;

	strbuf_free(query);
	return href;
}

static const char *
state_word(const struct inbox_filter *f)
{
	return f->state < INBOX_STATE__MAX ? inbox_state_words[f->state] : NULL;
}

static const char *
older_href(const struct inbox_facts *f, struct arena *a)
{
	const struct inbox_event *last = &f->events[INBOX_PER_PAGE - 1];
	struct strbuf q = query_of(f->filter, state_word(f->filter));

	url_add_field(&q, "before", arena_printf(a, "%" PRId64, last->received_us));
	url_add_field(&q, "before_id", last->id);
	return href_of(&q, a);
}

/* ---- The list ---- */

static const char *
count_words(int64_t n, struct arena *a)
{
	if (n > INBOX_COUNT_MAX)
		return arena_printf(a, "more than %s", human_count(a, INBOX_COUNT_MAX));
	return human_count(a, n);
}

static void
tabs_init(struct tabs_view *v, const struct inbox_facts *f, struct arena *a)
{
	const int64_t counts[INBOX_STATE__MAX] = {
		[INBOX_WAITING] = f->counts.waiting, [INBOX_FAILED] = f->counts.failed
	};
	struct strbuf q = query_of(f->filter, NULL);

	v->label = "States";
	v->tabs.v = arena_array(a, INBOX_STATE__MAX + 1, sizeof(*v->tabs.v));
	v->tabs.v[v->tabs.n++] = (struct link_view){ .label = "All",
		.href = href_of(&q, a),
		.is_current = f->filter->state == INBOX_STATE__MAX };
	for (int i = 0; i < INBOX_STATE__MAX; i++) {
		const char *label = states[i].label;

		if (counts[i] > 0)
			label = arena_printf(a, "%s (%s)", label, count_words(counts[i], a));
		q = query_of(f->filter, inbox_state_words[i]);
		v->tabs.v[v->tabs.n++] = (struct link_view){ .label = label,
			.href = href_of(&q, a),
			.is_current = (int)f->filter->state == i };
	}
}

/* What it did, or why it failed or waits. The object has a column of its own. */
static const char *
effect_words(const struct inbox_event *e, struct arena *a)
{
	const char *words = e->error != NULL ? e->error : e->effect;
	const size_t len = e->object_id != NULL ? strlen(e->object_id) : 0;

	if (words == NULL || *words == '\0')
		return "–";
	if (len > 0 && strncmp(words, e->object_id, len) == 0 && strncmp(words + len, ": ", 2) == 0)
		words += len + 2;
	return text_short(a, text_safe(a, words), TEXT_POINTS);
}

enum { COL_TYPE, COL_STATE, COL_EFFECT, COL_OBJECT, COL_RECEIVED, COL_SOURCE, COL_ATTEMPTS };
static const struct table_column columns[] = {
	{ "Type", NULL, false },
	{ "State", NULL, false },
	{ "What it did", NULL, false },
	{ "Object", NULL, false },
	{ "Received", NULL, false },
	{ "Source", NULL, false },
	{ "Attempts", NULL, true },
};

static const char *
event_href(const char *id, struct arena *a)
{
	return arena_printf(a, INBOX_EVENTS_PATH "/%s", url_encode(a, id));
}

static void
row_init(struct table_view *v, size_t i, const struct inbox_event *e, struct arena *a)
{
	struct table_cell_view *type = table_view_cell(v, i, COL_TYPE);
	struct table_cell_view *state = table_view_cell(v, i, COL_STATE);

	type->text = text_safe(a, e->type);
	type->href = event_href(e->id, a);
	table_view_cell(v, i, COL_RECEIVED)->text = human_time(a, e->received_at);
	table_view_cell(v, i, COL_OBJECT)->text =
	    e->object_id != NULL ? text_safe(a, e->object_id) : "–";
	table_view_cell(v, i, COL_SOURCE)->text = sources[e->source];
	state->text = states[e->state].label;
	state->tone = tone_words[states[e->state].tone];
	table_view_cell(v, i, COL_EFFECT)->text = effect_words(e, a);
	table_view_cell(v, i, COL_ATTEMPTS)->text = human_count(a, e->attempts);
}

static void
none_init(struct inbox_view *v, const struct inbox_facts *f)
{
	if (!f->is_set_up)
		inbox_view_unset(&v->none);
	else if (v->all_href != NULL || v->newest_href != NULL)
		v->none = (struct empty_view){ .title = "Nothing found",
			.sentence = "No event fits, or the list does not go on as far as this.",
			.href = INBOX_PATH,
			.link = "Show all" };
	else
		v->none = (struct empty_view){ .title = "Nothing has come yet",
			.sentence =
			    "Each event that Stripe posts stands here as soon as it comes, and "
			    "with it what it did: a payment, a change of a subscription, a "
			    "refund." };
}

static void
filter_init(struct inbox_view *v, const struct inbox_filter *f)
{
	v->state = state_word(f);
	v->type = f->type;
	v->sought = f->text;
	if (v->state != NULL || v->type != NULL || v->sought != NULL)
		v->all_href = INBOX_PATH;
}

/* What to know of the list before it is read. */
static const char *
note(const struct inbox_facts *f)
{
	if (!f->is_set_up)
		return f->n > 0 ? "Billing is not set up any more: these are events of before."
				: NULL;
	if (!f->has_secret)
		return "STRIPE_WEBHOOK_SECRET is empty, so nothing that Stripe posts is taken: "
		       "changes "
		       "are looked for every 300 seconds instead.";
	return NULL;
}

/* What is sent again is at first what the list shows, or what failed. */
static void
range_init(struct inbox_view *v, const struct inbox_filter *f, struct arena *a)
{
	const bool is_ended = f->state < INBOX_STATE__MAX && f->state != INBOX_WAITING;
	const char *words[INBOX_STATE__MAX], *labels[INBOX_STATE__MAX];
	size_t n = 0;

	for (int i = INBOX_WAITING + 1; i < INBOX_STATE__MAX; i++) {
		words[n] = inbox_state_words[i];
		labels[n++] = states[i].label;
	}
	field_view_line(&v->from, "from", "From", "date", NULL);
	field_view_line(&v->until, "until", "Until", "date", NULL);
	field_view_choice(&v->which, "state", "State", words, labels, n,
	    inbox_state_words[is_ended ? f->state : INBOX_FAILED], a);
	field_view_line(&v->of_type, "type", "Of type", "text", f->type);
	v->of_type.id = "of-type";
	v->from.is_required = v->until.is_required = v->which.is_required = true;
}

void
inbox_view_init(struct inbox_view *v, const struct inbox_facts *f, struct arena *a)
{
	const size_t n = f->n < INBOX_PER_PAGE ? f->n : INBOX_PER_PAGE;
	struct strbuf q = query_of(f->filter, state_word(f->filter));

	v->is_set_up = f->is_set_up;
	v->world = world(f->filter->is_live);
	v->note = note(f);
	tabs_init(&v->states, f, a);
	if (f->counts.waiting_since != 0)
		v->oldest = human_ago(a, f->counts.waiting_since, f->now);
	filter_init(v, f->filter);
	table_view_init(&v->events, "Events, the newest first", columns, COUNT(columns), n, a);
	for (size_t i = 0; i < n; i++)
		row_init(&v->events, i, &f->events[i], a);
	v->has_rows = n > 0;
	if (f->filter->before_us != 0)
		v->newest_href = href_of(&q, a);
	else
		strbuf_free(&q);
	if (f->n > INBOX_PER_PAGE)
		v->older_href = older_href(f, a);
	none_init(v, f);
	v->has_more_to_do = f->is_set_up && (n > 0 || f->counts.failed > 0);
	range_init(v, f->filter, a);
}

/* ---- One event ---- */

static void
body_init(struct inbox_event_view *v, const char *body, struct arena *a)
{
	const struct json *json;
	struct strbuf masked = { 0 };

	if (body == NULL) {
		v->no_body = "There is none, or it was forgotten after a time.";
	} else if (webhook_parse(&json, a, body, strlen(body)) != ERR_OK) {
		v->no_body = "It cannot be read, so it cannot be masked and is not shown.";
	} else {
		mask_json(json, a, &masked);
		v->body = arena_strdup(a, strbuf_text(&masked));
		strbuf_free(&masked);
	}
}

static void
times_init(struct inbox_event_view *v, const struct inbox_event *e, int64_t now, struct arena *a)
{
	if (e->created_at != 0)
		time_view_init(&v->created, e->created_at, now, a);
	time_view_init(&v->received, e->received_at, now, a);
	if (e->ended_at != 0)
		time_view_init(&v->ended, e->ended_at, now, a);
	else
		time_view_init(&v->due, e->due_at, now, a);
}

void
inbox_event_view_init(
    struct inbox_event_view *v, const struct inbox_event *e, int64_t now, struct arena *a)
{
	const struct inbox_filter about = { .state = INBOX_STATE__MAX, .text = e->object_id };
	struct strbuf q = query_of(&about, NULL);

	v->id = text_safe(a, e->id);
	v->type = text_safe(a, e->type);
	v->state = (struct badge_view){ states[e->state].label, tone_words[states[e->state].tone] };
	v->source = sources[e->source];
	v->world = world(e->is_live);
	v->api_version = text_safe(a, e->api_version);
	v->object_id = text_safe(a, e->object_id);
	v->object_href = href_of(&q, a);
	v->attempts = human_count(a, e->attempts);
	v->effect = text_safe(a, e->effect);
	v->error = text_safe(a, e->error);
	times_init(v, e, now, a);
	body_init(v, e->body, a);
}

/* ---- Before many are sent again ---- */

static void
fields_init(struct confirm_view *v, const struct inbox_range *r, const char *from,
    const char *until, struct arena *a)
{
	v->fields.v = arena_array(a, 4, sizeof(*v->fields.v));
	v->fields.v[v->fields.n++] = (struct hidden_view){ "from", from };
	v->fields.v[v->fields.n++] = (struct hidden_view){ "until", until };
	v->fields.v[v->fields.n++] = (struct hidden_view){ "state", inbox_state_words[r->state] };
	if (r->type != NULL)
		v->fields.v[v->fields.n++] = (struct hidden_view){ "type", r->type };
}

void
inbox_view_confirm(struct confirm_view *v, const struct inbox_range *r, const char *from,
    const char *until, int64_t n, struct arena *a)
{
	static struct confirm_fact_view facts[] = {
		{ "Each is a hint only: what it is about is fetched from Stripe once more." },
		{ "What was done already is not done twice." },
		{ "At most 10,000 are sent again at once, the oldest first." },
	};
	const char *state = inbox_state_words[r->state];
	struct strbuf back = { 0 };

	url_add_field(&back, "state", state);
	v->title = arena_printf(
	    a, "Send %s %s %s again?", human_count(a, n), state, n == 1 ? "event" : "events");
	v->sentence = arena_printf(a, "All %s events%s%s received from %s to the end of %s.", state,
	    r->type != NULL ? " of type " : "", r->type != NULL ? text_safe(a, r->type) : "", from,
	    until);
	v->facts.v = facts;
	v->facts.n = COUNT(facts);
	v->action = INBOX_REPLAY_PATH;
	fields_init(v, r, from, until, a);
	v->button = "Send again";
	v->back_href = href_of(&back, a);
}
