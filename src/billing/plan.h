/* The plans that an account may have, and what they promise. The words stand in users.plan. */
#ifndef BILLING_PLAN_H
#define BILLING_PLAN_H

#define PLAN_POINTS_MAX 4

struct plan {
	const char *word, *name;
	const char *purpose;			 /* for whoever chooses: "For regulars." */
	const char *thanks;			 /* for whoever has it */
	const char *points[PLAN_POINTS_MAX + 1]; /* NULL after the last */
};

enum { PLAN_FREE, PLAN_PRO, PLAN__MAX };
extern const struct plan plans[PLAN__MAX];

/* The plan of a word; NULL for NULL, and for a word that only a later version knows. */
const struct plan *plan_find(const char *word);

#endif
