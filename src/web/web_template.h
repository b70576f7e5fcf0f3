/* The templates of all pages: embedded in the prod flavour, read from templates/ in the dev one. */
#ifndef WEB_WEB_TEMPLATE_H
#define WEB_WEB_TEMPLATE_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/view.h"

/* Binds every page; called once before the fork. ERR_INVALID: what is wrong is logged. */
enum err web_template_init(struct view_type *const *views, size_t n);
/*
 * Renders a view. In the dev flavour the template is read anew each time, and a broken one gives
 * ERR_INTERNAL and its message in the log; else ERR_OK.
 */
enum err web_template_render(struct view_type *, const void *view, struct strbuf *out);

#endif
