/* How a walk ends: a page, a redirect, or an error page. */
#ifndef WEB_WEB_PAGE_H
#define WEB_WEB_PAGE_H

#include "web/frame_view.h"
#include "web/web_flow.h"

/* Answers a request whose walk ended with `e`. The one place that turns errors into statuses. */
void web_page_answer(struct web_flow *, enum err e);
/* The status of an error page, for a page that shows its form again instead. */
int web_page_status(enum err);
/* As a page's `render`: the status says everything, and there is no body. */
enum err web_page_nothing(struct web_flow *, struct strbuf *);
/* Fills the frame around a page: title, navigation, who is signed in. */
void web_page_frame(struct web_flow *, struct frame_view *, const char *title);

/*
 * Appends the error page for a status as a stranger sees it, made without a request. `sentence`
 * NULL: the usual one.
 */
enum err web_page_stranger_error(int status, const char *sentence, struct strbuf *out);

#endif
