/*
 * Stripe's API as far as its keys go: which are known, for what, and how it says no. Errors are
 * worded like Stripe's own; the key in them is hidden but for its ends.
 */
#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "sim_settings.h"

#define PREFIX "/stripe"
#define DEFAULT_VERSION "2025-10-29.clover"
#define KIND_LEN 8 /* of "sk_test_" and its like */

int stripe_show(struct http_request *);

static int
answer(struct http_request *req, int status, json_t *body)
{
	static unsigned long long number;
	const char *version = reply_request_header(req, "stripe-version");
	char id[32];

	snprintf(id, sizeof(id), "req_sim%012llu", ++number);
	reply_header(req, "request-id", id);
	reply_header(req, "stripe-version", version != NULL ? version : DEFAULT_VERSION);
	return reply_json(req, status, body);
}

static int refuse(struct http_request *, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
refuse(struct http_request *req, int status, const char *fmt, ...)
{
	json_t *message;
	va_list args;

	va_start(args, fmt);
	message = json_vsprintf(fmt, args);
	va_end(args);
	return answer(req, status,
	    json_pack(
		"{s:{s:o, s:s}}", "error", "message", message, "type", "invalid_request_error"));
}

/* "sk_test_****************cdef" */
static const char *
hidden(const char *key)
{
	static char text[64];
	size_t len = strlen(key);

	if (len < KIND_LEN + 4)
		return "****";
	snprintf(text, sizeof(text), "%.*s****************%s", KIND_LEN, key, key + len - 4);
	return text;
}

/* One account: its keys differ in kind and mode only. */
static bool
is_known(const char *key)
{
	const char *ours = sim_settings.stripe_key;
	bool has_kind = strncmp(key, "sk_", 3) == 0 || strncmp(key, "rk_", 3) == 0;
	bool has_mode =
	    has_kind && (strncmp(key + 3, "live_", 5) == 0 || strncmp(key + 3, "test_", 5) == 0);

	return has_mode && strlen(ours) > KIND_LEN && strcmp(key + KIND_LEN, ours + KIND_LEN) == 0;
}

static bool
is_version(const char *text)
{
	int year, month, day, end = 0;

	return sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && end == 10 &&
	       (text[end] == '.' || text[end] == '\0');
}

static int
show_balance(struct http_request *req, const char *key)
{
	bool is_live = strncmp(key + 3, "live_", 5) == 0;
	json_t *none = json_pack(
	    "[{s:i, s:s, s:{s:i}}]", "amount", 0, "currency", "eur", "source_types", "card", 0);

	return answer(req, 200,
	    json_pack("{s:s, s:O, s:o, s:b}", "object", "balance", "available", none, "pending",
		none, "livemode", is_live));
}

int
stripe_show(struct http_request *req)
{
	const char *key = reply_bearer(req), *path = req->path + strlen(PREFIX);
	const char *version = reply_request_header(req, "stripe-version");
	int result;

	if (fault_happens(req, FAULT_STRIPE, &result))
		return result;
	if (key == NULL || *key == '\0')
		return refuse(req, 401,
		    "You did not provide an API key. You need to provide your API key in the "
		    "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
		    "YOUR_SECRET_KEY').");
	if (!is_known(key))
		return refuse(req, 401, "Invalid API Key provided: %s", hidden(key));
	if (version != NULL && !is_version(version))
		return refuse(req, 400, "Invalid Stripe API version: %s", version);
	if (strcmp(path, "/v1/balance") != 0 || req->method != HTTP_METHOD_GET)
		return refuse(req, 404, "Unrecognized request URL (%s).", path);
	if (strncmp(key, "rk_", 3) == 0)
		return refuse(req, 403,
		    "The provided key '%s' does not have the required permissions for this "
		    "endpoint. Having the 'rak_balance_read' permission would allow this request "
		    "to continue.",
		    hidden(key));
	return show_balance(req, key);
}
