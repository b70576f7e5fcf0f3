/*
 * What Stripe posts to /webhooks/stripe, as far as it can be told without database and network:
 * whether it is Stripe's, and what of it the inbox keeps.
 */
#ifndef BILLING_WEBHOOK_H
#define BILLING_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "billing/inbox_store.h"

#define WEBHOOK_BODY_MAX 1048576

/*
 * Whether the body was signed with one of the secrets, `old` being "" but while the secret is
 * rolled. Errors of stripe_sig_check(); *why then says it for the log.
 */
enum err webhook_check(const char *header, const char *body, size_t len, const char *secret,
    const char *old, int64_t now, const char **why);
/* The JSON of a body; an escaped NUL is read as U+FFFD. Errors of json_read_parse(). */
enum err webhook_parse(const struct json **, struct arena *, const char *body, size_t len);
/*
 * The event as the inbox keeps it, its texts in the arena. ERR_INVALID: it is none that can be
 * kept, or not of the mode that `is_live` says; *why then says it, for the log and for Stripe's
 * dashboard. The body is believed to be Stripe's.
 */
enum err webhook_read(struct inbox_event *, struct arena *, const char *body, size_t len,
    bool is_live, const char **why);

#endif
