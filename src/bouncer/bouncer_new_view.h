/* The page /bouncers/new: the form that makes a bouncer. */
#ifndef BOUNCER_BOUNCER_NEW_VIEW_H
#define BOUNCER_BOUNCER_NEW_VIEW_H

#include "base/arena.h"
#include "base/view.h"
#include "billing/plan.h"
#include "bouncer/network_fields_view.h"

/* clang-format off */
#define BOUNCER_NEW(F)                                                                          \
	F(PART, frame, frame)                                                                   \
	F(BOOL, is_offered)	/* there is something that makes bouncers */                    \
	F(TEXT, room) F(TEXT, full) F(BOOL, is_paid_better)                                     \
	F(BOOL, has_form)                                                                       \
	F(TEXT, name) F(TEXT, name_error) F(TEXT, name_hint)                                    \
	F(PART, network, network_fields)                                                        \
	F(TEXT, networks_room)	/* how many the plan has */                                     \
	F(TEXT, once) F(TEXT, csrf)
VIEW_DECLARE(bouncer_new, BOUNCER_NEW)
/* clang-format on */

struct bouncer_new_facts {
	bool is_offered;
	const struct plan *plan; /* NULL: one that is not known here */
	size_t nbouncers;
	const char *host; /* where clients connect, {bouncer} in it; "": not told */
	const char *name, *name_problem;
	const struct network_typed *network;
};

/* All but the frame and the texts of the form; texts live in the arena. */
void bouncer_new_view_init(
    struct bouncer_new_view *, const struct bouncer_new_facts *, struct arena *);

#endif
