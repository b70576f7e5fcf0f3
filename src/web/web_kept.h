/*
 * Whole pages that are believed for a moment (base/keep.h), each for the session that saw it: the
 * description of the page says for how long (keep_ms). Only what a GET without anything special
 * shows is kept: status 200, no header of its own.
 */
#ifndef WEB_WEB_KEPT_H
#define WEB_WEB_KEPT_H

#include "base/strbuf.h"
#include "web/web_flow.h"

/* What this session saw at this address a moment ago; NULL if nothing. Valid until the next call.
 */
const struct strbuf *web_kept_find(const struct web_flow *);
/* Takes the page's bytes if they may be kept; else they are left to the caller. */
void web_kept_put(const struct web_flow *, struct strbuf *body);

#endif
