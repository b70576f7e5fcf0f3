/* The page /admin/stripe/differences: what the nightly comparison with Stripe found. */
#ifndef BILLING_DIFFERENCE_VIEW_H
#define BILLING_DIFFERENCE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/difference_store.h"
#include "web/part_view.h"

#define DIFFERENCES_PATH "/admin/stripe/differences"
#define DIFFERENCES_PER_PAGE 50

/* clang-format off */
#define DIFFERENCES(F)                                                                          \
	F(PART, frame, frame)                                                                   \
	F(BOOL, has_rows)                                                                       \
	F(PART, differences, table)                                                             \
	F(PART, none, empty)                                                                    \
	F(TEXT, newest_href) F(TEXT, older_href)
VIEW_DECLARE(differences, DIFFERENCES)
/* clang-format on */

struct differences_facts {
	const struct difference *rows;
	size_t n;	/* one more than a page: there is another one */
	int64_t before; /* the page begins before it; 0: it is the first */
	bool is_set_up;
};

/* All but the frame. */
void differences_view_init(
    struct differences_view *, const struct differences_facts *, struct arena *);

#endif
