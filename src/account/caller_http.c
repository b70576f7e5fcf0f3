#include "account/caller_http.h"

#include "account/caller_store.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "web/web_body.h"
#include "web/web_flow.h"
#include "web/web_path.h"

#define BODY_MAX 4096 /* a token in JSON has less than 100 bytes */

struct caller_page {
	struct web_flow flow;
	unsigned char token_hash[DIGEST_BYTES];
	struct caller caller;
};

/* ---- POST /api/tokens/check ---- */

static enum err
no_token(struct web_flow *f)
{
	return web_flow_fail(f, ERR_NOT_FOUND, "There is no such token, or it is good no longer.");
}

static enum err
token_ask(struct web_flow *f, struct db_query *q)
{
	struct caller_page *p = (struct caller_page *)f;
	const struct json *root;
	const char *body, *token;
	size_t len;
	enum err e = web_body_bytes(f, &body, &len);

	if (e != ERR_OK)
		return e;
	if (json_read_parse(&root, &f->arena, body, len) != ERR_OK ||
	    json_read_text(root, "token", &token) != ERR_OK)
		return web_flow_fail(f, ERR_INVALID, "The body must be JSON: {\"token\":\"pt_…\"}");
	if (!api_token_hash(token, p->token_hash))
		return no_token(f);
	caller_store_token(q, p->token_hash);
	return ERR_OK;
}

static enum err
token_read(struct web_flow *f, const PGresult *res)
{
	enum err e = caller_store_token_read(&((struct caller_page *)f)->caller, &f->arena, res);

	return e == ERR_NOT_FOUND ? no_token(f) : e;
}

static enum err
token_render(struct web_flow *f, struct strbuf *out)
{
	const struct caller *c = &((struct caller_page *)f)->caller;
	const char *comma = "";

	json_write_member(out, "sub", c->sub);
	json_write_member(out, "plan", c->plan);
	json_write_name(out, "scopes");
	strbuf_puts(out, "[");
	for (int i = 0; i < API_SCOPE__MAX; i++) {
		if (!c->may[i])
			continue;
		strbuf_puts(out, comma);
		json_write_text(out, api_scope_words[i]);
		comma = ",";
	}
	strbuf_puts(out, "]");
	json_write_member_int(out, "token_id", c->token_id);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

int
caller_check(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = token_ask, .read = token_read } };
	static const struct web_page_def def = { .name = "api_tokens_check",
		.methods = WEB_POST,
		.access = ACCESS_SERVICE,
		.limit = LIMIT_NONE,
		.max_body = BODY_MAX,
		.type = WEB_JSON,
		.size = sizeof(struct caller_page),
		.steps = steps,
		.nsteps = 1,
		.render = token_render };

	return web_flow_run(req, &def);
}

/* ---- GET /api/accounts/{sub}, GET /api/uploaders/{bouncer}/{username} ---- */

static enum err
account_ask(struct web_flow *f, struct db_query *q)
{
	char *sub;
	enum err e = web_path_part(&sub, &f->arena, f->req->path, 2);

	if (e != ERR_OK)
		return e;
	caller_store_account(q, sub);
	return ERR_OK;
}

static enum err
uploader_ask(struct web_flow *f, struct db_query *q)
{
	char *bouncer, *username;
	enum err e = web_path_part(&bouncer, &f->arena, f->req->path, 2);

	if (e == ERR_OK)
		e = web_path_part(&username, &f->arena, f->req->path, 3);
	if (e != ERR_OK)
		return e;
	caller_store_uploader(q, bouncer, username);
	return ERR_OK;
}

static enum err
account_read(struct web_flow *f, const PGresult *res)
{
	enum err e = caller_store_account_read(&((struct caller_page *)f)->caller, &f->arena, res);

	return e == ERR_NOT_FOUND ? web_flow_fail(f, e, "There is no such account.") : e;
}

static enum err
account_render(struct web_flow *f, struct strbuf *out)
{
	const struct caller *c = &((struct caller_page *)f)->caller;

	json_write_member(out, "sub", c->sub);
	json_write_member(out, "plan", c->plan);
	json_write_member_bool(out, "is_banned", c->is_banned);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

int
caller_account(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = account_ask, .read = account_read } };
	static const struct web_page_def def = { .name = "api_accounts",
		.methods = WEB_GET,
		.access = ACCESS_SERVICE,
		.limit = LIMIT_NONE,
		.type = WEB_JSON,
		.size = sizeof(struct caller_page),
		.steps = steps,
		.nsteps = 1,
		.render = account_render };

	return web_flow_run(req, &def);
}

int
caller_uploader(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = uploader_ask, .read = account_read } };
	static const struct web_page_def def = { .name = "api_uploaders",
		.methods = WEB_GET,
		.access = ACCESS_SERVICE,
		.limit = LIMIT_NONE,
		.type = WEB_JSON,
		.size = sizeof(struct caller_page),
		.steps = steps,
		.nsteps = 1,
		.render = account_render };

	return web_flow_run(req, &def);
}
