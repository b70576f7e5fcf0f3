#include "account/visit_http.h"

#include "base/clock.h"
#include "base/settings.h"

#define COOKIE "portal-visit"

static bool
read_cookie(struct web_flow *f, struct visit *v)
{
	const char *cookie = web_flow_cookie(f, COOKIE);

	return cookie != NULL && visit_decode(v, &f->arena, cookie, clock_now()) == ERR_OK;
}

static void
read_request(struct web_flow *f, struct visit *v)
{
	visit_read_request(v, &f->arena, f->req->query_string,
	    web_flow_request_header(f, "referer"), settings.public_url, clock_now());
}

void
visit_http_remember(struct web_flow *f)
{
	struct visit v = { 0 };

	if (f->session.user_id != 0 || read_cookie(f, &v))
		return;
	read_request(f, &v);
	web_flow_set_cookie(f, COOKIE, visit_encode(&f->arena, &v), VISIT_KEEP_S);
}

void
visit_http_read(struct web_flow *f, struct visit *v)
{
	*v = (struct visit){ 0 };
	if (!read_cookie(f, v))
		read_request(f, v);
}

void
visit_http_forget(struct web_flow *f)
{
	if (web_flow_cookie(f, COOKIE) != NULL)
		web_flow_set_cookie(f, COOKIE, "", 0);
}
