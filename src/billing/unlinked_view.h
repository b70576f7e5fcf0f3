/* Customers without an account: the list, and how an admin links one. */
#ifndef BILLING_UNLINKED_VIEW_H
#define BILLING_UNLINKED_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/unlinked_store.h"
#include "web/part_view.h"

#define UNLINKED_PATH "/admin/stripe/customers"
#define UNLINKED_LINK_PATH UNLINKED_PATH "/link"
#define UNLINKED_PER_PAGE 50

/* ---- GET /admin/stripe/customers ---- */

/* clang-format off */
#define UNLINKED(F)                                                                             \
	F(PART, frame, frame)                                                                   \
	F(BOOL, has_rows)                                                                       \
	F(PART, customers, table)                                                               \
	F(PART, none, empty)                                                                    \
	F(TEXT, first_href) F(TEXT, next_href)
VIEW_DECLARE(unlinked, UNLINKED)
/* clang-format on */

struct unlinked_facts {
	const struct unlinked *rows;
	size_t n;	   /* one more than a page: there is another one */
	const char *after; /* the page begins behind it; NULL: it is the first */
	bool is_set_up;
};

/* All but the frame. */
void unlinked_view_init(struct unlinked_view *, const struct unlinked_facts *, struct arena *);

/* ---- GET /admin/stripe/customers/link ---- */

/* clang-format off */
#define UNLINKED_LINK(F)                                                                        \
	F(PART, frame, frame)                                                                   \
	F(TEXT, id) F(TEXT, says) F(TEXT, pays)                                                 \
	F(PART, account, field)                                                                 \
	F(BOOL, is_found)    /* then what the button does: */                                   \
	F(TEXT, sub) F(TEXT, name) F(TEXT, email) F(TEXT, user_id)                              \
	F(TEXT, csrf)
VIEW_DECLARE(unlinked_link, UNLINKED_LINK)
/* clang-format on */

struct unlinked_link_facts {
	const struct unlinked *customer;
	const char *typed; /* NULL: nothing yet */
	const struct unlinked_account *accounts;
	size_t naccounts;
};

/* All but frame and token. */
void unlinked_link_view_init(
    struct unlinked_link_view *, const struct unlinked_link_facts *, struct arena *);

#endif
