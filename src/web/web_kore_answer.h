/*
 * The error answers that Kore makes by itself (a head that is none, a time-out, too many requests)
 * look like ours: the fixed headers and a page instead of an empty body.
 */
#ifndef WEB_WEB_KORE_ANSWER_H
#define WEB_WEB_KORE_ANSWER_H

#include "base/err.h"

/*
 * Renders the pages; called once before the fork, after web_respond_init() and
 * web_template_init(). An error of the template is logged.
 */
enum err web_kore_answer_init(void);

#endif
