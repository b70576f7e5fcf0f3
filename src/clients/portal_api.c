#include "clients/portal_api.h"

#include <string.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/url.h"

#define ANSWER_BYTES_MAX 16384

static enum err
begin(struct call_request *req, struct arena *a, const struct portal_api *p, const char *url)
{
	if (!call_is_word(p->secret))
		return ERR_INVALID;
	*req = (struct call_request){ .method = CALL_GET,
		.url = url,
		.timeout_ms = p->timeout_ms,
		.max_bytes = ANSWER_BYTES_MAX };
	call_header(req, a, "accept", "application/json");
	if (*p->secret != '\0')
		call_header(req, a, "authorization", "Bearer %s", p->secret);
	return ERR_OK;
}

static void
add_body(struct call_request *req, struct arena *a, const char *body, size_t len)
{
	req->method = CALL_POST;
	req->body_len = len;
	req->body = body;
	call_header(req, a, "content-type", "application/json");
}

enum err
portal_api_token_request(
    struct call_request *req, struct arena *a, const struct portal_api *p, const char *token)
{
	struct strbuf body = { 0 };
	enum err e = begin(req, a, p, arena_printf(a, "%s/api/tokens/check", p->base));

	if (e != ERR_OK)
		return e;
	json_write_member(&body, "token", token);
	strbuf_puts(&body, "}");
	add_body(req, a, arena_strndup(a, strbuf_text(&body), body.len), body.len);
	strbuf_free(&body);
	return ERR_OK;
}

enum err
portal_api_account_request(
    struct call_request *req, struct arena *a, const struct portal_api *p, const char *sub)
{
	return begin(req, a, p, arena_printf(a, "%s/api/accounts/%s", p->base, url_encode(a, sub)));
}

enum err
portal_api_uploader_request(struct call_request *req, struct arena *a, const struct portal_api *p,
    const char *bouncer, const char *soju_username)
{
	return begin(req, a, p,
	    arena_printf(a, "%s/api/uploaders/%s/%s", p->base, url_encode(a, bouncer),
		url_encode(a, soju_username)));
}

/* Only the portal says so in its own words: the 404 of another server must not end every token. */
static bool
is_the_portals(const struct json *root)
{
	const char *sentence;

	return json_read_text(root, "error", &sentence) == ERR_OK;
}

/* ERR_OK: *root is what the portal says of somebody. */
static enum err
read_reply(const struct json **root, struct arena *a, const struct call_reply *reply)
{
	if (reply->result != CALL_OK)
		return call_result_err(reply->result);
	if (reply->status == 401 || reply->status == 403)
		return ERR_FORBIDDEN;
	if (reply->status != 200 && reply->status != 404)
		return ERR_UPSTREAM;
	if (json_read_parse(root, a, reply->body, reply->body_len) != ERR_OK)
		return ERR_UPSTREAM;
	if (reply->status == 404)
		return is_the_portals(*root) ? ERR_NOT_FOUND : ERR_UPSTREAM;
	return ERR_OK;
}

static bool
read_person(struct portal_account *found, const struct json *root)
{
	return json_read_text(root, "sub", &found->sub) == ERR_OK && *found->sub != '\0' &&
	       json_read_text(root, "plan", &found->plan) == ERR_OK && *found->plan != '\0';
}

/* Scopes that only a later portal knows are none of ours. */
static bool
read_scopes(struct portal_account *found, const struct json *root)
{
	const struct json *scopes, *s;

	if (json_read_array(root, "scopes", &scopes) != ERR_OK)
		return false;
	for (s = scopes->items; s < scopes->items + scopes->n; s++) {
		if (s->kind != JSON_KIND_TEXT)
			return false;
		found->may_txt = found->may_txt || strcmp(s->text, "txt") == 0;
		found->may_pics = found->may_pics || strcmp(s->text, "pics") == 0;
	}
	return true;
}

enum err
portal_api_token_reply(
    struct portal_account *account, struct arena *a, const struct call_reply *reply)
{
	struct portal_account found = { 0 };
	const struct json *root;
	enum err e = read_reply(&root, a, reply);

	if (e != ERR_OK)
		return e;
	if (!read_person(&found, root) || !read_scopes(&found, root) ||
	    json_read_int(root, "token_id", &found.token_id) != ERR_OK || found.token_id < 1)
		return ERR_UPSTREAM;
	*account = found;
	return ERR_OK;
}

enum err
portal_api_account_reply(
    struct portal_account *account, struct arena *a, const struct call_reply *reply)
{
	struct portal_account found = { 0 };
	const struct json *root;
	enum err e = read_reply(&root, a, reply);

	if (e != ERR_OK)
		return e;
	if (!read_person(&found, root) ||
	    json_read_bool(root, "is_banned", &found.is_banned) != ERR_OK)
		return ERR_UPSTREAM;
	*account = found;
	return ERR_OK;
}

enum err
portal_api_requests_request(struct call_request *req, struct arena *a, const struct portal_api *p,
    const char *report, size_t len)
{
	enum err e = begin(req, a, p, arena_printf(a, "%s/api/requests", p->base));

	if (e == ERR_OK)
		add_body(req, a, report, len);
	return e;
}

static bool
is_refused(struct arena *a, const struct call_reply *reply)
{
	const struct json *root;

	return reply->result == CALL_OK && reply->status == 400 &&
	       json_read_parse(&root, a, reply->body, reply->body_len) == ERR_OK &&
	       is_the_portals(root);
}

enum err
portal_api_requests_reply(struct arena *a, const struct call_reply *reply)
{
	const struct json *root;
	bool is_new;
	enum err e;

	if (is_refused(a, reply))
		return ERR_INVALID;
	e = read_reply(&root, a, reply);
	if (e != ERR_OK)
		return e;
	return json_read_bool(root, "is_new", &is_new) == ERR_OK ? ERR_OK : ERR_UPSTREAM;
}
