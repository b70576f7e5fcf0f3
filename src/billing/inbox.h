/*
 * Obeys what waits in the inbox: an event is a hint at an object, which is fetched and put into the
 * mirror (mirror.h), however many events tell of it and in whatever order. For tasks.
 *
 * What fails for a reason that may pass is tried again later and later, for a week; what cannot
 * succeed stays as failed, for an admin. When Stripe does not answer at all, or refuses
 * our key, the rest is given back untried, and nothing is asked for a while: an hour without Stripe
 * loses nothing. Answers that are none (5xx, no JSON) several times in a row put off their kind of
 * object alone.
 */
#ifndef BILLING_INBOX_H
#define BILLING_INBOX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "db/db_sync.h"

/*
 * Until nothing waits, or for some seconds; a few threads help, each with a connection to
 * `database_url`, when much waits. An error is the database's; Stripe's are the events'.
 */
enum err inbox_obey(struct db_sync *, const char *database_url, bool is_live);

#endif
