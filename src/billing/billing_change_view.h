/* The page /billing/change: what another plan would change, before anything is clicked. */
#ifndef BILLING_BILLING_CHANGE_VIEW_H
#define BILLING_BILLING_CHANGE_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/billing_view.h"
#include "billing/plan.h"

/* clang-format off */
/* A limit under both plans, and what the account uses of it. */
#define BILLING_LIMIT(F)                                                                        \
	F(TEXT, name) F(TEXT, now) F(TEXT, then)                                                \
	F(TEXT, used) F(TEXT, used_note) /* absent: unknown, and why */                         \
	F(TEXT, verdict) F(TEXT, tone)
VIEW_DECLARE(billing_limit, BILLING_LIMIT)

#define BILLING_CHANGE(F)                                                                       \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, lead) F(TEXT, here) F(TEXT, there)                               \
	F(LIST, limits, billing_limit)                                                          \
	F(BOOL, has_facts) F(LIST, facts, confirm_fact)                                         \
	F(BOOL, is_downgrade) F(BOOL, can_cancel) F(BOOL, can_switch)                           \
	F(BOOL, is_sold) F(LIST, prices, billing_price)                                         \
	F(TEXT, note)		/* why there is no button */                                    \
	F(TEXT, button)                                                                         \
	F(TEXT, once) F(TEXT, buy_csrf) F(TEXT, manage_csrf)
VIEW_DECLARE(billing_change, BILLING_CHANGE)
/* clang-format on */

struct billing_change_facts {
	bool is_set_up;
	const char *plan;	  /* of the account, a word */
	const struct plan *there; /* another one */
	const struct billing_offers *offers;
	const struct billing_subscriptions *subscriptions;
	const struct billing_usage *usage;
	int64_t now;
};

/* All but the frame and what forms bring along. */
void billing_change_view_init(
    struct billing_change_view *, const struct billing_change_facts *, struct arena *);

#endif
