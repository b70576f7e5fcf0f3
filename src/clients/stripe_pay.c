/* See stripe_pay.h. */
#include "clients/stripe_pay.h"

#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/strbuf.h"
#include "base/url.h"

#define ID_BYTES_MAX 255
#define FRAGMENT_BYTES_MAX 8192
#define STRIPES "https://api.stripe.com"

const char *const stripe_pay_flow_words[PAY_FLOW__MAX] = { [PAY_FLOW_NONE] = "overview",
	[PAY_FLOW_CANCEL] = "cancel",
	[PAY_FLOW_CARD] = "card",
	[PAY_FLOW_CHANGE] = "change" };

/* ---- URLs ---- */

/* Stripe keeps what its page needs behind "#", which no server sees and url_parse() refuses. */
static enum err
parse(struct url *u, struct arena *a, const char *url)
{
	const char *p;
	size_t len;

	if (url == NULL)
		return ERR_INVALID;
	len = strcspn(url, "#");
	for (p = url + len; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p) != NULL)
			return ERR_INVALID;
	if (p - (url + len) > FRAGMENT_BYTES_MAX)
		return ERR_INVALID;
	return url_parse(u, a, arena_strndup(a, url, len));
}

enum err
stripe_pay_check_url(struct arena *a, const char *url, const char *base)
{
	struct url u, ours;

	if (parse(&u, a, url) != ERR_OK)
		return ERR_INVALID;
	if (u.is_https)
		return ERR_OK;
	if (strcmp(base, STRIPES) == 0 || url_parse(&ours, a, base) != ERR_OK)
		return ERR_INVALID;
	return url_same_origin(&u, &ours) ? ERR_OK : ERR_INVALID;
}

const char *
stripe_pay_origin(struct arena *a, const char *url)
{
	struct url u;
	bool is_usual;

	if (parse(&u, a, url) != ERR_OK)
		return NULL;
	is_usual = u.port == (u.is_https ? 443 : 80);
	return arena_printf(a, strchr(u.host, ':') != NULL ? "%s://[%s]%s" : "%s://%s%s",
	    u.is_https ? "https" : "http", u.host, is_usual ? "" : arena_printf(a, ":%d", u.port));
}

static bool
is_text(const struct json *object, const char *name, const char *word)
{
	const char *text;

	return json_read_text(object, name, &text) == ERR_OK && strcmp(text, word) == 0;
}

/* ---- Customers ---- */

static void
post(struct call_request *req, struct arena *a, const struct stripe_api *api, const char *path,
    struct strbuf *form, const char *key)
{
	stripe_api_post(req, a, api, path, arena_strdup(a, strbuf_text(form)), key);
	strbuf_free(form);
}

void
stripe_pay_customer_request(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const struct stripe_pay_customer *c)
{
	struct strbuf form = { 0 };

	url_add_field(&form, "metadata[user_sub]", c->user_sub);
	if (c->email != NULL)
		url_add_field(&form, "email", c->email);
	post(req, a, api, "customers", &form, arena_printf(a, "customer-%s", c->nonce));
}

enum err
stripe_pay_customer_reply(
    const char **id, struct stripe_error *error, struct arena *a, const struct call_reply *reply)
{
	const struct json *root;
	enum err e = stripe_api_reply(&root, error, a, reply);

	if (e != ERR_OK)
		return e;
	return json_read_text(root, "id", id) == ERR_OK ? ERR_OK : ERR_UPSTREAM;
}

static bool
has_code(const struct stripe_error *error, const char *code)
{
	return error->code != NULL && strcmp(error->code, code) == 0;
}

bool
stripe_pay_is_key_in_use(enum err e, const struct stripe_error *error)
{
	return e == ERR_CONFLICT && has_code(error, "idempotency_key_in_use");
}

bool
stripe_pay_is_key_spent(
    enum err e, const struct stripe_error *error, const struct call_reply *reply)
{
	const bool is_answered = reply->result == CALL_OK;

	return is_answered &&
	       (reply->status >= 500 || (e == ERR_CONFLICT && error->type != NULL &&
					    strcmp(error->type, "idempotency_error") == 0 &&
					    !stripe_pay_is_key_in_use(e, error)));
}

/* ---- Checkout ---- */

/*
 * Who sends the same form twice at once gets the same page. Another price or customer is another
 * intent, which Stripe would refuse under the same key; and once there is a newer session, the one
 * that this form made before is void or paid.
 */
static const char *
checkout_key(struct arena *a, const struct stripe_pay_checkout *c)
{
	unsigned char hash[DIGEST_BYTES];
	char digits[2 * DIGEST_BYTES + 1];
	const char *intent = arena_printf(a, "%s\n%s\n%s\n%s\n%s", c->user_sub, c->nonce,
	    c->price_id, c->customer_id, c->after != NULL ? c->after : "");

	digest_sha256(hash, intent, strlen(intent));
	hex_encode(digits, hash, sizeof(hash));
	return arena_printf(a, "checkout-%s", digits);
}

void
stripe_pay_checkout_request(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const struct stripe_pay_checkout *c)
{
	struct strbuf form = { 0 };

	url_add_field(&form, "mode", "subscription");
	url_add_field(&form, "line_items[0][price]", c->price_id);
	url_add_field(&form, "line_items[0][quantity]", "1");
	url_add_field(&form, "customer", c->customer_id);
	url_add_field(&form, "client_reference_id", c->user_sub);
	url_add_field(&form, "metadata[user_sub]", c->user_sub);
	url_add_field(&form, "metadata[plan]", c->plan);
	url_add_field(&form, "metadata[price]", c->price_id);
	url_add_field(&form, "subscription_data[metadata][user_sub]", c->user_sub);
	url_add_field(&form, "success_url",
	    arena_printf(a, "%s/billing/done?session_id={CHECKOUT_SESSION_ID}", c->public_url));
	url_add_field(&form, "cancel_url", arena_printf(a, "%s/billing", c->public_url));
	post(req, a, api, "checkout/sessions", &form, checkout_key(a, c));
}

enum err
stripe_pay_url_reply(const char **url, struct stripe_error *error, struct arena *a,
    const struct call_reply *reply, const char *base)
{
	const struct json *root;
	enum err e = stripe_api_reply(&root, error, a, reply);

	*url = NULL;
	if (e != ERR_OK)
		return e;
	if (json_read_text(root, "url", url) != ERR_OK ||
	    stripe_pay_check_url(a, *url, base) != ERR_OK)
		return ERR_UPSTREAM;
	return ERR_OK;
}

/* ---- Sessions that were begun before ---- */

void
stripe_pay_sessions_request(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const char *customer_id)
{
	struct strbuf query = { 0 };

	url_add_field(&query, "customer", customer_id);
	url_add_field(&query, "limit", "20");
	url_add_field(&query, "expand[]", "data.customer");
	stripe_api_get(req, a, api, "checkout/sessions", strbuf_text(&query));
	strbuf_free(&query);
}

static bool
is_session_id(const char *id)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	return strncmp(id, "cs_", 3) == 0 && strlen(id) <= ID_BYTES_MAX &&
	       id[strspn(id, letters)] == '\0';
}

static bool
asks_for(const struct json *session, const struct stripe_pay_checkout *wanted)
{
	const struct json *metadata;

	return json_read_object(session, "metadata", &metadata) == ERR_OK &&
	       is_text(metadata, "price", wanted->price_id) &&
	       is_text(metadata, "plan", wanted->plan);
}

/* Nobody can pay for a customer that was deleted. */
static bool
has_customer(const struct json *session)
{
	const struct json *customer;
	bool is_deleted = false;

	return json_read_object(session, "customer", &customer) != ERR_OK ||
	       json_read_bool(customer, "deleted", &is_deleted) != ERR_OK || !is_deleted;
}

static void
read_open(struct stripe_pay_sessions *s, const struct json *session,
    const struct stripe_pay_checkout *wanted, struct arena *a, const char *base)
{
	const char *id, *url;

	if (!is_text(session, "status", "open") || !is_text(session, "mode", "subscription") ||
	    !is_text(session, "client_reference_id", wanted->user_sub) || !has_customer(session))
		return;
	if (s->url == NULL && asks_for(session, wanted) &&
	    json_read_text(session, "url", &url) == ERR_OK &&
	    stripe_pay_check_url(a, url, base) == ERR_OK)
		s->url = url;
	else if (json_read_text(session, "id", &id) == ERR_OK && is_session_id(id) &&
		 s->nothers < STRIPE_PAY_OTHERS_MAX)
		s->others[s->nothers++] = id;
}

enum err
stripe_pay_sessions_reply(struct stripe_pay_sessions *s, const struct stripe_pay_checkout *wanted,
    struct stripe_error *error, struct arena *a, const struct call_reply *reply, const char *base)
{
	const struct json *root;
	enum err e = stripe_api_reply(&root, error, a, reply);

	*s = (struct stripe_pay_sessions){ 0 };
	if (e != ERR_OK)
		return e;
	if (json_read_array(root, "data", &s->data) != ERR_OK)
		return ERR_UPSTREAM;
	if (s->data->n > 0 && json_read_text(&s->data->items[0], "id", &s->newest) != ERR_OK)
		return ERR_UPSTREAM;
	for (size_t i = 0; i < s->data->n; i++)
		read_open(s, &s->data->items[i], wanted, a, base);
	return ERR_OK;
}

/* Ending it twice is one end. */
void
stripe_pay_expire_request(
    struct call_request *req, struct arena *a, const struct stripe_api *api, const char *id)
{
	struct strbuf form = { 0 };
	char token[RANDOM_TOKEN_SIZE];

	random_token(token);
	post(req, a, api, arena_printf(a, "checkout/sessions/%s/expire", id), &form,
	    arena_printf(a, "expire-%s", token));
}

enum err
stripe_pay_expire_reply(struct stripe_error *error, struct arena *a, const struct call_reply *reply)
{
	const struct json *root;

	return stripe_api_reply(&root, error, a, reply);
}

/* ---- Subscriptions ---- */

void
stripe_pay_subscriptions_request(struct call_request *req, struct arena *a,
    const struct stripe_api *api, const char *customer_id)
{
	struct strbuf query = { 0 };

	url_add_field(&query, "customer", customer_id);
	url_add_field(&query, "limit", "20");
	stripe_api_get(req, a, api, "subscriptions", strbuf_text(&query));
	strbuf_free(&query);
}

/* One whose first payment never came ends by itself within a day. */
static bool
is_subscription_live(const struct json *subscription)
{
	static const char *const live[] = { "active", "trialing", "past_due", "unpaid", "paused" };

	for (size_t i = 0; i < sizeof(live) / sizeof(live[0]); i++)
		if (is_text(subscription, "status", live[i]))
			return true;
	return false;
}

/*
 * A checkout ends without the money only where the bank takes days; a card that is refused leaves
 * it open. Should the bank refuse in the end, Stripe drops the subscription.
 */
static bool
is_ordered(const struct json *session, const char *subscription_id)
{
	return is_text(session, "status", "complete") &&
	       is_text(session, "payment_status", "unpaid") &&
	       is_text(session, "subscription", subscription_id);
}

static enum stripe_pay_bought
bought_by(const struct json *subscription, const struct json *sessions)
{
	const char *id;

	if (is_subscription_live(subscription))
		return PAY_BOUGHT_LIVE;
	if (!is_text(subscription, "status", "incomplete") || sessions == NULL ||
	    json_read_text(subscription, "id", &id) != ERR_OK)
		return PAY_BOUGHT_NONE;
	for (size_t i = 0; i < sessions->n; i++)
		if (is_ordered(&sessions->items[i], id))
			return PAY_BOUGHT_UNDER_WAY;
	return PAY_BOUGHT_NONE;
}

enum err
stripe_pay_subscriptions_reply(enum stripe_pay_bought *bought,
    const struct stripe_pay_sessions *sessions, struct stripe_error *error, struct arena *a,
    const struct call_reply *reply)
{
	const struct json *root, *data;
	enum err e = stripe_api_reply(&root, error, a, reply);

	*bought = PAY_BOUGHT_NONE;
	if (e != ERR_OK)
		return e;
	if (json_read_array(root, "data", &data) != ERR_OK)
		return ERR_UPSTREAM;
	for (size_t i = 0; i < data->n; i++) {
		const enum stripe_pay_bought b = bought_by(&data->items[i], sessions->data);

		*bought = b > *bought ? b : *bought;
	}
	return ERR_OK;
}

/* ---- The customer portal ---- */

static void
add_flow(struct strbuf *form, enum stripe_pay_flow flow, const char *subscription_id,
    const char *return_url)
{
	static const char *const types[PAY_FLOW__MAX] = {
		[PAY_FLOW_CANCEL] = "subscription_cancel",
		[PAY_FLOW_CARD] = "payment_method_update",
		[PAY_FLOW_CHANGE] = "subscription_update",
	};

	url_add_field(form, "flow_data[type]", types[flow]);
	if (flow == PAY_FLOW_CANCEL)
		url_add_field(
		    form, "flow_data[subscription_cancel][subscription]", subscription_id);
	if (flow == PAY_FLOW_CHANGE)
		url_add_field(
		    form, "flow_data[subscription_update][subscription]", subscription_id);
	url_add_field(form, "flow_data[after_completion][type]", "redirect");
	url_add_field(form, "flow_data[after_completion][redirect][return_url]", return_url);
}

/* Each click makes a session of its own: they live for minutes only. */
void
stripe_pay_portal_request(struct call_request *req, struct arena *a, const struct stripe_api *api,
    const char *customer_id, enum stripe_pay_flow flow, const char *subscription_id,
    const char *return_url)
{
	struct strbuf form = { 0 };
	char token[RANDOM_TOKEN_SIZE];

	random_token(token);
	url_add_field(&form, "customer", customer_id);
	url_add_field(&form, "return_url", return_url);
	if (flow == PAY_FLOW_CARD || (flow != PAY_FLOW_NONE && subscription_id != NULL))
		add_flow(&form, flow, subscription_id, return_url);
	post(req, a, api, "billing_portal/sessions", &form, arena_printf(a, "portal-%s", token));
}

/* "No configuration provided and your test mode default configuration has not been created." */
bool
stripe_pay_lacks_portal(const struct stripe_error *error)
{
	return error->message != NULL &&
	       strstr(error->message, "default configuration has not been created") != NULL;
}

void
stripe_pay_configurations_request(
    struct call_request *req, struct arena *a, const struct stripe_api *api)
{
	stripe_api_get(
	    req, a, api, "billing_portal/configurations", "is_default=true&active=true&limit=1");
}

enum err
stripe_pay_configurations_reply(
    struct stripe_pay_configuration *c, struct arena *a, const struct call_reply *reply)
{
	const struct json *root, *data, *features, *cancel;
	enum err e = stripe_api_reply(&root, NULL, a, reply);

	*c = (struct stripe_pay_configuration){ 0 };
	if (e != ERR_OK)
		return e;
	if (json_read_array(root, "data", &data) != ERR_OK)
		return ERR_UPSTREAM;
	c->is_there = data->n > 0;
	if (c->is_there && json_read_object(&data->items[0], "features", &features) == ERR_OK &&
	    json_read_object(features, "subscription_cancel", &cancel) == ERR_OK)
		(void)json_read_bool(cancel, "enabled", &c->may_cancel); /* else it stays false */
	return ERR_OK;
}

/* ---- The session that one comes back from ---- */

enum err
stripe_pay_session_request(
    struct call_request *req, struct arena *a, const struct stripe_api *api, const char *id)
{
	if (!is_session_id(id))
		return ERR_INVALID;
	stripe_api_get(
	    req, a, api, arena_printf(a, "checkout/sessions/%s", id), "expand%5B%5D=subscription");
	return ERR_OK;
}

static bool
has_ended(const struct json *session)
{
	const struct json *subscription;

	return json_read_object(session, "subscription", &subscription) == ERR_OK &&
	       (is_text(subscription, "status", "canceled") ||
		   is_text(subscription, "status", "incomplete_expired"));
}

static enum stripe_pay_state
session_state(const struct json *root)
{
	if (is_text(root, "status", "expired"))
		return PAY_STATE_EXPIRED;
	if (!is_text(root, "status", "complete"))
		return PAY_STATE_OPEN;
	if (has_ended(root))
		return PAY_STATE_ENDED;
	if (is_text(root, "payment_status", "unpaid"))
		return PAY_STATE_UNDER_WAY;
	return is_text(root, "payment_status", "no_payment_required") ? PAY_STATE_FREE
								      : PAY_STATE_PAID;
}

enum err
stripe_pay_session_reply(struct stripe_pay_session *s, struct stripe_error *error, struct arena *a,
    const struct call_reply *reply)
{
	const struct json *root, *metadata;
	const char *object;
	enum err e = stripe_api_reply(&root, error, a, reply);

	*s = (struct stripe_pay_session){ 0 };
	if (e != ERR_OK)
		return e;
	if (json_read_text(root, "object", &object) != ERR_OK ||
	    strcmp(object, "checkout.session") != 0)
		return ERR_UPSTREAM;
	s->state = session_state(root);
	(void)json_read_text(root, "client_reference_id", &s->user_sub);
	if (json_read_object(root, "metadata", &metadata) == ERR_OK)
		(void)json_read_text(metadata, "plan", &s->plan);
	if (s->state == PAY_STATE_OPEN)
		(void)json_read_text(root, "url", &s->url);
	return ERR_OK;
}

/* ---- Prices ---- */

void
stripe_pay_prices_request(
    struct call_request *req, struct arena *a, const struct stripe_api *api, const char *after)
{
	struct strbuf query = { 0 };

	url_add_field(&query, "active", "true");
	url_add_field(&query, "limit", "100");
	url_add_field(&query, "expand[]", "data.product");
	if (after != NULL)
		url_add_field(&query, "starting_after", after);
	stripe_api_get(req, a, api, "prices", strbuf_text(&query));
	strbuf_free(&query);
}

enum err
stripe_pay_prices_reply(const struct json **data, bool *has_more, struct stripe_error *error,
    struct arena *a, const struct call_reply *reply)
{
	const struct json *root;
	enum err e = stripe_api_reply(&root, error, a, reply);

	*has_more = false;
	if (e != ERR_OK)
		return e;
	if (json_read_array(root, "data", data) != ERR_OK ||
	    json_read_bool(root, "has_more", has_more) == ERR_INVALID)
		return ERR_UPSTREAM;
	return ERR_OK;
}
