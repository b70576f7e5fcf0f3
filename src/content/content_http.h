/* What the portal asks txt and pics, at the internal address. */
#ifndef CONTENT_CONTENT_HTTP_H
#define CONTENT_CONTENT_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

/* GET /api/usage/{sub}: {"paste_count":12,"storage_bytes":45678}, zeros for who is unknown here. */
int content_usage_show(struct http_request *);
/*
 * DELETE /api/content/{sub}: deletes what the account stores and all that is known of it here, and
 * says how much: {"paste_count":12,"storage_bytes":45678,"is_complete":true}. Whoever stores more
 * than one request may delete gets false; asking again goes on. What is gone stays gone, so asking
 * once more does no harm.
 */
int content_destroy(struct http_request *);
/*
 * GET /api/activity?day=YYYY-MM-DD&after=SUB: who made something on that day, in UTC, page by page:
 * {"subs":["alice","bob"],"next":"bob"}; `next` is null at the end.
 */
int content_activity_index(struct http_request *);

#endif
