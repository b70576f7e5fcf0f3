#include "web/web_flow.h"

#include <stdlib.h>
#include <string.h>

#include "account/staff_role.h"
#include "audit/audit_store.h"
#include "base/bearer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "metrics/metrics.h"
#include "web/web_body.h"
#include "web/web_cookie.h"
#include "web/web_file.h"
#include "web/web_headers.h"
#include "web/web_kept.h"
#include "web/web_origin.h"
#include "web/web_page.h"

/* ---- A flow's life ---- */

/* The one line that tells of a request whose visitor left. */
static void
log_left(const struct web_flow *f)
{
	const struct web_log_entry entry = { .id = f->id,
		.route = f->def->name,
		.method = http_method_text(f->req->method),
		.duration_us = clock_monotonic_us() - f->started_us };

	web_log_request(&entry);
}

/* Kore calls it however the request ends, in the middle of a query too. */
static void
end(struct http_request *req)
{
	struct web_flow *f = req->hdlr_extra;

	req->onfree = NULL;
	req->hdlr_extra = NULL;
	if (!f->is_responded)
		log_left(f);
	if (f->def->free != NULL)
		f->def->free(f);
	if (f->guard_free != NULL)
		f->guard_free(f);
	web_step_end(f);
	web_file_end(f);
	web_body_end(f);
	metrics_level_add(LEVEL_HTTP_IN_FLIGHT, -1);
	arena_free(&f->arena);
	free(f);
}

/* Our own memory: Kore's is not aligned for every type (field notes of 4.1.0). */
static struct web_flow *
begin(struct http_request *req, const struct web_page_def *def)
{
	struct web_flow *f = xcalloc(1, def->size);

	f->req = req;
	f->def = def;
	f->status = HTTP_STATUS_OK;
	f->type = def->type != NULL ? def->type : "text/html; charset=utf-8";
	f->cache = def->cache != NULL ? def->cache : "no-store";
	f->started_us = clock_monotonic_us();
	f->request_bytes = req->http_body_length; /* it grows less as it is read */
	web_log_id(f->id);
	req->hdlr_extra = f;
	req->flags |= HTTP_REQUEST_RETAIN_EXTRA;
	req->onfree = end;
	/* Kore lets the clock of a body that came late run on, and would answer 408 for us. */
	req->owner->http_timeout = 0;
	metrics_level_add(LEVEL_HTTP_IN_FLIGHT, 1);
	web_headers_recover(req);
	web_address_client(&f->client, (const struct sockaddr *)(const void *)&req->owner->addr,
	    web_headers_all(req, "x-forwarded-for", &f->arena));
	return f;
}

/* ---- The stages, in the order of every request ---- */

static bool
is_program(const struct web_flow *f)
{
	return f->def->access == ACCESS_SERVICE || f->def->access == ACCESS_TOKEN;
}

/* A POST of a page: it changes something for whoever is signed in, and has a form. */
static bool
is_page_form(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST && !f->def->is_csrf_exempt && !is_program(f);
}

/* The methods of a page as the header names them. */
static const char *
allowed_methods(struct arena *arena, int methods)
{
	static const struct {
		int method;
		const char *words;
	} all[] = { { WEB_GET, ", GET, HEAD" }, { WEB_POST, ", POST" },
		{ WEB_DELETE, ", DELETE" } };
	const char *words = "";

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (methods & all[i].method)
			words = arena_printf(arena, "%s%s", words, all[i].words);
	return *words != '\0' ? words + 2 : words;
}

static bool
check_method(struct web_flow *f, enum err *e)
{
	if (!(f->req->method & f->def->methods)) {
		web_flow_header(f, "allow", allowed_methods(&f->arena, f->def->methods));
		*e = ERR_METHOD;
	}
	return true;
}

/* Kore has read the body by now; what is above its own limit does not come here. */
static bool
check_body(struct web_flow *f, enum err *e)
{
	const size_t max = f->def->max_body != 0 ? f->def->max_body : WEB_BODY_MAX;

	if (f->req->http_body_length > max)
		*e = web_flow_fail(f, ERR_TOO_LARGE,
		    arena_printf(&f->arena, "More was sent than this page takes, which is %zu KiB.",
			max / 1024));
	return true;
}

/* Before anything costs. */
static bool
limit_address(struct web_flow *f, enum err *e)
{
	if (web_limit_is_by_address(f->def->limit))
		*e = web_limit_address(
		    f->def->limit, &f->client.any, f->started_us / 1000, &f->retry_after_s);
	web_flow_explain_limit(f, f->def->limit, *e);
	return true;
}

/* A page that looks for no session serves no person: it names a limit of its own, or has none. */
static bool
is_limited_form(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST && f->def->limit == LIMIT_FORM &&
	       !f->def->is_anonymous && !is_program(f);
}

/* Per account, or per address while nobody is signed in. */
static bool
limit_form(struct web_flow *f, enum err *e)
{
	const int64_t now_ms = clock_monotonic_us() / 1000, user_id = f->session.user_id;

	if (!is_limited_form(f))
		return true;
	*e = user_id != 0
		 ? web_limit_account(LIMIT_FORM, user_id, now_ms, &f->retry_after_s)
		 : web_limit_address(LIMIT_FORM, &f->client.any, now_ms, &f->retry_after_s);
	web_flow_explain_limit(f, f->def->limit, *e);
	return true;
}

static enum err
session_ask(struct web_flow *f, struct db_query *q)
{
	const bool is_anonymous = f->def->is_anonymous || is_program(f);
	const char *cookie = is_anonymous ? NULL : web_flow_cookie(f, web_session_cookie());

	if (cookie != NULL && web_session_hash(cookie, f->session.token_hash))
		web_session_find(q, &f->session);
	return ERR_OK;
}

static enum err
session_read(struct web_flow *f, const PGresult *res)
{
	return web_session_row(&f->session, &f->arena, res);
}

/* Without the database a public page is shown as to a stranger, rather than not at all. */
static bool
find_session(struct web_flow *f, enum err *e)
{
	static const struct web_step find = { .ask = session_ask, .read = session_read };

	if (!web_step_take(f, &find, 1, e))
		return false;
	if (*e != ERR_OK)
		f->session.user_id = 0; /* half a row is nobody */
	if (f->def->access == ACCESS_PUBLIC && f->req->method & WEB_GET) {
		f->error_text = NULL;
		*e = ERR_OK;
	}
	return true;
}

static enum err
touch_ask(struct web_flow *f, struct db_query *q)
{
	if (f->session.is_touch_due)
		web_session_touch(q, &f->session);
	return ERR_OK;
}

/* A page that nobody touched asks for its newer self (portal.js): that keeps no session alive. */
static bool
is_use(struct web_flow *f)
{
	return web_flow_request_header(f, "x-refresh") == NULL;
}

/* A standby that takes no writes still serves pages; the session then only ends a little early. */
static bool
touch_session(struct web_flow *f, enum err *e)
{
	static const struct web_step touch = { .ask = touch_ask };

	f->session.is_touch_due = f->session.is_touch_due && is_use(f);
	if (!web_step_take(f, &touch, 1, e))
		return false;
	f->error_text = NULL;
	if (f->session.is_touch_due)
		keep_drop(f->session.user_id);
	*e = ERR_OK;
	return true;
}

static bool take_all(struct web_flow *, const struct web_step *, size_t n, enum err *);

static const struct web_step *role_steps;
static size_t nrole_steps;

void
web_flow_set_role_steps(const struct web_step *steps, size_t n)
{
	role_steps = steps;
	nrole_steps = n;
}

/* Fails closed: what cannot be known is no role, and no error for who needs none. */
static bool
check_roles(struct web_flow *f, enum err *e)
{
	if (!f->session.is_role_check_due)
		return true;
	if (!take_all(f, role_steps, nrole_steps, e))
		return false;
	f->step = 0;
	if (*e != ERR_OK || nrole_steps == 0)
		f->session.roles = "";
	f->error_text = NULL;
	f->is_error_advised = false;
	*e = ERR_OK;
	return true;
}

static const struct web_step *caller_steps;
static size_t ncaller_steps;

void
web_flow_set_caller_steps(const struct web_step *steps, size_t n)
{
	caller_steps = steps;
	ncaller_steps = n;
}

static bool
find_caller(struct web_flow *f, enum err *e)
{
	const bool is_known = f->def->is_standing_asked && f->session.user_id != 0;

	if (f->def->access != ACCESS_TOKEN && !is_known)
		return true;
	if (!take_all(f, caller_steps, ncaller_steps, e))
		return false;
	f->step = 0;
	return true;
}

/* Who brings a token has no form that could be limited. */
static bool
limit_program(struct web_flow *f, enum err *e)
{
	if (f->def->access != ACCESS_TOKEN || f->req->method & WEB_GET)
		return true;
	*e = web_limit_account(
	    LIMIT_API, f->session.user_id, clock_monotonic_us() / 1000, &f->retry_after_s);
	web_flow_explain_limit(f, LIMIT_API, *e);
	return true;
}

static const char *
sign_in_location(struct web_flow *f)
{
	const char *qs = f->req->query_string;
	const char *here =
	    qs == NULL ? f->req->path : arena_printf(&f->arena, "%s?%s", f->req->path, qs);

	return arena_printf(&f->arena, "/signin?return=%s", url_encode(&f->arena, here));
}

static enum err
check_secret(struct web_flow *f)
{
	if (bearer_is_secret(web_flow_request_header(f, "authorization"), settings.internal_secret,
		settings.internal_secret_old))
		return ERR_OK;
	web_flow_header(f, "www-authenticate", "Bearer");
	return web_flow_fail_advised(
	    f, ERR_UNAUTHORIZED, "This address is for services that bring the internal secret.");
}

/* What a page for some roles says to who has none of them. */
static enum err
check_role(struct web_flow *f)
{
	static const struct {
		const char *roles, *who;
	} staff[] = {
		[ACCESS_BILLING] = { STAFF_BILLING_ROLES, "billing" },
		[ACCESS_OPS] = { STAFF_OPS_ROLES, "operations" },
	};
	const enum web_access access = f->def->access;

	if ((access != ACCESS_BILLING && access != ACCESS_OPS) ||
	    staff_role_has_any(f->session.roles, staff[access].roles))
		return ERR_OK;
	return web_flow_fail_advised(f, ERR_FORBIDDEN,
	    arena_printf(&f->arena,
		"This page is for those who look after %s. Your account has no such role; who runs "
		"the service can give it to you where you sign in.",
		staff[access].who));
}

/* What a script asks for is no place to come back to after signing in. */
static bool
can_sign_in_first(const struct web_flow *f)
{
	return f->req->method & WEB_GET &&
	       (f->def->type == NULL || strcmp(f->def->type, WEB_JSON) != 0);
}

static bool
check_access(struct web_flow *f, enum err *e)
{
	if (f->def->access == ACCESS_SERVICE)
		*e = check_secret(f);
	if (f->def->access == ACCESS_SERVICE || f->def->access == ACCESS_PUBLIC)
		return true;
	if (f->session.user_id != 0)
		*e = check_role(f);
	else if (can_sign_in_first(f))
		web_flow_redirect(f, sign_in_location(f));
	else
		*e = ERR_UNAUTHORIZED;
	return true;
}

/* Browsers too old to say where a form is from have the token. */
static bool
check_origin(struct web_flow *f, enum err *e)
{
	if (is_page_form(f) && web_origin_is_foreign(f))
		*e = web_flow_fail_advised(f, ERR_FORBIDDEN,
		    "The form was sent from another site. Open the page here and send it again.");
	return true;
}

static bool
read_form(struct web_flow *f, enum err *e)
{
	const char *token, *expected;

	if (!is_page_form(f))
		return true;
	*e = web_body_read_form(f);
	if (*e != ERR_OK)
		return true;
	token = form_data_text(&f->form, "csrf");
	expected = web_session_csrf(&f->session, &f->arena, f->req->path);
	if (expected != NULL && !digest_equal_text(token, expected))
		*e = web_flow_fail_advised(f, ERR_FORBIDDEN,
		    "The form is not from this sign-in. Go back, load the page again and send it "
		    "once more.");
	return true;
}

static bool
read_inputs(struct web_flow *f, enum err *e)
{
	const char *qs = f->req->query_string != NULL ? f->req->query_string : "";
	const char *sentence = "The address could not be read.";

	*e = form_data_parse(&f->query, &f->arena, qs, strlen(qs));
	if (f->def->inputs == NULL)
		*e = ERR_OK; /* links from elsewhere carry all kinds of things: as if nothing was
				said */
	else if (*e == ERR_OK)
		*e = web_input_read(f->def->inputs,
		    f->req->method == HTTP_METHOD_POST ? &f->form : &f->query, &f->arena,
		    &f->values, &sentence);
	if (*e != ERR_OK)
		web_flow_fail(f, *e, sentence);
	return true;
}

void
web_flow_audit(struct web_flow *f, struct db_query *q, const char *resource)
{
	const struct audit_entry entry = { .actor_sub = f->session.sub,
		.action = f->def->audit,
		.resource = resource,
		.address = web_address_text(&f->client, &f->arena) };

	audit_store_add(q, &entry);
}

static enum err
audit_ask(struct web_flow *f, struct db_query *q)
{
	web_flow_audit(f, q, f->def->audited != NULL ? f->def->audited(f) : f->req->path);
	return ERR_OK;
}

/* Its own statement, first: what cannot be written down is neither shown nor done. */
static bool
write_audit(struct web_flow *f, enum err *e)
{
	static const struct web_step add = { .ask = audit_ask };

	return f->def->audit == NULL || web_step_take(f, &add, 1, e);
}

/* A redirect ends the way, once what was begun with it is done. */
static bool
is_redirected(const struct web_flow *f)
{
	return f->location != NULL && f->nworks == 0;
}

static bool
take_all(struct web_flow *f, const struct web_step *steps, size_t n, enum err *e)
{
	while (f->step < n && !is_redirected(f)) {
		const size_t group = web_step_group(&steps[f->step], n - f->step);

		if (!web_step_take(f, &steps[f->step], group, e))
			return false;
		if (*e != ERR_OK)
			return true;
		f->place = NULL; /* what was forgiven */
		f->step += group;
	}
	return true;
}

static bool
find_kept(struct web_flow *f, enum err *e)
{
	(void)e;
	f->kept = web_kept_find(f);
	return true;
}

static bool
take_steps(struct web_flow *f, enum err *e)
{
	if (!take_all(f, f->def->steps, f->def->nsteps, e))
		return false;
	if (*e != ERR_OK && f->place == NULL)
		f->place = arena_printf(&f->arena, "step %zu", f->step + 1);
	return true;
}

#define STAGE(name)                                                                                \
	{                                                                                          \
		name, #name                                                                        \
	}
/* Each returns false while it waits; an error or a redirect ends the way. */
static const struct {
	bool (*take)(struct web_flow *, enum err *);
	const char *name;
} way[] = { STAGE(check_method), STAGE(limit_address), STAGE(check_body), STAGE(check_origin),
	STAGE(find_session), STAGE(limit_form), STAGE(touch_session), STAGE(check_roles),
	STAGE(find_caller), STAGE(limit_program), STAGE(check_access), STAGE(read_form),
	STAGE(read_inputs), STAGE(write_audit), STAGE(find_kept), STAGE(take_steps) };

static bool
walk(struct web_flow *f, enum err *e)
{
	const size_t length = sizeof(way) / sizeof(way[0]);

	for (; f->stage < length && !is_redirected(f) && f->kept == NULL; f->stage++) {
		*e = ERR_OK;
		if (!way[f->stage].take(f, e))
			return false;
		if (*e != ERR_OK && f->place == NULL)
			f->place = way[f->stage].name;
		if (*e != ERR_OK)
			return true;
		f->place = NULL;
	}
	return true;
}

int
web_flow_run(struct http_request *req, const struct web_page_def *def)
{
	struct web_flow *f = req->hdlr_extra != NULL ? req->hdlr_extra : begin(req, def);
	enum err e = ERR_OK;
	bool is_done;

	log_set_request(f->id);
	is_done = walk(f, &e);
	if (is_done)
		web_page_answer(f, e);
	log_set_request(NULL);
	return is_done ? KORE_RESULT_OK : KORE_RESULT_RETRY;
}

/* ---- For the pages ---- */

void
web_flow_redirect(struct web_flow *f, const char *location)
{
	f->location = location;
}

void
web_flow_header(struct web_flow *f, const char *name, const char *value)
{
	if (f->nheaders == WEB_HEADERS_MAX)
		abort();
	f->headers[f->nheaders].name = name;
	f->headers[f->nheaders].value = value;
	f->nheaders++;
}

void
web_flow_explain_limit(struct web_flow *f, enum web_limit limit, enum err e)
{
	const int s = f->retry_after_s;

	if (e == ERR_TOO_MANY)
		f->error_text = arena_printf(&f->arena, "%s The next one is taken in %d second%s.",
		    web_limit_sentence(limit), s, s == 1 ? "" : "s");
}

enum err
web_flow_fail_at(struct web_flow *f, enum err e, const char *sentence, const char *place)
{
	f->error_text = sentence;
	f->place = place;
	return e;
}

enum err
web_flow_fail_advised_at(struct web_flow *f, enum err e, const char *sentence, const char *place)
{
	f->is_error_advised = true;
	return web_flow_fail_at(f, e, sentence, place);
}

const char *
web_flow_request_header(struct web_flow *f, const char *name)
{
	return web_headers_find(f->req, name);
}

const char *
web_flow_cookie(struct web_flow *f, const char *name)
{
	return web_cookie_find(&f->arena, web_flow_request_header(f, "cookie"),
	    web_cookie_name(&f->arena, name, settings.is_https));
}

void
web_flow_set_cookie(struct web_flow *f, const char *name, const char *value, int64_t max_age_s)
{
	char *line;

	if (web_cookie_format(&line, &f->arena, name, value, max_age_s, settings.is_https) ==
	    ERR_OK)
		web_flow_header(f, "set-cookie", line);
	else
		log_error("web", "a cookie named %s could not be written", name);
}
