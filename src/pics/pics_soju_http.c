/* See pics_soju_http.h. */
#include "pics/pics_soju_http.h"

#include "account/caller_cache.h"
#include "account/standing_http.h"
#include "account/standing_store.h"
#include "base/clock.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "metrics/metrics_call.h"
#include "pics/pics_task_http.h"
#include "pics/pics_words.h"
#include "web/web_path.h"

struct soju_page {
	struct web_flow flow;
	char *bouncer;
	const char *username;
	struct keep_key known; /* where the portal's answer is remembered */
	int64_t asked_us;
	struct portal_account account;
	int64_t user_id;
	struct pics_task *task;
	const struct pics_upload *upload;
};

/* ---- Whether it is a bouncer of ours ---- */

static enum err
check_key(struct web_flow *f, struct db_query *q)
{
	struct soju_page *p = (struct soju_page *)f;
	char *key;

	(void)q;
	if (web_path_part(&p->bouncer, &f->arena, f->req->path, 1) != ERR_OK ||
	    web_path_part(&key, &f->arena, f->req->path, 2) != ERR_OK ||
	    !pics_upload_key_fits(
		key, settings.internal_secret, settings.internal_secret_old, p->bouncer))
		return ERR_NOT_FOUND;
	p->username = web_flow_request_header(f, "soju-username");
	if (p->username == NULL || *p->username == '\0')
		return web_flow_fail(f, ERR_INVALID, "The header Soju-Username is missing.");
	return ERR_OK;
}

/* ---- Whose account it is ---- */

static enum err
nobody(struct web_flow *f)
{
	return web_flow_fail(f, ERR_FORBIDDEN,
	    "No account here belongs to this user of the bouncer, or more than one does.");
}

static enum err
account_call(struct web_flow *f, struct call_request *r)
{
	struct soju_page *p = (struct soju_page *)f;
	struct portal_api api;

	caller_cache_uploader(&p->known, p->bouncer, p->username);
	p->asked_us = clock_monotonic_us();
	switch (caller_cache_find(&p->known, p->asked_us, &f->arena, &p->account)) {
	case CALLER_GOOD:
		return ERR_OK;
	case CALLER_BAD:
		return nobody(f);
	default:
		break;
	}
	if (!standing_http_portal(&api))
		return web_flow_fail(f, ERR_UNAVAILABLE,
		    "Uploads from IRC are not set up: there is no portal to ask.");
	return portal_api_uploader_request(r, &f->arena, &api, p->bouncer, p->username);
}

static enum err
account_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct soju_page *p = (struct soju_page *)f;
	enum err e = portal_api_account_reply(&p->account, &f->arena, reply);

	metrics_call_note("portal", "portal", e == ERR_NOT_FOUND ? ERR_OK : e, reply, NULL);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		caller_cache_put(&p->known, e == ERR_OK ? &p->account : NULL, p->asked_us);
	if (e == ERR_NOT_FOUND)
		return nobody(f);
	return e == ERR_OK ? e
			   : web_flow_fail(f, ERR_UNAVAILABLE,
				 "Whose account this is cannot be found out at the moment.");
}

static enum err
row_ask(struct web_flow *f, struct db_query *q)
{
	const struct portal_account *account = &((struct soju_page *)f)->account;

	if (account->is_banned)
		return web_flow_fail(f, ERR_FORBIDDEN, "This account has been closed.");
	standing_store_account(q, account, settings.oidc_issuer);
	return ERR_OK;
}

static enum err
row_read(struct web_flow *f, const PGresult *res)
{
	return standing_store_account_read(&((struct soju_page *)f)->user_id, res);
}

/* ---- The picture ---- */

static int
upload_wait(struct web_flow *f)
{
	struct soju_page *p = (struct soju_page *)f;
	struct pics_upload *u = pics_upload_new();

	u->user_id = p->user_id;
	u->quota = plan_limits(p->account.plan)->picture_bytes;
	u->source = PICS_BY_SOJU;
	return pics_task_start(&p->task, f, u);
}

static enum err
upload_ask(struct web_flow *f, struct db_query *q)
{
	struct soju_page *p = (struct soju_page *)f;
	const struct pics_result *result;
	enum err e = pics_task_result(&p->task, f, &p->upload);

	(void)q;
	if (e != ERR_OK)
		return e;
	keep_drop(p->user_id);
	result = &p->upload->results[0];
	e = pics_upload_err(p->upload);
	if (e != ERR_OK)
		return web_flow_fail(
		    f, e, p->upload->err != ERR_OK ? p->upload->sentence : result->sentence);
	f->status = HTTP_STATUS_CREATED;
	web_flow_header(
	    f, "location", pics_file_url(&f->arena, settings.public_url, &result->picture));
	return ERR_OK;
}

static enum err
soju_render(struct web_flow *f, struct strbuf *out)
{
	pics_write_lines(out, &f->arena, settings.public_url, ((struct soju_page *)f)->upload);
	return ERR_OK;
}

static void
soju_free(struct web_flow *f)
{
	pics_task_leave(((struct soju_page *)f)->task);
}

int
pics_soju(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = check_key },
		{ .call = account_call, .reply = account_reply },
		{ .ask = row_ask, .read = row_read }, { .wait = upload_wait },
		{ .ask = upload_ask } };
	static const struct web_page_def def = { .name = "pics_soju",
		.methods = WEB_POST,
		.limit = LIMIT_NONE,
		.is_anonymous = true,
		.is_csrf_exempt = true,
		.max_body = PICS_BODY_MAX,
		.type = "text/plain; charset=utf-8",
		.size = sizeof(struct soju_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = soju_render,
		.free = soju_free };

	return web_flow_run(req, &def);
}
