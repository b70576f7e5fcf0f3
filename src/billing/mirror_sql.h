/* What the statements of the mirror have in common. */
#ifndef BILLING_MIRROR_SQL_H
#define BILLING_MIRROR_SQL_H

#include <stdint.h>

#include "clients/stripe_object.h"
#include "db/db_query.h"

/* Unix seconds and microseconds; NULL stays NULL. */
#define AT(param) "to_timestamp((" param ")::bigint)"
#define AT_US(param) "(timestamptz 'epoch' + (" param ")::bigint * interval '1 microsecond')"

/*
 * Ends a statement whose WITH list has `old` (the row that was, or none) and `put` (the row as it
 * is now, or none if what was put is older). `ignored` is an array of columns that may differ.
 */
#define PUT_OUTCOME(ignored)                                                                       \
	"CASE WHEN p.id IS NULL THEN 'older' WHEN o.id IS NULL THEN 'new'"                         \
	" WHEN to_jsonb(o) - " ignored " = to_jsonb(p) - " ignored " THEN 'same'"                  \
	" ELSE 'changed' END"
#define OLD_AND_PUT "(SELECT 1) one LEFT JOIN old o ON true LEFT JOIN put p ON true"
#define IGNORED_READ_AT "'{read_at}'::text[]"

/*
 * When something changed that Stripe gives no time for. The event says so; but it may tell of an
 * earlier change than the one that is seen now, which came after the last look at what was.
 */
#define NOT_BEFORE_SEEN(at) "GREATEST(" at ", (SELECT read_at FROM old))"

/* An account whose plan is to be looked at; `from` is a table with user_id, and a WHERE. */
#define CHECK_PLAN(cte, from)                                                                      \
	cte " AS (INSERT INTO plan_checks (user_id) SELECT user_id FROM " from                     \
	    " ON CONFLICT (user_id) DO UPDATE SET due_at = now())"

static inline void
db_param_known(struct db_query *q, int64_t amount)
{
	if (amount == STRIPE_UNKNOWN)
		db_param_text(q, NULL);
	else
		db_param_int(q, amount);
}

static inline void
db_param_moment(struct db_query *q, int64_t at)
{
	db_param_known(q, at == 0 ? STRIPE_UNKNOWN : at);
}

#endif
