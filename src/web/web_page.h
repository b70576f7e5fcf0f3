/* How a walk ends: a page, a redirect, or an error page. */
#ifndef WEB_WEB_PAGE_H
#define WEB_WEB_PAGE_H

#include "web/frame_view.h"
#include "web/web_flow.h"

/* Answers a request whose walk ended with `e`. The one place that turns errors into statuses. */
void web_page_answer(struct web_flow *, enum err e);
/* Fills the frame around a page: title, navigation, who is signed in. */
void web_page_frame(struct web_flow *, struct frame_view *, const char *title);

#endif
