#include "billing/plan.h"

#include <stddef.h>
#include <string.h>

#define MB INT64_C(1000000) /* as pages show sizes */

const struct plan plans[PLAN__MAX] = {
	[PLAN_FREE] = { .word = "free",
	    .name = "Free",
	    .purpose = "For staying in touch.",
	    .thanks = "Bouncer, pastes and pictures, at no cost.",
	    .points = { "One bouncer with 3 networks", "500 MB of pictures, 20 MB of pastes",
		"No payment details needed" },
	    .paste_bytes = 20 * MB,
	    .picture_bytes = 500 * MB,
	    .bouncers = 1,
	    .networks = 3,
	    .history_days = 90 },
	[PLAN_PRO] = { .word = "pro",
	    .name = "Pro",
	    .purpose = "For regulars.",
	    .thanks = "Thank you: you keep this service running.",
	    .points = { "3 bouncers with 20 networks each", "20 GB of pictures, 1 GB of pastes",
		"Keeps the service running" },
	    .paste_bytes = 1000 * MB,
	    .picture_bytes = 20000 * MB,
	    .bouncers = 3,
	    .networks = 20,
	    .history_days = 730 },
};

const struct plan *
plan_find(const char *word)
{
	for (size_t i = 0; word != NULL && i < PLAN__MAX; i++)
		if (strcmp(plans[i].word, word) == 0)
			return &plans[i];
	return NULL;
}

const struct plan *
plan_limits(const char *word)
{
	const struct plan *p = plan_find(word);

	return p != NULL ? p : &plans[0];
}
