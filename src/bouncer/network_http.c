#include "bouncer/network_http.h"

#include <string.h>

#include "base/settings.h"
#include "bouncer/bouncer_count_store.h"
#include "bouncer/bouncer_task_http.h"
#include "bouncer/bouncer_way_http.h"
#include "bouncer/network_store.h"
#include "bouncer/network_view.h"
#include "web/web_page.h"
#include "web/web_template.h"

/* Of names as soju has them, which may be longer than those that are chosen here. */
#define NAME_CHARS 255

/* All these pages; which of them it is, `op` says. */
struct network_page {
	struct bouncer_flow b;
	enum bouncer_op op;
	const char *name; /* of the network until now; NULL: a new one */
	struct bouncer_counts counts;
	struct network_known known;
	struct network_typed typed;
	struct network_form wanted;
	bool is_fine; /* the form was posted and may be passed on */
	const char *problem;
	struct bouncer_task *task;
	struct network_edit_view view;
	struct confirm_view confirm;
};

static void
network_free(struct web_flow *f)
{
	bouncer_task_leave(((struct network_page *)f)->task);
}

/* ---- the steps that all of them share ---- */

static int
order_wait(struct web_flow *f)
{
	struct network_page *p = (struct network_page *)f;
	struct bouncer_order *order;

	if (!p->is_fine)
		return 0;
	order = bouncer_order_new(p->op, &p->b.bouncer);
	bouncer_order_network(order, p->name, &p->wanted);
	return bouncer_task_start(&p->task, f, order);
}

/* One that is gone already is what was wanted of a removal. */
static enum bouncer_outcome
outcome_of(const struct network_page *p, const struct bouncer_order *order)
{
	if (p->op == BOUNCER_OP_DROP_NETWORK && order->outcome == BOUNCER_GONE)
		return BOUNCER_DONE;
	return order->outcome;
}

static const enum bouncer_news news[BOUNCER_OP__MAX] = {
	[BOUNCER_OP_ADD_NETWORK] = BOUNCER_NEWS_ADDED,
	[BOUNCER_OP_CHANGE_NETWORK] = BOUNCER_NEWS_CHANGED,
	[BOUNCER_OP_ENABLE_NETWORK] = BOUNCER_NEWS_ENABLED,
	[BOUNCER_OP_DISABLE_NETWORK] = BOUNCER_NEWS_DISABLED,
	[BOUNCER_OP_DROP_NETWORK] = BOUNCER_NEWS_REMOVED,
};

/* Leads back to the bouncer, or says why not: `problem` on a form, else an error page. */
static enum err
order_done(struct web_flow *f, struct db_query *q)
{
	struct network_page *p = (struct network_page *)f;
	const struct bouncer_order *order;
	enum bouncer_outcome outcome;

	(void)q;
	if (!p->is_fine)
		return ERR_OK;
	order = bouncer_task_result(p->task);
	outcome = outcome_of(p, order);
	if (outcome == BOUNCER_DONE)
		bouncer_tell(&p->b, news[p->op]);
	p->problem = bouncer_outcome_words(&f->arena, p->op, outcome, order->why);
	if (outcome != BOUNCER_DONE)
		f->status = web_page_status(bouncer_outcome_err(outcome));
	return ERR_OK;
}

/* For pages without a form to show again. */
static enum err
order_done_or_error(struct web_flow *f, struct db_query *q)
{
	struct network_page *p = (struct network_page *)f;
	const enum err e = order_done(f, q);

	if (e != ERR_OK || p->problem == NULL)
		return e;
	bouncer_lead_on(f, p->b.name);
	return web_flow_fail_advised(
	    f, bouncer_outcome_err(bouncer_task_result(p->task)->outcome), p->problem);
}

static enum err
edit_render(struct web_flow *f, struct strbuf *out)
{
	struct network_page *p = (struct network_page *)f;
	const struct bouncer_count *count = bouncer_counts_of(&p->counts, p->b.bouncer.id);
	const struct network_edit_facts facts = { .bouncer = &p->b.bouncer,
		.networks = count != NULL ? count->networks : 0,
		.typed = &p->typed,
		.name = p->name };
	const char *rest = p->name == NULL ? "/networks/new" : "/networks/edit";

	network_edit_view_init(&p->view, &facts, &f->arena);
	p->view.csrf = bouncer_csrf(&p->b, rest);
	bouncer_frame(&p->b, &p->view.frame, p->view.title);
	p->view.frame.flash = p->problem;
	p->view.frame.is_flash_error = p->problem != NULL;
	return web_template_render(&network_edit_view_type, &p->view, out);
}

/* ---- new ---- */

static enum err
counts_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_count_store_list(q, f->session.user_id);
	return ERR_OK;
}

static bool
is_full(const struct network_page *p)
{
	const struct bouncer_count *count = bouncer_counts_of(&p->counts, p->b.bouncer.id);
	const int64_t most = p->b.bouncer.max_networks;

	return most >= 0 && count != NULL && count->networks >= most;
}

/* A name that stays may be one that could not be chosen here. */
static void
keep_name(struct network_page *p)
{
	if (strcmp(p->typed.form.name, p->name) != 0)
		return;
	p->typed.problems.name = NULL;
	p->wanted.name = p->name;
	p->is_fine = !network_problems_any(&p->typed.problems);
}

static void
typed_check(struct network_page *p, bool has_choice)
{
	struct web_flow *f = &p->b.flow;
	bool wants_none;

	network_typed_read(&p->typed, &f->form, &f->arena);
	if (!has_choice)
		p->typed.choice = NETWORK_OTHER;
	p->is_fine = network_typed_check(
	    &p->typed, &p->wanted, &wants_none, &f->arena, false, settings.may_bouncers_go_inside);
	if (!has_choice)
		keep_name(p);
	if (!p->is_fine)
		f->status = HTTP_STATUS_BAD_REQUEST;
}

static enum err
new_read(struct web_flow *f, const PGresult *res)
{
	struct network_page *p = (struct network_page *)f;
	const enum err e = bouncer_count_store_list_read(&p->counts, &f->arena, res);

	p->op = BOUNCER_OP_ADD_NETWORK;
	if (e != ERR_OK)
		return e;
	if (!bouncer_is_post(f)) {
		network_typed_begin(&p->typed, bouncer_called(f), &f->arena);
		return ERR_OK;
	}
	typed_check(p, true);
	if (p->is_fine && is_full(p)) {
		p->is_fine = false;
		p->problem = bouncer_outcome_words(&f->arena, p->op, BOUNCER_LIMIT, NULL);
		f->status = HTTP_STATUS_CONFLICT;
	}
	return ERR_OK;
}

/* Whoever adds one has an answer to the one that soju refused when the bouncer was made. */
static enum err
new_done(struct web_flow *f, struct db_query *q)
{
	struct network_page *p = (struct network_page *)f;
	const enum err e = order_done(f, q);

	if (e == ERR_OK && p->is_fine && p->problem == NULL)
		bouncer_store_forget_wish(q, f->session.user_id, p->b.name);
	return e;
}

int
network_new(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = bouncer_usable_read },
		{ .ask = counts_ask, .read = new_read },
		{ .wait = order_wait },
		{ .ask = new_done },
	};
	static const struct web_page_def def = { .name = "network_new",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct network_page),
		.steps = steps,
		.nsteps = 4,
		.render = edit_render,
		.free = network_free };

	return web_flow_run(req, &def);
}

/* ---- those of one that is there ---- */

static const struct web_input name_inputs[] = {
	{ "name", WEB_TEXT, .is_required = true, .min = 1, .max = NAME_CHARS }, { NULL }
};

static enum err
known_ask(struct web_flow *f, struct db_query *q)
{
	struct network_page *p = (struct network_page *)f;

	p->name = f->values[0].text;
	network_store_find(q, f->session.user_id, p->b.name, p->name);
	return ERR_OK;
}

static enum err
known_read(struct web_flow *f, const PGresult *res)
{
	struct network_page *p = (struct network_page *)f;
	const enum err e = network_store_find_read(&p->known, &f->arena, res);

	if (e != ERR_NOT_FOUND)
		return e;
	bouncer_lead_on(f, p->b.name);
	return web_flow_fail_advised(f, e,
	    "This bouncer has no network of this name: it was renamed or removed, perhaps in "
	    "another window.");
}

static enum err
edit_read(struct web_flow *f, const PGresult *res)
{
	struct network_page *p = (struct network_page *)f;
	const enum err e = known_read(f, res);
	static const struct form_data nothing;

	p->op = BOUNCER_OP_CHANGE_NETWORK;
	if (e != ERR_OK)
		return e;
	if (bouncer_is_post(f)) {
		typed_check(p, false);
		p->wanted.is_enabled = p->known.is_enabled;
		return ERR_OK;
	}
	network_typed_read(&p->typed, &nothing, &f->arena);
	p->typed.form.name = p->known.name;
	p->typed.form.address = p->known.address;
	p->typed.form.nick = p->known.nick != NULL ? p->known.nick : "";
	return ERR_OK;
}

int
network_edit(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = bouncer_usable_read },
		{ .ask = known_ask, .read = edit_read },
		{ .wait = order_wait },
		{ .ask = order_done },
	};
	static const struct web_page_def def = { .name = "network_edit",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = name_inputs,
		.size = sizeof(struct network_page),
		.steps = steps,
		.nsteps = 4,
		.render = edit_render,
		.free = network_free };

	return web_flow_run(req, &def);
}

/* What a removal asks first. */
static enum err
confirm_render(struct web_flow *f, struct strbuf *out)
{
	struct network_page *p = (struct network_page *)f;

	network_view_confirm(&p->confirm, &p->b.bouncer, p->name, &f->arena);
	p->confirm.csrf = bouncer_csrf(&p->b, "/networks/remove");
	bouncer_frame(&p->b, &p->confirm.frame, p->confirm.title);
	return web_template_render(&confirm_view_type, &p->confirm, out);
}

/* Which page asks for what; all of them name a network that is there. */
static const struct web_page_def remove_def, enable_def, disable_def;

static enum bouncer_op
op_of(const struct web_page_def *def)
{
	if (def == &enable_def)
		return BOUNCER_OP_ENABLE_NETWORK;
	return def == &disable_def ? BOUNCER_OP_DISABLE_NETWORK : BOUNCER_OP_DROP_NETWORK;
}

static enum err
order_read(struct web_flow *f, const PGresult *res)
{
	struct network_page *p = (struct network_page *)f;

	p->op = op_of(f->def);
	p->is_fine = bouncer_is_post(f);
	return known_read(f, res);
}

static const struct web_step order_steps[] = {
	{ .ask = bouncer_find_ask, .read = bouncer_usable_read },
	{ .ask = known_ask, .read = order_read },
	{ .wait = order_wait },
	{ .ask = order_done_or_error },
};

#define ORDER_PAGE                                                                                 \
	.access = ACCESS_MEMBER, .inputs = name_inputs, .size = sizeof(struct network_page),       \
	.steps = order_steps, .nsteps = sizeof(order_steps) / sizeof(order_steps[0]),              \
	.free = network_free

static const struct web_page_def remove_def = { ORDER_PAGE, .name = "network_remove",
	.methods = WEB_GET | WEB_POST, .render = confirm_render };
static const struct web_page_def enable_def = { ORDER_PAGE, .name = "network_enable",
	.methods = WEB_POST };
static const struct web_page_def disable_def = { ORDER_PAGE, .name = "network_disable",
	.methods = WEB_POST };

int
network_destroy(struct http_request *req)
{
	return web_flow_run(req, &remove_def);
}

int
network_enable(struct http_request *req)
{
	return web_flow_run(req, &enable_def);
}

int
network_disable(struct http_request *req)
{
	return web_flow_run(req, &disable_def);
}
