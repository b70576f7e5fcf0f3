#include "account/account_http.h"

#include "account/account_store.h"
#include "account/account_view.h"
#include "base/clock.h"
#include "base/settings.h"
#include "base/url.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/account"
#define MAIL PAGE "/mail"

/* What was just done, as the address of the page says it. */
static const char *const done_words[] = { "mail", "no-mail" };
static const char *const done_sentences[] = { "You are told by mail from now on.",
	"No mail is sent to you from now on." };

struct account_page {
	struct web_flow flow;
	struct account account;
	struct account_view view;
};

static enum err
show_ask(struct web_flow *f, struct db_query *q)
{
	account_store_show(q, f->session.user_id);
	return ERR_OK;
}

static enum err
show_read(struct web_flow *f, const PGresult *res)
{
	struct account *a = &((struct account_page *)f)->account;

	a->name = f->session.name;
	a->email = f->session.email;
	a->plan = f->session.plan;
	a->roles = f->session.roles;
	a->outage_mail_hours = *settings.smtp_url != '\0' ? settings.outage_mail_hours : 0;
	return account_store_show_read(a, res);
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct account_page *p = (struct account_page *)f;
	struct url provider = { 0 };

	(void)url_parse(&provider, &f->arena, settings.oidc_issuer); /* checked at the start */
	account_view_init(&p->view, &p->account, provider.host, clock_now(), &f->arena);
	p->view.mail_csrf = web_session_csrf(&f->session, &f->arena, MAIL);
	web_page_frame(f, &p->view.frame, "Your account");
	if (f->values[0].text != NULL)
		p->view.frame.flash = done_sentences[f->values[0].number];
	return web_template_render(&account_view_type, &p->view, out);
}

int
account_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "done", WEB_ENUM, .words = done_words, .nwords = 2 }, { NULL }
	};
	static const struct web_step steps[] = { { .ask = show_ask, .read = show_read } };
	static const struct web_page_def def = { .name = "account",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct account_page),
		.steps = steps,
		.nsteps = 1,
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- POST /account/mail ---- */

static const char *const wants_words[] = { "off", "on" };

static enum err
mail_ask(struct web_flow *f, struct db_query *q)
{
	const bool wants_it = f->values[0].number == 1;

	account_store_want_mail(q, f->session.user_id, wants_it);
	web_flow_redirect(f, wants_it ? PAGE "?done=mail" : PAGE "?done=no-mail");
	return ERR_OK;
}

int
account_mail_update(struct http_request *req)
{
	static const struct web_input inputs[] = { { "wants", WEB_ENUM, .is_required = true,
						       .words = wants_words, .nwords = 2 },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = mail_ask } };
	static const struct web_page_def def = { .name = "account_mail",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 1 };

	return web_flow_run(req, &def);
}
