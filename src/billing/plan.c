#include "billing/plan.h"

#include <stddef.h>
#include <string.h>

const struct plan plans[PLAN__MAX] = {
	[PLAN_FREE] = { .word = "free",
	    .name = "Free",
	    .purpose = "For staying in touch.",
	    .thanks = "Bouncer, pastes and pictures, at no cost.",
	    .points = { "Bouncer with full history", "Pastes and pictures",
		"No payment details needed" } },
	[PLAN_PRO] = { .word = "pro",
	    .name = "Pro",
	    .purpose = "For regulars.",
	    .thanks = "Thank you: you keep this service running.",
	    .points = { "Everything in Free", "More room for those who live on IRC",
		"Keeps the service running" } },
};

const struct plan *
plan_find(const char *word)
{
	for (size_t i = 0; word != NULL && i < PLAN__MAX; i++)
		if (strcmp(plans[i].word, word) == 0)
			return &plans[i];
	return NULL;
}
