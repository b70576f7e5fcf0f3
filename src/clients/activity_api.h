/*
 * Who made something at txt or pics on a day (in UTC), page by page:
 * GET {base}/api/activity?day=YYYY-MM-DD&after=SUB
 *
 *	{"subs":["alice","bob"],"next":"bob"}
 *
 * `next` is what the following page is asked with; null, after the last one.
 */
#ifndef CLIENTS_ACTIVITY_API_H
#define CLIENTS_ACTIVITY_API_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"

#define ACTIVITY_API_PAGE 500 /* subs of a page */

struct activity_page {
	const char **subs;
	size_t n;
	const char *next; /* NULL: that was all */
};

/* How the service is asked: `base` without a final slash; the secret "" is not sent. */
struct activity_api {
	const char *base, *secret;
	int timeout_ms;
};

/* `day`: Unix seconds of its midnight; `after` NULL: from the beginning. ERR_INVALID: a secret that
 * no header can hold. */
enum err activity_api_request(struct call_request *, struct arena *, const struct activity_api *,
    int64_t day, const char *after);
/*
 * ERR_FORBIDDEN: the secret is not theirs (401, 403); ERR_NOT_FOUND: an older service, which does
 * not tell; ERR_UPSTREAM: anything but such an answer; or the error of call_result_err().
 */
enum err activity_api_reply(struct activity_page *, struct arena *, const struct call_reply *);

#endif
