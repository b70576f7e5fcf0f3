#include "mail/unsubscribe_http.h"

#include "base/hex.h"
#include "base/settings.h"
#include "base/url.h"
#include "mail/outage_mail_store.h"
#include "mail/unsubscribe.h"
#include "mail/unsubscribe_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct unsubscribe_page {
	struct web_flow flow;
	bool is_done;
	struct unsubscribe_view view;
};

static const char *
token_of(struct web_flow *f)
{
	return form_data_text(&f->query, "token");
}

/* Nothing is asked of the database before the token has proved itself. */
static enum err
stop_ask(struct web_flow *f, struct db_query *q)
{
	unsigned char key[SEAL_KEY_BYTES];
	int64_t user_id;

	if (hex_decode(key, sizeof(key), settings.session_key) != ERR_OK)
		return ERR_INTERNAL;
	if (unsubscribe_read(&user_id, key, token_of(f)) != ERR_OK)
		return web_flow_fail_advised(f, ERR_INVALID,
		    "The link is not whole. Take all of it from the mail; or sign in and switch "
		    "such mail off on the page of your account.");
	if (f->req->method == HTTP_METHOD_POST)
		outage_mail_store_stop(q, user_id);
	return ERR_OK;
}

static enum err
stop_read(struct web_flow *f, const PGresult *res)
{
	(void)res;
	((struct unsubscribe_page *)f)->is_done = true;
	return ERR_OK;
}

static enum err
render(struct web_flow *f, struct strbuf *out)
{
	struct unsubscribe_page *p = (struct unsubscribe_page *)f;

	p->view.is_done = p->is_done;
	p->view.action = arena_printf(
	    &f->arena, UNSUBSCRIBE_PATH "?token=%s", url_encode(&f->arena, token_of(f)));
	web_page_frame(
	    f, &p->view.frame, p->is_done ? "No more such mail" : "No more mail about outages?");
	return web_template_render(&unsubscribe_view_type, &p->view, out);
}

int
unsubscribe_index(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = stop_ask, .read = stop_read } };
	static const struct web_page_def def = { .name = "unsubscribe",
		.methods = WEB_GET | WEB_POST,
		.is_anonymous = true,
		.is_csrf_exempt = true,
		.limit = LIMIT_NONE, /* a mail provider posts for all of its people */
		.size = sizeof(struct unsubscribe_page),
		.steps = steps,
		.nsteps = 1,
		.render = render };

	return web_flow_run(req, &def);
}
