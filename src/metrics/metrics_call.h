/* Counts calls to outside services: what they came to, how long they took, and the last good one.
 */
#ifndef METRICS_METRICS_CALL_H
#define METRICS_METRICS_CALL_H

#include <stdint.h>

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
/* For what is no call over HTTP: a database, a socket, a mail server. */
void metrics_call_end(const char *service, enum call_result, int64_t duration_us);
/* The same where an error is all that is known: refused where there is nobody, a status where the
 * other side says no. */
void metrics_call_err(const char *service, enum err, int64_t duration_us);

#endif
