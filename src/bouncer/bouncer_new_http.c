#include "bouncer/bouncer_new_http.h"

#include <string.h>

#include "base/json_write.h"
#include "base/random.h"
#include "base/settings.h"
#include "bouncer/bouncer_new_view.h"
#include "bouncer/bouncer_store.h"
#include "bouncer/bouncer_way_http.h"
#include "bouncer/provisioner.h"
#include "db/db_row.h"
#include "web/web_asset.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/bouncers/new"

/* ---- GET and POST /bouncers/new ---- */

struct new_page {
	struct web_flow flow;
	const struct plan *plan;
	struct bouncer_list bouncers;
	const char *name, *name_problem;
	struct network_typed typed;
	struct network_form network;
	bool wants_none;
	const char *problem; /* of the form as a whole */
	struct bouncer_new_view view;
};

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_store_list(q, f->session.user_id);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	struct new_page *p = (struct new_page *)f;

	p->plan = plan_find(f->session.plan);
	return bouncer_store_list_read(&p->bouncers, &f->arena, res);
}

static bool
read_form(struct new_page *p)
{
	const struct form_data *fields = &p->flow.form;
	bool is_network_fine;

	p->name = network_typed_trim(form_data_text(fields, "name"), &p->flow.arena);
	p->name_problem = bouncer_name_problem(p->name);
	network_typed_read(&p->typed, fields, &p->flow.arena);
	is_network_fine = network_typed_check(&p->typed, &p->network, &p->wants_none,
	    &p->flow.arena, true, settings.may_bouncers_go_inside);
	return p->name_problem == NULL && is_network_fine;
}

static enum err
refuse(struct new_page *p, int status, const char *problem)
{
	p->problem = problem;
	p->flow.status = status;
	return ERR_OK;
}

static void
ask_to_make(struct new_page *p, struct db_query *q, const struct provisioner *provisioner)
{
	const char *once = form_data_text(&p->flow.form, "once");
	const struct bouncer_request wanted = { .name = p->name,
		.provisioner = provisioner->word,
		.once = once,
		.bouncers_max = p->plan->bouncers,
		.max_networks = p->plan->networks,
		.history_days = provisioner == &provisioner_kube ? p->plan->history_days : -1,
		.network = p->wants_none ? NULL : &p->network };

	bouncer_store_make(q, p->flow.session.user_id, &wanted);
}

static enum err
make_ask(struct web_flow *f, struct db_query *q)
{
	struct new_page *p = (struct new_page *)f;
	const struct provisioner *provisioner = provisioner_chosen();
	const char *once;

	if (!bouncer_is_post(f)) {
		network_typed_begin(&p->typed, bouncer_called(f), &f->arena);
		p->name = "";
		return ERR_OK;
	}
	once = form_data_text(&f->form, "once");
	if (!read_form(p))
		return refuse(p, HTTP_STATUS_BAD_REQUEST, NULL);
	if (provisioner == NULL || p->plan == NULL)
		return refuse(p, HTTP_STATUS_CONFLICT, "Nothing was made.");
	if (once == NULL || *once == '\0')
		return refuse(p, HTTP_STATUS_BAD_REQUEST,
		    "This form is incomplete. It is as you filled it in: send it again.");
	ask_to_make(p, q, provisioner);
	return ERR_OK;
}

static enum err
make_read(struct web_flow *f, const PGresult *res)
{
	struct new_page *p = (struct new_page *)f;
	enum bouncer_made made;
	enum err e = bouncer_store_make_read(&made, res);

	if (e != ERR_OK)
		return e;
	switch (made) {
	case BOUNCER_MADE:
	case BOUNCER_MADE_BEFORE:
		web_flow_redirect(f, bouncer_href(&f->arena, p->name, ""));
		return ERR_OK;
	case BOUNCER_TOO_MANY:
		return refuse(p, HTTP_STATUS_CONFLICT,
		    "Nothing was made: you have as many bouncers as your plan allows.");
	case BOUNCER_NAME_TAKEN:
		p->name_problem = "This name is taken. Choose another one.";
		return refuse(p, HTTP_STATUS_CONFLICT, NULL);
	default:
		return refuse(p, HTTP_STATUS_CONFLICT,
		    "Another bouncer was made at the same moment, and this one was not. Send the "
		    "form again.");
	}
}

static enum err
new_render(struct web_flow *f, struct strbuf *out)
{
	struct new_page *p = (struct new_page *)f;
	const struct bouncer_new_facts facts = { .is_offered = provisioner_chosen() != NULL,
		.plan = p->plan,
		.nbouncers = p->bouncers.n,
		.host = settings.bouncer_host,
		.name = p->name,
		.name_problem = p->name_problem,
		.network = &p->typed };
	char once[RANDOM_TOKEN_SIZE];

	random_token(once);
	bouncer_new_view_init(&p->view, &facts, &f->arena);
	p->view.once = arena_strdup(&f->arena, once);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, PAGE);
	f->here = PAGE;
	web_page_frame(f, &p->view.frame, "New bouncer");
	p->view.frame.more_css_href = web_asset_href("bouncers.css");
	p->view.frame.flash = p->problem;
	p->view.frame.is_flash_error = p->problem != NULL;
	return web_template_render(&bouncer_new_view_type, &p->view, out);
}

int
bouncer_new(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = list_ask, .read = list_read },
		{ .ask = make_ask, .read = make_read },
	};
	static const struct web_page_def def = { .name = "bouncer_new",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct new_page),
		.steps = steps,
		.nsteps = 2,
		.render = new_render };

	return web_flow_run(req, &def);
}

/* ---- GET /bouncers/name?name=… ---- */

struct name_page {
	struct web_flow flow;
	const char *problem;
};

static enum err
name_ask(struct web_flow *f, struct db_query *q)
{
	struct name_page *p = (struct name_page *)f;
	const char *name = network_typed_trim(web_value_text(&f->values[0], ""), &f->arena);

	p->problem = bouncer_name_problem(name);
	if (p->problem == NULL)
		bouncer_store_is_free(q, name);
	return ERR_OK;
}

static enum err
name_read(struct web_flow *f, const PGresult *res)
{
	bool is_free;
	const enum err e = db_row_only_bool(res, &is_free);

	if (e == ERR_OK && !is_free)
		((struct name_page *)f)->problem = "This name is taken. Choose another one.";
	return e;
}

static enum err
name_render(struct web_flow *f, struct strbuf *out)
{
	const struct name_page *p = (struct name_page *)f;

	json_write_member_bool(out, "ok", p->problem == NULL);
	json_write_member(out, "problem", p->problem);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

int
bouncer_name_check(struct http_request *req)
{
	static const struct web_input inputs[] = { { "name", WEB_TEXT, .is_required = true },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = name_ask, .read = name_read } };
	static const struct web_page_def def = { .name = "bouncer_name",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.type = WEB_JSON,
		.inputs = inputs,
		.size = sizeof(struct name_page),
		.steps = steps,
		.nsteps = 1,
		.render = name_render };

	return web_flow_run(req, &def);
}
