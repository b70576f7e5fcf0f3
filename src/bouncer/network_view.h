/* The pages that add, change and remove a network of a bouncer. */
#ifndef BOUNCER_NETWORK_VIEW_H
#define BOUNCER_NETWORK_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer.h"
#include "bouncer/network_fields_view.h"
#include "web/part_view.h"

/* clang-format off */
#define NETWORK_EDIT(F)                                                                         \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, bouncer)                                                         \
	F(BOOL, is_new) F(TEXT, room) F(BOOL, is_full)                                          \
	F(TEXT, action) F(TEXT, csrf) F(TEXT, id) /* its name until now */                      \
	F(PART, network, network_fields)                                                        \
	F(TEXT, button) F(TEXT, back_href)
VIEW_DECLARE(network_edit, NETWORK_EDIT)
/* clang-format on */

struct network_edit_facts {
	const struct bouncer *bouncer;
	int64_t networks; /* so many it has */
	const struct network_typed *typed;
	const char *name; /* until now; NULL: it is a new one */
};

/* All but the frame and the form's token; texts live in the arena. */
void network_edit_view_init(
    struct network_edit_view *, const struct network_edit_facts *, struct arena *);
/* The page before one is removed; all but the frame and the form's token. */
void network_view_confirm(
    struct confirm_view *, const struct bouncer *, const char *network, struct arena *);

#endif
