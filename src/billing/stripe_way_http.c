#include "billing/stripe_way_http.h"

#include <inttypes.h>

#include "billing/billing.h"
#include "billing/billing_words.h"
#include "billing/stripe_http.h"
#include "web/web_page.h"
#include "web/web_template.h"

void
stripe_way_say(struct stripe_way *w, int status, const char *title, const char *sentence)
{
	w->status = status;
	w->title = title;
	w->sentence = sentence;
}

void
stripe_way_say_error(struct stripe_way *w, enum err e)
{
	const int status = e == ERR_TOO_MANY ? 429 : e == ERR_TIMEOUT ? 504 : 502;

	stripe_way_say(w, status, "That did not work", stripe_http_sentence(e));
}

bool
stripe_way_is_missing(struct stripe_way *w)
{
	if (billing_is_set_up())
		return false;
	stripe_way_say(w, HTTP_STATUS_CONFLICT, "Billing is not set up", BILLING_MISSING);
	w->is_final = true;
	return true;
}

void
stripe_way_lead(struct web_flow *f, struct stripe_way *w, const char *url)
{
	if (stripe_http_is_followed(&f->arena, url)) {
		web_flow_redirect(f, url);
		return;
	}
	w->url = url;
	web_flow_header(f, "refresh", arena_printf(&f->arena, "0;url=%s", url));
}

enum err
stripe_way_render(struct web_flow *f, struct stripe_way *w, struct strbuf *out)
{
	struct billing_away_view *v = &w->view.away;

	v->title = "On to the payment service";
	v->href = w->url;
	f->here = "/billing";
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&billing_away_view_type, v, out);
}

enum err
stripe_way_render_retry(struct web_flow *f, struct stripe_way *w, const char *action,
    struct hidden_view *fields, size_t nfields, struct strbuf *out)
{
	struct billing_retry_view *v = &w->view.retry;

	v->title = w->title;
	v->sentence = w->sentence;
	v->request_id = f->id;
	v->action = action;
	v->csrf = web_session_csrf(&f->session, &f->arena, action);
	v->fields.v = fields;
	v->fields.n = nfields;
	v->button = w->is_final ? NULL : "Try again";
	v->offers_portal = w->offers_portal;
	v->manage_csrf = web_session_csrf(&f->session, &f->arena, STRIPE_WAY_PORTAL);
	f->status = w->status;
	f->here = "/billing";
	if (w->status == 429 && w->notes.retry_after_s > 0)
		web_flow_header(
		    f, "retry-after", arena_printf(&f->arena, "%" PRId64, w->notes.retry_after_s));
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&billing_retry_view_type, v, out);
}

bool
stripe_way_is_customer_gone(enum err e, const struct stripe_error *error)
{
	return e == ERR_NOT_FOUND && stripe_http_is_about(error, "customer");
}
