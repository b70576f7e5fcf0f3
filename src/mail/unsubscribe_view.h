/* The page that a mail's last link leads to. It says nothing about whose mail it was. */
#ifndef MAIL_UNSUBSCRIBE_VIEW_H
#define MAIL_UNSUBSCRIBE_VIEW_H

#include "base/view.h"
#include "web/frame_view.h"

/* clang-format off */
#define UNSUBSCRIBE(F)                                                                          \
	F(PART, frame, frame)                                                                   \
	F(BOOL, is_done)                                                                        \
	F(TEXT, action)	/* with its token */
VIEW_DECLARE(unsubscribe, UNSUBSCRIBE)
/* clang-format on */

#endif
