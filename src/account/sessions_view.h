/* The page /account/sessions: where the account is signed in, and what it did lately. */
#ifndef ACCOUNT_SESSIONS_VIEW_H
#define ACCOUNT_SESSIONS_VIEW_H

#include <stdint.h>

#include "account/session.h"
#include "base/arena.h"
#include "base/view.h"
#include "web/frame_view.h"

#define SESSION_ROW(F)                                                                             \
	F(TEXT, id) F(TEXT, browser) F(BOOL, is_this) F(PART, begun, time) F(PART, used, time)
VIEW_DECLARE(session_row, SESSION_ROW)

#define ACTIVITY_ROW(F) F(TEXT, words) F(PART, at, time)
VIEW_DECLARE(activity_row, ACTIVITY_ROW)

/* clang-format off */
#define SESSIONS(F)                                                                             \
	F(PART, frame, frame)                                                                   \
	F(TEXT, roles)	     /* of this session; absent: none */                                \
	F(LIST, rows, session_row)                                                              \
	F(TEXT, hidden)	     /* how many more there are than the page shows */                  \
	F(BOOL, has_others)                                                                     \
	F(TEXT, end_csrf)    /* for the forms that end one, and all others */                   \
	F(TEXT, end_others_csrf)                                                                \
	F(LIST, activity, activity_row)
VIEW_DECLARE(sessions, SESSIONS)
/* clang-format on */

/* All but the frame and the tokens; texts live in the arena. */
void sessions_view_init(struct sessions_view *, const struct session_list *,
    const struct activity_list *, int64_t now, struct arena *);

#endif
