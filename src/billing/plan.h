/* The plans that an account may have, and what they promise. The words stand in users.plan. */
#ifndef BILLING_PLAN_H
#define BILLING_PLAN_H

#include <stdint.h>

#define PLAN_POINTS_MAX 4

struct plan {
	const char *word, *name;
	const char *purpose;			 /* for whoever chooses: "For regulars." */
	const char *thanks;			 /* for whoever has it */
	const char *points[PLAN_POINTS_MAX + 1]; /* NULL after the last */
	int64_t paste_bytes, picture_bytes;	 /* how much may be stored at once */
	int64_t bouncers, networks;		 /* networks of each bouncer */
	int64_t
	    history_days; /* what is said is kept so long, where each bouncer has its own soju */
};

enum { PLAN_FREE, PLAN_PRO, PLAN__MAX };
extern const struct plan plans[PLAN__MAX];

/* The plan of a word; NULL for NULL, and for a word that only a later version knows. */
const struct plan *plan_find(const char *word);
/* The plan that limits are taken from: of an unknown word the first one, which promises least. */
const struct plan *plan_limits(const char *word);

#endif
