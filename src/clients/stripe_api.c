#include "clients/stripe_api.h"

#include <string.h>

static const struct {
	const char *prefix;
	struct stripe_key key;
} kinds[] = {
	{ "sk_live_", { .is_live = true } },
	{ "sk_test_", { .is_live = false } },
	{ "rk_live_", { .is_live = true, .is_restricted = true } },
	{ "rk_test_", { .is_live = false, .is_restricted = true } },
};

enum err
stripe_api_read_key(struct stripe_key *k, const char *key)
{
	size_t i, len;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		len = strlen(kinds[i].prefix);
		if (strncmp(key, kinds[i].prefix, len) != 0)
			continue;
		*k = kinds[i].key;
		return key[len] != '\0' && call_is_word(key) ? ERR_OK : ERR_INVALID;
	}
	return ERR_INVALID;
}

static void
begin(struct call_request *req, struct arena *a, const struct stripe_api *api, const char *path)
{
	*req = (struct call_request){
		.method = CALL_GET,
		.url = arena_printf(a, "%s/v1/%s", api->base, path),
		.timeout_ms = api->timeout_ms,
		.max_bytes = JSON_READ_BYTES_MAX,
	};
	call_header(req, a, "accept", "application/json");
	call_header(req, a, "authorization", "Bearer %s", api->key);
	call_header(req, a, "stripe-version", "%s", STRIPE_API_VERSION);
}

void
stripe_api_get(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const char *path, const char *query)
{
	begin(req, a, api, path);
	if (query != NULL && *query != '\0')
		req->url = arena_printf(a, "%s?%s", req->url, query);
}

void
stripe_api_post(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const char *path, const char *form, const char *idempotency_key)
{
	begin(req, a, api, path);
	req->method = CALL_POST;
	req->body = form;
	req->body_len = strlen(form);
	call_header(req, a, "content-type", "application/x-www-form-urlencoded");
	call_header(req, a, "idempotency-key", "%s", idempotency_key);
}

void
stripe_api_balance_request(struct call_request *req, struct arena *a, const struct stripe_api *api)
{
	begin(req, a, api, "balance");
}

/* As Stripe's own libraries sort statuses and codes into kinds. */
static enum err
error_kind(long status, const struct stripe_error *error)
{
	const char *code = error->code != NULL ? error->code : "";
	const char *type = error->type != NULL ? error->type : "";

	switch (status) {
	case 400:
		if (strcmp(code, "rate_limit") == 0)
			return ERR_TOO_MANY;
		if (strcmp(type, "idempotency_error") == 0)
			return ERR_CONFLICT;
		return strcmp(code, "resource_missing") == 0 ? ERR_NOT_FOUND : ERR_INVALID;
	case 401:
		return ERR_UNAUTHORIZED;
	case 402:
		return ERR_INVALID;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_CONFLICT;
	case 429:
		return ERR_TOO_MANY;
	default:
		return ERR_UPSTREAM;
	}
}

static void
read_error(struct stripe_error *error, const struct json *root)
{
	const struct json *said;

	if (json_read_object(root, "error", &said) != ERR_OK)
		return;
	(void)json_read_text(said, "type", &error->type); /* what is missing stays NULL */
	(void)json_read_text(said, "code", &error->code);
	(void)json_read_text(said, "decline_code", &error->decline_code);
	(void)json_read_text(said, "param", &error->param);
	(void)json_read_text(said, "message", &error->message);
}

enum err
stripe_api_reply(const struct json **root, struct stripe_error *error, struct arena *a,
    const struct call_reply *reply)
{
	struct stripe_error said = { 0 };
	const struct json *json = NULL;
	enum err e = ERR_UPSTREAM;

	if (reply->result != CALL_OK) {
		e = call_result_err(reply->result);
	} else if (json_read_parse(&json, a, reply->body, reply->body_len) != ERR_OK) {
		e = reply->status == 200 ? ERR_UPSTREAM : error_kind(reply->status, &said);
	} else if (reply->status == 200) {
		*root = json;
		e = ERR_OK;
	} else {
		read_error(&said, json);
		e = error_kind(reply->status, &said);
	}
	if (error != NULL)
		*error = said;
	return e;
}

enum err
stripe_api_balance_reply(bool *is_live, struct arena *a, const struct call_reply *reply)
{
	const struct json *root;
	const char *object;
	enum err e = stripe_api_reply(&root, NULL, a, reply);

	if (e == ERR_NOT_FOUND || e == ERR_INVALID || e == ERR_CONFLICT)
		return ERR_UPSTREAM;
	if (e != ERR_OK)
		return e;
	if (json_read_text(root, "object", &object) != ERR_OK || strcmp(object, "balance") != 0 ||
	    json_read_bool(root, "livemode", is_live) != ERR_OK)
		return ERR_UPSTREAM;
	return ERR_OK;
}
