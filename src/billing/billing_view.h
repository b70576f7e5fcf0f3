/* The page /billing: the plan one has and what it costs, what else there is, what to do. */
#ifndef BILLING_BILLING_VIEW_H
#define BILLING_BILLING_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/billing_account.h"
#include "web/frame_view.h"
#include "web/part_view.h"

/* clang-format off */
#define BILLING_PRICE(F)                                                                        \
	F(TEXT, id) F(TEXT, amount) /* absent: told at Stripe */                                \
	F(TEXT, period) F(TEXT, saves) F(TEXT, button) F(TEXT, label)
VIEW_DECLARE(billing_price, BILLING_PRICE)

#define BILLING_POINT(F) F(TEXT, words)
VIEW_DECLARE(billing_point, BILLING_POINT)

/* A plan beside the others. */
#define BILLING_PLAN(F)                                                                         \
	F(TEXT, name) F(TEXT, purpose) F(BOOL, is_current)                                      \
	F(TEXT, pastes) F(TEXT, pictures)                                                       \
	F(LIST, points, billing_point)                                                          \
	F(BOOL, is_sold) F(LIST, prices, billing_price) /* with a button each */                \
	F(TEXT, note)		     /* why there is no button */                               \
	F(TEXT, change_href) F(TEXT, change) /* to the page that compares */
VIEW_DECLARE(billing_plan, BILLING_PLAN)

#define BILLING_SUBSCRIPTION(F)                                                                 \
	F(TEXT, name) F(PART, status, badge)                                                    \
	F(TEXT, charge_label) F(TEXT, charge)                                                   \
	F(TEXT, sentence) /* what comes, or came, to pass */                                    \
	F(TEXT, undo)	  /* the button that keeps it */                                        \
	F(BOOL, is_live)
VIEW_DECLARE(billing_subscription, BILLING_SUBSCRIPTION)

/* A payment that failed: what, what happens next, what can be done. */
#define BILLING_TROUBLE(F)                                                                      \
	F(TEXT, what) F(TEXT, next) F(TEXT, until) F(TEXT, pay_href)
VIEW_DECLARE(billing_trouble, BILLING_TROUBLE)

#define BILLING_MOVEMENT(F) F(TEXT, day) F(TEXT, what) F(TEXT, amount) F(TEXT, balance)
VIEW_DECLARE(billing_movement, BILLING_MOVEMENT)

#define BILLING(F)                                                                              \
	F(PART, frame, frame)                                                                   \
	F(TEXT, missing)	/* billing is not set up, or only in part */                    \
	F(TEXT, missing_how)	/* what an admin does about it */                               \
	F(PART, trouble, billing_trouble)                                                       \
	F(TEXT, plan) F(TEXT, plan_sentence)                                                    \
	F(LIST, subscriptions, billing_subscription)                                            \
	F(BOOL, has_customer)	/* there is something to manage at Stripe */                    \
	F(LIST, plans, billing_plan)                                                            \
	F(TEXT, credit) F(TEXT, no_credit) F(BOOL, is_debt) F(BOOL, has_moves) F(LIST, movements, billing_movement) \
	F(TEXT, once) F(TEXT, buy_csrf) F(TEXT, manage_csrf)
VIEW_DECLARE(billing, BILLING)
/* clang-format on */

struct billing_facts {
	bool is_set_up, is_admin;
	bool has_customer;	  /* at Stripe, whether it pays or not */
	const char *plan;	  /* of the account, a word */
	const char *granted_plan; /* that it has without paying; NULL: unknown */
	const struct billing_offers *offers;
	const struct billing_subscriptions *subscriptions;
	const struct billing_credit *credit;
	const char *api_base; /* where Stripe is, for the check of its links */
	int64_t grace_s;      /* how long a plan stays after a payment has failed */
	int64_t now;
};

/* All but the frame and what forms bring along. */
void billing_view_init(struct billing_view *, const struct billing_facts *, struct arena *);
/* The way to buy a price: amount, period, what it saves, the words of its button. */
void billing_view_price(struct billing_price_view *, const struct billing_offers *,
    const struct billing_offer *, struct arena *);

#endif
