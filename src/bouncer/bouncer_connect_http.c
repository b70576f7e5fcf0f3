#include "bouncer/bouncer_connect_http.h"

#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/settings.h"
#include "bouncer/bouncer_connect_view.h"
#include "bouncer/bouncer_task_http.h"
#include "bouncer/bouncer_way_http.h"
#include "bouncer/network_store.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define RANDOM_BYTES 18 /* 24 digits of base64url */
#define NETWORK_BYTES 255

struct connect_page {
	struct bouncer_flow b;
	struct network_names networks;
	const char *network;
	/* Of a password that is set. */
	const char *password, *problem;
	bool is_typed;
	struct bouncer_task *task;
	struct bouncer_connect_view view;
};

static enum err
names_ask(struct web_flow *f, struct db_query *q)
{
	network_store_names(q, f->session.user_id, ((struct bouncer_flow *)f)->name);
	return ERR_OK;
}

static enum err
names_read(struct web_flow *f, const PGresult *res)
{
	return network_store_names_read(&((struct connect_page *)f)->networks, &f->arena, res);
}

/* While it is made there is nothing to connect to. */
static enum err
ready_read(struct web_flow *f, const PGresult *res)
{
	const enum err e = bouncer_find_read(f, res);
	const struct bouncer *b = &((struct bouncer_flow *)f)->bouncer;

	if (e != ERR_OK || b->state == BOUNCER_READY)
		return e;
	bouncer_lead_on(f, b->name);
	return web_flow_fail_advised(f, ERR_CONFLICT,
	    bouncer_is_deleted(b)
		? "This bouncer is deleted, so nothing can connect to it. Its page says whether "
		  "that can be undone."
		: "This bouncer is not ready, so nothing can connect to it. Its page says how far "
		  "it is.");
}

/* One that is not there any more is forgotten: the page then tells of all. */
static const char *
chosen_network(const struct connect_page *p)
{
	const char *wanted = p->network;

	for (size_t i = 0; wanted != NULL && i < p->networks.n; i++)
		if (strcmp(p->networks.v[i], wanted) == 0)
			return wanted;
	return NULL;
}

static enum err
connect_render(struct web_flow *f, struct strbuf *out)
{
	struct connect_page *p = (struct connect_page *)f;
	const struct bouncer *b = &p->b.bouncer;
	const bool is_set = bouncer_is_post(f) && f->status == HTTP_STATUS_OK;
	const struct connect_facts facts = { .bouncer = b,
		.host = settings.bouncer_host,
		.port = settings.bouncer_port,
		.networks = p->networks.v,
		.nnetworks = p->networks.n,
		.network = chosen_network(p),
		.password = is_set && !p->is_typed ? p->password : NULL,
		.is_typed = is_set && p->is_typed,
		.problem = p->problem,
		.can_set = bouncer_is_usable(b) && strcmp(b->provisioner, "none") != 0 };
	char once[RANDOM_TOKEN_SIZE];

	random_token(once);
	bouncer_connect_view_init(&p->view, &facts, &f->arena);
	p->view.once = arena_strdup(&f->arena, once);
	p->view.csrf = bouncer_csrf(&p->b, "/password");
	f->here = bouncer_at(&p->b, "/connect");
	bouncer_frame(&p->b, &p->view.frame, "How to connect");
	return web_template_render(&bouncer_connect_view_type, &p->view, out);
}

static enum err
network_wanted(struct web_flow *f, struct db_query *q)
{
	const char *network = web_value_text(&f->values[0], "");

	((struct connect_page *)f)->network = *network != '\0' ? network : NULL;
	return bouncer_find_ask(f, q);
}

int
bouncer_connect(struct http_request *req)
{
	static const struct web_input inputs[] = { { "network", WEB_TEXT, .max = NETWORK_BYTES },
		{ NULL } };
	static const struct web_step steps[] = {
		{ .ask = network_wanted, .read = ready_read },
		{ .ask = names_ask, .read = names_read },
	};
	static const struct web_page_def def = { .name = "bouncer_connect",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct connect_page),
		.steps = steps,
		.nsteps = 2,
		.render = connect_render };

	return web_flow_run(req, &def);
}

/* ---- POST /bouncers/NAME/password ---- */

/*
 * The password that is made comes from what the form carried and from a secret of the session: the
 * same form, sent again by a reload, sets and shows the same one instead of making a second.
 */
static const char *
password_made(struct bouncer_flow *b, const char *once)
{
	static const char purpose[] = "bouncer password";
	const struct digest_part parts[] = { { purpose, sizeof(purpose) },
		{ b->name, strlen(b->name) + 1 }, { once, strlen(once) } };
	unsigned char digest[DIGEST_BYTES];
	char text[BASE64URL_LENGTH(RANDOM_BYTES) + 1];

	digest_hmac_sha256(digest, b->flow.session.csrf_secret, DIGEST_BYTES, parts, 3);
	base64url_encode(text, digest, RANDOM_BYTES);
	for (char *c = text; *c != '\0'; c++) /* no client takes it for an option */
		*c = *c == '-' ? 'x' : *c == '_' ? 'y' : *c;
	return arena_strdup(&b->flow.arena, text);
}

static enum err
password_read(struct web_flow *f, const PGresult *res)
{
	struct connect_page *p = (struct connect_page *)f;
	const char *typed = form_data_text(&f->form, "typed");
	const char *once = form_data_text(&f->form, "once");
	const enum err e = bouncer_usable_read(f, res);

	if (e != ERR_OK)
		return e;
	p->network = form_data_text(&f->form, "network"); /* what the page was about */
	p->is_typed = typed != NULL && *typed != '\0';
	if (!p->is_typed && (once == NULL || *once == '\0'))
		return web_flow_fail(f, ERR_INVALID, "This form is incomplete.");
	p->password = p->is_typed ? typed : password_made(&p->b, once);
	p->problem = bouncer_password_problem(p->password, strlen(p->password));
	return ERR_OK;
}

static int
password_wait(struct web_flow *f)
{
	struct connect_page *p = (struct connect_page *)f;
	struct bouncer_order *order;

	if (p->problem != NULL)
		return 0;
	order = bouncer_order_new(BOUNCER_OP_PASSWORD, &p->b.bouncer);
	bouncer_order_password(order, p->password);
	return bouncer_task_start(&p->task, f, order);
}

static enum err
password_done(struct web_flow *f, struct db_query *q)
{
	struct connect_page *p = (struct connect_page *)f;
	const struct bouncer_order *order;

	if (p->problem != NULL) {
		f->status = HTTP_STATUS_BAD_REQUEST;
		return names_ask(f, q);
	}
	order = bouncer_task_result(p->task);
	p->problem =
	    bouncer_outcome_words(&f->arena, BOUNCER_OP_PASSWORD, order->outcome, order->why);
	f->status = web_page_status(bouncer_outcome_err(order->outcome));
	return names_ask(f, q);
}

static void
password_free(struct web_flow *f)
{
	bouncer_task_leave(((struct connect_page *)f)->task);
}

int
bouncer_password(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = password_read },
		{ .wait = password_wait },
		{ .ask = password_done, .read = names_read },
	};
	static const struct web_page_def def = { .name = "bouncer_password",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct connect_page),
		.steps = steps,
		.nsteps = 3,
		.render = connect_render,
		.free = password_free };

	return web_flow_run(req, &def);
}
