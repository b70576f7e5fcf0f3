/*
 * What Stripe does not tell us by itself is asked for: events that did not arrive, and whether what
 * we believe is still so. For tasks; each takes the mirror with its connections, and leaves a
 * sentence in its `error` when it fails. A subscription that cannot be read or put is logged, and
 * passed by: only what all would suffer, or several in a row do, ends the whole.
 */
#ifndef BILLING_SYNC_H
#define BILLING_SYNC_H

#include <stdint.h>

#include "base/err.h"
#include "billing/mirror.h"

/*
 * Puts the events of Stripe's list into the inbox, from an hour before the last complete look on,
 * at first of three days; *found: those that were not there.
 */
enum err sync_gaps(struct mirror *, int64_t *found);
/*
 * Compares all subscriptions that live, by Stripe's word or by ours, and repairs the mirror;
 * *drift: how many differed, leaving aside what an event that waits will tell anyway. ERR_INVALID:
 * so many are gone at once (more than five, and than one in a hundred) that the key must be of
 * another account; they stay as they were.
 */
enum err sync_reconcile(struct mirror *, int64_t *drift);
/* Puts all subscriptions there are: for whoever has no webhook. *changed: those that were new or
 * other ones. */
enum err sync_poll(struct mirror *, int64_t *changed);

#endif
