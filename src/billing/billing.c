#include "billing/billing.h"

#include "base/settings.h"
#include "metrics/metrics_call.h"

bool
billing_is_set_up(void)
{
	return *settings.stripe_secret_key != '\0';
}

bool
billing_is_live(void)
{
	struct stripe_key key = { 0 };

	return billing_is_set_up() &&
	       stripe_api_read_key(&key, settings.stripe_secret_key) == ERR_OK && key.is_live;
}

struct stripe_api
billing_api(int timeout_ms)
{
	return (
	    struct stripe_api){ settings.stripe_api_base, settings.stripe_secret_key, timeout_ms };
}

static void
note_call(enum err e, const struct call_reply *reply, const char *reason)
{
	metrics_call_note("billing", "stripe", e, reply, reason);
}

struct stripe_sync
billing_stripe(int retries)
{
	return (struct stripe_sync){
		.api = billing_api(BILLING_TASK_MS), .retries = retries, .note = note_call
	};
}
