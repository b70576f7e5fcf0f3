/*
 * Stripe takes 2xx for "kept" and sends everything else again, for up to three days, and shows it
 * to the operator; so the answer is 200 once the event is in the inbox, whatever it is about, and
 * nothing is done about it here (docs.stripe.com/webhooks, "Best practices"). What we refuse for a
 * reason that only the operator can mend is refused each time it comes.
 *
 * The signature comes before everything else, limits too: Stripe's bursts have none. Whoever cannot
 * sign is slowed down, and with him the log.
 */
#include "billing/webhook_http.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/webhook.h"
#include "metrics/metrics.h"
#include "web/web_body.h"
#include "web/web_flow.h"
#include "web/web_page.h"

/* Takes from the bucket of those who cannot sign. */
static enum err
limit(struct web_flow *f)
{
	const enum err e = web_limit_address(
	    LIMIT_WEBHOOK, &f->client.any, clock_monotonic_us() / 1000, &f->retry_after_s);

	web_flow_explain_limit(f, LIMIT_WEBHOOK, e);
	return e;
}

static enum err
refuse_setting(struct web_flow *f, const char *setting)
{
	const enum err e = limit(f);

	if (e != ERR_OK)
		return e;
	log_warn("stripe",
	    "a webhook is refused: %s is empty; Stripe sends it again for up to three days",
	    setting);
	metrics_count(METRIC_WEBHOOKS, "not_set_up", NULL);
	return web_flow_fail(f, ERR_UNAVAILABLE, "Webhooks of Stripe are not set up here.");
}

/* The sentence says no more than that: whoever cannot sign is a stranger. */
static enum err
refuse_signature(struct web_flow *f, const char *why)
{
	const enum err e = limit(f);

	metrics_count(METRIC_WEBHOOKS, "bad_signature", NULL);
	if (e != ERR_OK)
		return e;
	log_warn("stripe", "a webhook is refused: %s", why);
	return web_flow_fail(f, ERR_INVALID, "The signature is not accepted.");
}

static enum err
refuse_event(struct web_flow *f, const char *why)
{
	metrics_count(METRIC_WEBHOOKS, "bad_event", NULL);
	log_warn("stripe", "a signed webhook is refused: %s", why);
	return web_flow_fail(
	    f, ERR_INVALID, arena_printf(&f->arena, "The event is not accepted: %s.", why));
}

/* What it holds does not matter, as objects are fetched at the version that we read. */
static void
note_version(const char *version)
{
	static bool is_noted; /* once in each worker */

	if (is_noted || version == NULL || strcmp(version, STRIPE_API_VERSION) == 0)
		return;
	is_noted = true;
	log_warn("stripe",
	    "webhooks come in version %s; that does no harm, but the endpoint is better made for "
	    "%s",
	    version, STRIPE_API_VERSION);
}

static enum err
check_settings(struct web_flow *f)
{
	if (!billing_is_set_up())
		return refuse_setting(f, "STRIPE_SECRET_KEY");
	if (*settings.stripe_webhook_secret == '\0')
		return refuse_setting(f, "STRIPE_WEBHOOK_SECRET");
	return ERR_OK;
}

static enum err
put_ask(struct web_flow *f, struct db_query *q)
{
	struct inbox_event event;
	const char *body, *why;
	size_t len;
	enum err e = check_settings(f);

	if (e == ERR_OK)
		e = web_body_bytes(f, &body, &len);
	if (e != ERR_OK)
		return e;
	if (webhook_check(web_flow_request_header(f, "stripe-signature"), body, len,
		settings.stripe_webhook_secret, settings.stripe_webhook_secret_old, clock_now(),
		&why) != ERR_OK)
		return refuse_signature(f, why);
	if (webhook_read(&event, &f->arena, body, len, billing_is_live(), &why) != ERR_OK)
		return refuse_event(f, why);
	note_version(event.api_version);
	inbox_store_put(q, &event);
	return ERR_OK;
}

static enum err
put_read(struct web_flow *f, const PGresult *res)
{
	bool is_new = false;
	const enum err e = inbox_store_put_read(res, &is_new);

	(void)f;
	if (e == ERR_OK)
		metrics_count(METRIC_WEBHOOKS, is_new ? "new" : "duplicate", NULL);
	return e;
}

static enum err
put_failed(struct web_flow *f, enum err e)
{
	log_error("stripe", "a webhook could not be kept (%s); Stripe sends it again", err_word(e));
	metrics_count(METRIC_WEBHOOKS, "not_stored", NULL);
	return web_flow_fail(f, ERR_INTERNAL, "The event could not be kept.");
}

int
webhook_create(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = put_ask, .read = put_read, .failed = put_failed },
	};
	static const struct web_page_def def = { .name = "stripe_webhook",
		.methods = WEB_POST,
		.is_anonymous = true,
		.is_csrf_exempt = true,
		.limit = LIMIT_WEBHOOK,
		.max_body = WEBHOOK_BODY_MAX,
		.type = "text/plain; charset=utf-8",
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 1,
		.render = web_page_nothing };

	return web_flow_run(req, &def);
}
