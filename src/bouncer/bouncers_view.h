/* The page /bouncers: the bouncers of an account, and whether there may be another. */
#ifndef BOUNCER_BOUNCERS_VIEW_H
#define BOUNCER_BOUNCERS_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/plan.h"
#include "bouncer/bouncer_count_store.h"
#include "bouncer/bouncer_status_view.h"
#include "bouncer/bouncer_store.h"
#include "web/part_view.h"

/* clang-format off */
#define BOUNCERS_ROW(F)                                                                         \
	F(INT, id) F(TEXT, name) F(TEXT, href) F(TEXT, connect_href)                            \
	F(PART, status, bouncer_status)                                                         \
	F(BOOL, has_figures)		/* it is ready */                                       \
	F(PART, networks, figure) F(PART, clients, figure)
VIEW_DECLARE(bouncers_row, BOUNCERS_ROW)

#define BOUNCERS(F)                                                                             \
	F(PART, frame, frame)                                                                   \
	F(LIST, rows, bouncers_row)                                                             \
	F(BOOL, is_offered)		/* there is something that makes bouncers */            \
	F(BOOL, can_make)		/* and the plan has room for one more */                \
	F(BOOL, has_more)		/* it says whether there may be another one */          \
	F(TEXT, room)			/* "1 of the 3 bouncers of your plan" */                \
	F(TEXT, full)			/* why there is no room, and what to do */              \
	F(BOOL, is_paid_better)		/* a larger plan would have it */
VIEW_DECLARE(bouncers, BOUNCERS)
/* clang-format on */

struct bouncers_facts {
	const struct bouncer_list *bouncers;
	const struct bouncer_counts *counts;
	const struct plan *plan; /* NULL: one that is not known here */
	bool is_offered;
	int64_t now;
};

/* All but the frame; texts live in the arena. */
void bouncers_view_init(struct bouncers_view *, const struct bouncers_facts *, struct arena *);

/* Networks up of how many, and connected clients; shared with the page of a bouncer. */
void bouncer_networks_figure(struct figure_view *, const struct bouncer *, int64_t connected,
    int64_t disabled, int64_t networks, struct arena *);
void bouncer_clients_figure(
    struct figure_view *, const struct bouncer *, int64_t now, struct arena *);

/*
 * Whether the plan has room for one more than the n there are. *words says how many of how many;
 * *full, NULL while there is room, what stands against it.
 */
bool bouncer_plan_room(
    const struct plan *, size_t n, struct arena *, const char **words, const char **full);

#endif
