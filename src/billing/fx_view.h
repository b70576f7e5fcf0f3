/* The page /admin/rates: what one unit of each currency is worth, and the form for a new rate. */
#ifndef BILLING_FX_VIEW_H
#define BILLING_FX_VIEW_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/fx.h"
#include "web/frame_view.h"
#include "web/part_view.h"

/* clang-format off */
#define RATES(F)                                                                                \
	F(PART, frame, frame)                                                                   \
	F(TEXT, reporting)	/* "EUR" */                                                     \
	F(TEXT, missing)	/* "USD, JPY": in use and without a rate; absent: none is */    \
	F(BOOL, has_rows) F(PART, table, table) F(PART, none, empty)                            \
	F(PART, day, field) F(PART, currency, field) F(PART, rate, field)                       \
	F(TEXT, problem)	/* why what was typed was refused */                            \
	F(TEXT, csrf)
VIEW_DECLARE(rates, RATES)
/* clang-format on */

struct rates_facts {
	const struct fx_rate_list *latest;
	const char *reporting;	     /* lower case */
	const struct fx_rate *typed; /* as it was typed, or, for a fresh form, the day of today */
	const char *problem;	     /* NULL: nothing was refused */
};

/* All but the frame and the form's token; texts live in the arena. */
void rates_view_init(struct rates_view *, const struct rates_facts *, struct arena *);

#endif
