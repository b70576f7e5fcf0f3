/* The pages before a bouncer is deleted or restarted. */
#ifndef BOUNCER_BOUNCER_DELETE_VIEW_H
#define BOUNCER_BOUNCER_DELETE_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer.h"
#include "web/part_view.h"

/* clang-format off */
#define BOUNCER_DELETE(F)                                                                       \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title_end)	/* behind the name in the title */                              \
	F(TEXT, name) F(LIST, facts, confirm_fact)                                               \
	F(BOOL, is_final)	/* ends the time in which it could be undone */                 \
	F(TEXT, button) F(TEXT, action) F(TEXT, csrf) F(PART, typed, field) F(TEXT, back_href)
VIEW_DECLARE(bouncer_delete, BOUNCER_DELETE)
/* clang-format on */

/*
 * `grace_days`: how long it can be undone; `typed`, `problem`: what was typed in place of the name.
 * For one that is deleted already: to be rid of it at once. All but the frame and the form's token.
 */
void bouncer_delete_view_init(struct bouncer_delete_view *, const struct bouncer *,
    int64_t grace_days, const char *typed, const char *problem, int64_t now, struct arena *);
/* The page before a restart; all but the frame and the form's token. */
void bouncer_view_confirm_restart(struct confirm_view *, const struct bouncer *, struct arena *);

#endif
