/* Where a form was posted from: browsers say it, and a page takes only its own. */
#ifndef WEB_WEB_ORIGIN_H
#define WEB_WEB_ORIGIN_H

#include <stdbool.h>

#include "web/web_flow.h"

/* True if the browser says that the request comes from another site; one that says nothing is too
 * old for it. */
bool web_origin_is_foreign(struct web_flow *);

#endif
