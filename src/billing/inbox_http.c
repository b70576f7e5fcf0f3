#include "billing/inbox_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "base/settings.h"
#include "base/url.h"
#include "billing/billing.h"
#include "billing/inbox_store.h"
#include "billing/inbox_view.h"
#include "db/db_row.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_path.h"
#include "web/web_template.h"

#define ID_MAX 255
#define TYPE_MAX 100
#define DAY_S 86400
#define DAY_CHARS 10 /* 2026-11-28 */

/* An empty field of a form is none. */
static const char *
text_or_null(const struct web_value *v)
{
	return v->text != NULL && *v->text != '\0' ? v->text : NULL;
}

/* ---- GET /admin/stripe ---- */

enum { IN_STATE, IN_TYPE, IN_ID, IN_BEFORE, IN_BEFORE_ID, IN_REPLAYED };

struct inbox_page {
	struct web_flow flow;
	struct inbox_filter filter;
	struct inbox_event *events;
	size_t n;
	struct inbox_counts counts;
	struct inbox_view view;
};

static void
filter_read(struct inbox_filter *filter, const struct web_value *v)
{
	*filter = (struct inbox_filter){ .state = INBOX_STATE__MAX,
		.type = text_or_null(&v[IN_TYPE]),
		.text = text_or_null(&v[IN_ID]),
		.is_live = billing_is_live() };
	if (v[IN_STATE].text != NULL)
		filter->state = (enum inbox_state)v[IN_STATE].number;
	if (v[IN_BEFORE].text != NULL) {
		filter->before_us = v[IN_BEFORE].number;
		filter->before_id = web_value_text(&v[IN_BEFORE_ID], "");
	}
}

static enum err
page_ask(struct web_flow *f, struct db_query *q)
{
	struct inbox_page *p = (struct inbox_page *)f;

	filter_read(&p->filter, f->values);
	inbox_store_page(q, &p->filter, INBOX_PER_PAGE + 1);
	return ERR_OK;
}

static enum err
page_read(struct web_flow *f, const PGresult *res)
{
	struct inbox_page *p = (struct inbox_page *)f;

	return inbox_store_rows(res, &f->arena, &p->events, &p->n);
}

static enum err
counts_ask(struct web_flow *f, struct db_query *q)
{
	(void)f;
	inbox_store_counts(q, billing_is_live());
	return ERR_OK;
}

static enum err
counts_read(struct web_flow *f, const PGresult *res)
{
	return inbox_store_counts_read(res, &((struct inbox_page *)f)->counts);
}

static const char *
replayed_words(struct web_flow *f, int64_t n)
{
	if (n == 0)
		return "There is no such event in that range.";
	return arena_printf(
	    &f->arena, "%" PRId64 " event%s sent again.", n, n == 1 ? " is" : "s are");
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct inbox_page *p = (struct inbox_page *)f;
	const struct inbox_facts facts = { .filter = &p->filter,
		.events = p->events,
		.n = p->n,
		.counts = p->counts,
		.is_set_up = billing_is_set_up(),
		.has_secret = *settings.stripe_webhook_secret != '\0',
		.now = clock_now() };

	inbox_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "Stripe events");
	p->view.frame.more_css_href = web_asset_href("billing.css");
	if (f->values[IN_REPLAYED].text != NULL)
		p->view.frame.flash = replayed_words(f, f->values[IN_REPLAYED].number);
	return web_template_render(&inbox_view_type, &p->view, out);
}

int
inbox_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_STATE] = { "state", WEB_ENUM, .words = inbox_state_words,
		    .nwords = INBOX_STATE__MAX },
		[IN_TYPE] = { "type", WEB_TEXT, .max = TYPE_MAX },
		[IN_ID] = { "id", WEB_TEXT, .max = ID_MAX },
		[IN_BEFORE] = { "before", WEB_INT, .min = 1, .max = INT64_C(1) << 58 },
		[IN_BEFORE_ID] = { "before_id", WEB_TEXT, .max = ID_MAX },
		[IN_REPLAYED] = { "replayed", WEB_INT, .min = 0, .max = INT32_MAX },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = page_ask, .read = page_read },
		{ .ask = counts_ask, .read = counts_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "stripe_events",
		.methods = WEB_GET,
		.access = ACCESS_BILLING,
		.audit = "stripe_events.list",
		.inputs = inputs,
		.size = sizeof(struct inbox_page),
		.steps = steps,
		.nsteps = 2,
		.render = index_render };

	return web_flow_run(req, &def);
}

/* ---- GET /admin/stripe/events/{id} ---- */

static const char *const done_words[] = { "replayed" };

struct event_page {
	struct web_flow flow;
	struct inbox_event *event;
	struct inbox_event_view view;
};

static enum err
event_ask(struct web_flow *f, struct db_query *q)
{
	char *id;
	const enum err e = web_path_part(&id, &f->arena, f->req->path, 3);

	if (e == ERR_OK)
		inbox_store_one(q, id);
	return e;
}

static enum err
event_read(struct web_flow *f, const PGresult *res)
{
	struct event_page *p = (struct event_page *)f;
	size_t n;
	const enum err e = inbox_store_rows(res, &f->arena, &p->event, &n);

	if (e == ERR_OK && n == 0)
		return web_flow_fail(f, ERR_NOT_FOUND,
		    "There is no such event; those that were obeyed are forgotten after a time.");
	return e;
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct event_page *p = (struct event_page *)f;

	inbox_event_view_init(&p->view, p->event, clock_now(), &f->arena);
	if (billing_is_set_up())
		p->view.csrf = web_session_csrf(&f->session, &f->arena, INBOX_REPLAY_PATH);
	web_page_frame(f, &p->view.frame, p->view.type);
	p->view.frame.more_css_href = web_asset_href("billing.css");
	if (f->values[0].text != NULL)
		p->view.frame.flash = "The event is sent again.";
	return web_template_render(&inbox_event_view_type, &p->view, out);
}

int
inbox_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "done", WEB_ENUM, .words = done_words, .nwords = 1 }, { NULL }
	};
	static const struct web_step steps[] = { { .ask = event_ask, .read = event_read } };
	static const struct web_page_def def = { .name = "stripe_event",
		.methods = WEB_GET,
		.access = ACCESS_BILLING,
		.audit = "stripe_events.show",
		.inputs = inputs,
		.size = sizeof(struct event_page),
		.steps = steps,
		.nsteps = 1,
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- GET and POST /admin/stripe/replay ---- */

enum { REPLAY_ID, REPLAY_FROM, REPLAY_UNTIL, REPLAY_STATE, REPLAY_TYPE };

struct replay_page {
	struct web_flow flow;
	struct inbox_range range;
	int64_t n;
	struct confirm_view view;
};

static bool
is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

/* The id counts only where something is done: there is no question before one event. */
static const char *
replayed_id(struct web_flow *f)
{
	return is_post(f) ? text_or_null(&f->values[REPLAY_ID]) : NULL;
}

static enum inbox_state
replayed_state(struct web_flow *f)
{
	return (enum inbox_state)web_value_number(&f->values[REPLAY_STATE], INBOX_FAILED);
}

static const char *
replay_audited(struct web_flow *f)
{
	const char *id = replayed_id(f), *type = text_or_null(&f->values[REPLAY_TYPE]);

	if (id != NULL)
		return arena_printf(&f->arena, "event %s", id);
	return arena_printf(&f->arena, "%s events%s%s from %s until %s",
	    inbox_state_words[replayed_state(f)], type != NULL ? " of type " : "",
	    type != NULL ? type : "", web_value_text(&f->values[REPLAY_FROM], "?"),
	    web_value_text(&f->values[REPLAY_UNTIL], "?"));
}

static enum err
day_read(struct web_flow *f, const struct web_value *v, int64_t *at)
{
	const char *day = text_or_null(v);

	if (day != NULL && strlen(day) == DAY_CHARS &&
	    rfc3339_parse(arena_printf(&f->arena, "%sT00:00:00Z", day), at) == ERR_OK)
		return ERR_OK;
	return web_flow_fail(f, ERR_INVALID, "Give the first and the last day as in 2026-11-28.");
}

static enum err
range_read(struct web_flow *f, struct inbox_range *r)
{
	enum err e = day_read(f, &f->values[REPLAY_FROM], &r->from);

	if (e == ERR_OK)
		e = day_read(f, &f->values[REPLAY_UNTIL], &r->until);
	if (e != ERR_OK)
		return e;
	r->state = replayed_state(f);
	r->type = text_or_null(&f->values[REPLAY_TYPE]);
	r->is_live = billing_is_live();
	if (r->state == INBOX_WAITING)
		return web_flow_fail(f, ERR_INVALID, "What waits need not be sent again.");
	if (r->until < r->from)
		return web_flow_fail(f, ERR_INVALID, "The last day is before the first one.");
	r->until += DAY_S;
	return ERR_OK;
}

/* Without a key nobody obeys what waits. */
static enum err
check_set_up(struct web_flow *f)
{
	if (billing_is_set_up())
		return ERR_OK;
	return web_flow_fail_advised(f, ERR_CONFLICT,
	    "Billing is not set up: there is no STRIPE_SECRET_KEY, so nothing is sent again.");
}

static enum err
replay_ask(struct web_flow *f, struct db_query *q)
{
	struct inbox_range *range = &((struct replay_page *)f)->range;
	const char *id = replayed_id(f);
	enum err e = check_set_up(f);

	if (e == ERR_OK && id == NULL)
		e = range_read(f, range);
	if (e != ERR_OK)
		return e;
	if (id != NULL)
		inbox_store_replay(q, id);
	else if (is_post(f))
		inbox_store_replay_range(q, range);
	else
		inbox_store_count_range(q, range);
	return ERR_OK;
}

/* With nothing to ask about there is no question: the list says so. */
static enum err
replay_read(struct web_flow *f, const PGresult *res)
{
	struct replay_page *p = (struct replay_page *)f;
	const char *id = replayed_id(f);
	const enum err e = db_row_only_int(res, &p->n);

	if (e != ERR_OK || (!is_post(f) && p->n > 0))
		return e;
	if (id != NULL && p->n == 0)
		return web_flow_fail(f, ERR_NOT_FOUND, "There is no such event.");
	if (id != NULL)
		web_flow_redirect(f, arena_printf(&f->arena, INBOX_EVENTS_PATH "/%s?done=replayed",
					 url_encode(&f->arena, id)));
	else
		web_flow_redirect(
		    f, arena_printf(&f->arena, INBOX_PATH "?replayed=%" PRId64, p->n));
	return ERR_OK;
}

static enum err
replay_render(struct web_flow *f, struct strbuf *out)
{
	struct replay_page *p = (struct replay_page *)f;

	inbox_view_confirm(&p->view, &p->range, f->values[REPLAY_FROM].text,
	    f->values[REPLAY_UNTIL].text, p->n, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, INBOX_REPLAY_PATH);
	web_page_frame(f, &p->view.frame, p->view.title);
	return web_template_render(&confirm_view_type, &p->view, out);
}

static const struct web_input replay_inputs[] = {
	[REPLAY_ID] = { "id", WEB_TEXT, .max = ID_MAX },
	[REPLAY_FROM] = { "from", WEB_TEXT, .max = DAY_CHARS },
	[REPLAY_UNTIL] = { "until", WEB_TEXT, .max = DAY_CHARS },
	[REPLAY_STATE] = { "state", WEB_ENUM, .words = inbox_state_words,
	    .nwords = INBOX_STATE__MAX },
	[REPLAY_TYPE] = { "type", WEB_TEXT, .max = TYPE_MAX },
	{ NULL },
};

/* What is only asked is written down in other words than what is done. */
int
inbox_replay(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = replay_ask, .read = replay_read } };
#define REPLAY_PAGE                                                                                \
	.name = "stripe_events_replay", .methods = WEB_GET | WEB_POST, .access = ACCESS_BILLING,   \
	.audited = replay_audited, .inputs = replay_inputs, .size = sizeof(struct replay_page),    \
	.steps = steps, .nsteps = 1, .render = replay_render
	static const struct web_page_def ask = { REPLAY_PAGE, .audit = "stripe_events.count" };
	static const struct web_page_def replay = { REPLAY_PAGE, .audit = "stripe_events.replay" };

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &replay : &ask);
}
