/*
 * How much an account keeps at txt and pics: GET {base}/api/usage/{sub}. Both services answer the
 * same but for the name of the count:
 *
 *	{"paste_count":12,"storage_bytes":45678}	{"image_count":8,"storage_bytes":234567}
 */
#ifndef CLIENTS_USAGE_API_H
#define CLIENTS_USAGE_API_H

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "source/source.h"

#define USAGE_API_TXT_COUNT "paste_count"
#define USAGE_API_PICS_COUNT "image_count"

/* `base` without a final slash; the secret "" is not sent. ERR_INVALID: a secret no header can
 * hold. */
enum err usage_api_request(struct call_request *, struct arena *, const char *base, const char *sub,
    const char *secret, int timeout_ms);
/*
 * `count` is one of USAGE_API_…_COUNT. ERR_FORBIDDEN: the secret is not theirs (401, 403);
 * ERR_NOT_FOUND: they do not know the account; ERR_UPSTREAM: anything but such an answer, negative
 * numbers included; or the error of call_result_err().
 */
enum err usage_api_reply(
    struct usage_answer *, struct arena *, const struct call_reply *, const char *count);

#endif
