/*
 * Recording events. An event is written by the very statement that does what it tells of, so that
 * both happen or neither does:
 *
 *	"WITH signed_in AS (UPDATE users SET … RETURNING keycloak_sub), "
 *	RECORD_EVENT("recorded", EVENT_WORD_LOGIN, EVENT_NO_METADATA, "signed_in")
 *	" SELECT …"
 */
#ifndef EVENTS_EVENTS_STORE_H
#define EVENTS_EVENTS_STORE_H

#include <stdint.h>

#include "db/db_query.h"
#include "events/events.h"

#define EVENT_NO_METADATA "'{}'::jsonb"

/*
 * One entry of a WITH list, named `cte`: an event for each row of `from`, which has a column
 * keycloak_sub and may end in a WHERE ("signed_in WHERE is_new"). `metadata` is an SQL expression
 * of type jsonb over the same rows: "jsonb_build_object('bouncer', name)". All are literals;
 * `word` is an EVENT_WORD_… .
 */
#define RECORD_EVENT(cte, word, metadata, from)                                                    \
	cte " AS (INSERT INTO events (user_sub, event_type, metadata)"                             \
	    " SELECT keycloak_sub, '" word "', " metadata " FROM " from ")"

/* Answers one number (db_row_only_int): the partitions made for the next `months_ahead` months. */
void events_store_make_partitions(struct db_query *, int64_t months_ahead);
/* Answers one number: the partitions dropped, all of whose events were older than `keep_days`. */
void events_store_drop_partitions(struct db_query *, int64_t keep_days);
/*
 * Brings event_days up to date with the events that came since it was last called, whatever day
 * they are of, and with who was banned or marked as staff or test since. Any number of callers at
 * once. Answers one number: the changes.
 */
void events_store_fold(struct db_query *);

#endif
