/* The page for what went wrong: what happened in a sentence, and where to go from here. */
#ifndef WEB_ERROR_VIEW_H
#define WEB_ERROR_VIEW_H

#include "base/view.h"
#include "web/frame_view.h"

/* clang-format off */
#define ERROR(F)                                                                                \
	F(PART, frame, frame)                                                                   \
	F(INT, status) F(TEXT, title) F(TEXT, sentence)                                         \
	F(TEXT, advice)					/* what to do next */                   \
	F(BOOL, offers_signin) F(BOOL, offers_retry)                                            \
	F(TEXT, way_href) F(TEXT, way) /* where the reason is told, if a page does that */      \
	F(TEXT, home_href) /* of who is signed in, if it is not the front page */               \
	F(TEXT, request_id)
VIEW_DECLARE(error, ERROR)
/* clang-format on */

/*
 * Everything but the frame. `sentence` NULL: the usual one for the status. `request_id` NULL: none
 * is shown. Texts must live as long as the view.
 */
void error_view_init(struct error_view *, int status, const char *sentence, const char *request_id);
/* The title of an error page: "Not found". Never NULL. */
const char *error_view_title(int status);

#endif
