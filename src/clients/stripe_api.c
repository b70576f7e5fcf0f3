#include "clients/stripe_api.h"

#include <string.h>

#include "base/json_read.h"

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

void
stripe_api_balance_request(struct call_request *req, struct arena *a, const struct stripe_api *api)
{
	*req = (struct call_request){
		.method = CALL_GET,
		.url = arena_printf(a, "%s/v1/balance", api->base),
		.timeout_ms = api->timeout_ms,
	};
	call_header(req, a, "accept", "application/json");
	call_header(req, a, "authorization", "Bearer %s", api->key);
	call_header(req, a, "stripe-version", "%s", STRIPE_API_VERSION);
}

/* As Stripe's own library sorts them; the body of an error says nothing that we need here. */
static enum err
check_status(const struct call_reply *reply)
{
	if (reply->result != CALL_OK)
		return call_result_err(reply->result);
	switch (reply->status) {
	case 200:
		return ERR_OK;
	case 401:
		return ERR_UNAUTHORIZED;
	case 403:
		return ERR_FORBIDDEN;
	case 429:
		return ERR_TOO_MANY;
	default:
		return ERR_UPSTREAM;
	}
}

enum err
stripe_api_balance_reply(bool *is_live, struct arena *a, const struct call_reply *reply)
{
	const struct json *root;
	const char *object;
	enum err e = check_status(reply);

	if (e != ERR_OK)
		return e;
	if (json_read_parse(&root, a, reply->body, reply->body_len) != ERR_OK ||
	    json_read_text(root, "object", &object) != ERR_OK || strcmp(object, "balance") != 0 ||
	    json_read_bool(root, "livemode", is_live) != ERR_OK)
		return ERR_UPSTREAM;
	return ERR_OK;
}
