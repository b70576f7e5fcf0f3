#include "billing/unlinked_http.h"

#include <inttypes.h>

#include "billing/billing.h"
#include "billing/unlinked_store.h"
#include "billing/unlinked_view.h"
#include "db/db_row.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define ID_MAX 255

/* ---- GET /admin/stripe/customers ---- */

enum { IN_AFTER, IN_DONE };
static const char *const done_words[] = { "linked" };

struct unlinked_page {
	struct web_flow flow;
	struct unlinked *rows;
	size_t n;
	struct unlinked_view view;
};

static enum err
page_ask(struct web_flow *f, struct db_query *q)
{
	unlinked_store_page(q, billing_is_live(), f->values[IN_AFTER].text, UNLINKED_PER_PAGE + 1);
	return ERR_OK;
}

static enum err
page_read(struct web_flow *f, const PGresult *res)
{
	struct unlinked_page *p = (struct unlinked_page *)f;

	return unlinked_store_rows(res, &f->arena, &p->rows, &p->n);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct unlinked_page *p = (struct unlinked_page *)f;
	const struct unlinked_facts facts = { .rows = p->rows,
		.n = p->n,
		.after = f->values[IN_AFTER].text,
		.is_set_up = billing_is_set_up() };

	unlinked_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "Unlinked customers");
	if (f->values[IN_DONE].text != NULL)
		p->view.frame.flash =
		    "The customer is linked; the account's plan follows in a moment.";
	return web_template_render(&unlinked_view_type, &p->view, out);
}

int
unlinked_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_AFTER] = { "after", WEB_TEXT, .max = ID_MAX },
		[IN_DONE] = { "done", WEB_ENUM, .words = done_words, .nwords = 1 },
		{ NULL },
	};
	static const struct web_step steps[] = { { .ask = page_ask, .read = page_read } };
	static const struct web_page_def def = { .name = "stripe_customers",
		.methods = WEB_GET,
		.access = ACCESS_BILLING,
		.audit = "stripe_customers.list",
		.inputs = inputs,
		.size = sizeof(struct unlinked_page),
		.steps = steps,
		.nsteps = 1,
		.render = index_render };

	return web_flow_run(req, &def);
}

/* ---- GET /admin/stripe/customers/link ---- */

enum { IN_CUSTOMER, IN_ACCOUNT };

struct link_page {
	struct web_flow flow;
	struct unlinked *customer;
	struct unlinked_account *accounts;
	size_t naccounts;
	struct unlinked_link_view view;
};

static enum err
not_unlinked(struct web_flow *f, enum err e)
{
	return web_flow_fail_advised(f, e,
	    "There is no such customer without an account. It may have been linked meanwhile.");
}

static enum err
customer_ask(struct web_flow *f, struct db_query *q)
{
	unlinked_store_one(q, billing_is_live(), f->values[IN_CUSTOMER].text);
	return ERR_OK;
}

static enum err
customer_read(struct web_flow *f, const PGresult *res)
{
	size_t n;
	const enum err e =
	    unlinked_store_rows(res, &f->arena, &((struct link_page *)f)->customer, &n);

	return e == ERR_OK && n == 0 ? not_unlinked(f, ERR_NOT_FOUND) : e;
}

static enum err
accounts_ask(struct web_flow *f, struct db_query *q)
{
	const char *typed = f->values[IN_ACCOUNT].text;

	if (typed != NULL && *typed != '\0')
		unlinked_store_accounts(q, typed);
	return ERR_OK;
}

static enum err
accounts_read(struct web_flow *f, const PGresult *res)
{
	struct link_page *p = (struct link_page *)f;

	return unlinked_store_accounts_rows(res, &f->arena, &p->accounts, &p->naccounts);
}

/* What was typed may be anybody's address: whose account is shown is written down before it is. */
static enum err
found_ask(struct web_flow *f, struct db_query *q)
{
	const struct link_page *p = (struct link_page *)f;

	if (p->naccounts == 1)
		web_flow_audit(f, q,
		    arena_printf(&f->arena, "customer %s, account %" PRId64 " (%s)",
			p->customer->id, p->accounts->id, p->accounts->sub));
	return ERR_OK;
}

static enum err
link_render(struct web_flow *f, struct strbuf *out)
{
	struct link_page *p = (struct link_page *)f;
	const struct unlinked_link_facts facts = { .customer = p->customer,
		.typed = f->values[IN_ACCOUNT].text,
		.accounts = p->accounts,
		.naccounts = p->naccounts };

	unlinked_link_view_init(&p->view, &facts, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, UNLINKED_LINK_PATH);
	web_page_frame(f, &p->view.frame, arena_printf(&f->arena, "Link %s", p->customer->id));
	return web_template_render(&unlinked_link_view_type, &p->view, out);
}

static const char *
asked_audited(struct web_flow *f)
{
	return arena_printf(&f->arena, "customer %s", f->values[IN_CUSTOMER].text);
}

static int
link_new(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_CUSTOMER] = { "customer", WEB_TEXT, .is_required = true, .max = ID_MAX },
		[IN_ACCOUNT] = { "account", WEB_TEXT, .max = ID_MAX },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = customer_ask, .read = customer_read },
		{ .ask = accounts_ask, .read = accounts_read },
		{ .ask = found_ask },
	};
	static const struct web_page_def def = { .name = "stripe_customers_link",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_BILLING,
		.audit = "stripe_customers.show",
		.audited = asked_audited,
		.inputs = inputs,
		.size = sizeof(struct link_page),
		.steps = steps,
		.nsteps = 3,
		.render = link_render };

	return web_flow_run(req, &def);
}

/* ---- POST /admin/stripe/customers/link ---- */

enum { IN_LINKED, IN_USER };

static const char *
linked_audited(struct web_flow *f)
{
	return arena_printf(&f->arena, "customer %s, account %" PRId64, f->values[IN_LINKED].text,
	    f->values[IN_USER].number);
}

static enum err
create_ask(struct web_flow *f, struct db_query *q)
{
	unlinked_store_link(
	    q, billing_is_live(), f->values[IN_LINKED].text, f->values[IN_USER].number);
	return ERR_OK;
}

static enum err
create_read(struct web_flow *f, const PGresult *res)
{
	int64_t n = 0;
	const enum err e = db_row_only_int(res, &n);

	if (e == ERR_OK && n == 0)
		return not_unlinked(f, ERR_CONFLICT);
	if (e == ERR_OK)
		web_flow_redirect(f, UNLINKED_PATH "?done=linked");
	return e;
}

static int
link_create(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_LINKED] = { "customer", WEB_TEXT, .is_required = true, .max = ID_MAX },
		[IN_USER] = { "user", WEB_INT, .is_required = true, .min = 1 },
		{ NULL },
	};
	static const struct web_step steps[] = { { .ask = create_ask, .read = create_read } };
	static const struct web_page_def def = { .name = "stripe_customers_link",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_BILLING,
		.audit = "stripe_customers.link",
		.audited = linked_audited,
		.inputs = inputs,
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 1 };

	return web_flow_run(req, &def);
}

int
unlinked_link(struct http_request *req)
{
	return req->method == HTTP_METHOD_POST ? link_create(req) : link_new(req);
}
