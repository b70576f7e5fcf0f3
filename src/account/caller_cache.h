/*
 * What the portal said of somebody, believed for a moment by the worker of txt or pics that asked:
 * good answers and bad ones, each in a store of its own, so that whoever tries out tokens drives
 * no good one out. A token is known by its hash only. A token that is revoked, and a plan that is
 * changed, is noticed after CALLER_CACHE_MS at most. CACHE=off: nothing is kept.
 *
 *	caller_cache_token(&key, hash);
 *	switch (caller_cache_find(&key, now_us, arena, &account)) {
 *	case CALLER_GOOD: …
 *	case CALLER_BAD: …		there is none: nobody need be asked
 *	case CALLER_UNKNOWN: …		ask; then caller_cache_put() with the answer
 *	}
 *
 * Only ERR_OK and ERR_NOT_FOUND of a reply are answers; what went wrong is asked again.
 */
#ifndef ACCOUNT_CALLER_CACHE_H
#define ACCOUNT_CALLER_CACHE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/keep.h"
#include "clients/portal_api.h"

#define CALLER_CACHE_MS 30000

enum caller_known { CALLER_UNKNOWN, CALLER_GOOD, CALLER_BAD };

/* What is asked for: a token with this hash (32 bytes), an account, an uploader. */
void caller_cache_token(struct keep_key *, const unsigned char *hash);
void caller_cache_account(struct keep_key *, const char *sub);
void caller_cache_uploader(struct keep_key *, const char *bouncer, const char *soju_username);

/* CALLER_GOOD: the account, with its texts in the arena. */
enum caller_known caller_cache_find(
    const struct keep_key *, int64_t now_us, struct arena *, struct portal_account *);
/* What was true at `asked_us` (clock_monotonic_us()); NULL: there is no such account or token. */
void caller_cache_put(const struct keep_key *, const struct portal_account *, int64_t asked_us);
/* All answers of all workers: somebody is no more, and is to be asked for anew. */
void caller_cache_forget(void);

#endif
