/* Counts a call to an outside service by what it came to. */
#ifndef METRICS_METRICS_CALL_H
#define METRICS_METRICS_CALL_H

#include "base/call.h"

/*
 * `e` is what the client made of the reply, so that an error status and an answer that is no JSON
 * count as what they are. `service` is a word of ours: "txt", "oidc_token". Returns the outcome.
 */
enum call_result metrics_call(const char *service, enum err e, const struct call_reply *);
/*
 * The same, and unless it went well a line in the log says why: the outcome's word with the
 * client's `reason`, or libcurl's.
 */
enum call_result metrics_call_note(const char *area, const char *service, enum err e,
    const struct call_reply *, const char *reason);

#endif
