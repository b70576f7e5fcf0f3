#include "billing/backfill_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_row.h"

/* The first key keeps us apart from whoever else uses advisory locks: "fill" in ASCII. */
#define LOCK_KEYS "1718185068, 1"

void
backfill_store_lock(struct db_query *q)
{
	db_query_write(q, "SELECT pg_try_advisory_lock(" LOCK_KEYS ")");
}

enum err
backfill_store_lock_read(const PGresult *res, bool *is_taken)
{
	return db_row_only_bool(res, is_taken);
}

/* ---- How far it came ---- */

void
backfill_store_place(struct db_query *q, const char *name)
{
	db_query_read(q, "SELECT value FROM stripe_cursors WHERE name = $1");
	db_param_text(q, name);
}

/* "1767225600 1767312000 in_1" */
static enum err
read_value(const char *value, struct backfill_place *p)
{
	char *end;

	p->from = strtoll(value, &end, 10);
	if (end == value || *end != ' ')
		return ERR_NOT_FOUND;
	value = end;
	p->at = strtoll(value, &end, 10);
	if (end == value || *end != ' ' || strlen(end + 1) >= sizeof(p->after))
		return ERR_NOT_FOUND;
	memcpy(p->after, end + 1, strlen(end + 1) + 1);
	return p->from > 0 && p->at >= p->from ? ERR_OK : ERR_NOT_FOUND;
}

enum err
backfill_store_place_read(const PGresult *res, struct arena *a, struct backfill_place *p)
{
	const char *value;
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	value = db_row_text(&r, a);
	return db_row_end(&r) == ERR_OK ? read_value(value, p) : ERR_INTERNAL;
}

void
backfill_store_move(struct db_query *q, const char *name, const struct backfill_place *p)
{
	db_query_write(q,
	    "INSERT INTO stripe_cursors (name, value) VALUES ($1, $2)"
	    " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, moved_at = now()");
	db_param_text(q, name);
	db_param_text(
	    q, arena_printf(q->arena, "%" PRId64 " %" PRId64 " %s", p->from, p->at, p->after));
}

void
backfill_store_forget(struct db_query *q, const char *names)
{
	db_query_write(q, "DELETE FROM stripe_cursors WHERE starts_with(name, $1)");
	db_param_text(q, names);
}

/* ---- Payments with invoices ---- */

void
backfill_store_make_intents(struct db_query *q)
{
	db_query_write(
	    q, "CREATE TEMPORARY TABLE IF NOT EXISTS backfill_intents (id text PRIMARY KEY)");
}

void
backfill_store_keep_intents(struct db_query *q, const char *ids)
{
	db_query_write(q,
	    "INSERT INTO backfill_intents SELECT DISTINCT jsonb_array_elements_text($1::jsonb)"
	    " ON CONFLICT DO NOTHING");
	db_param_text(q, ids);
}

void
backfill_store_new_intents(struct db_query *q, const char *ids)
{
	db_query_read(q,
	    "SELECT i.id FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS i (id, n)"
	    " WHERE NOT EXISTS (SELECT FROM backfill_intents b WHERE b.id = i.id)"
	    " AND NOT EXISTS (SELECT FROM stripe_payment_intents p"
	    " WHERE p.id = i.id AND p.status = 'succeeded') ORDER BY i.n");
	db_param_text(q, ids);
}

enum err
backfill_store_ids(const PGresult *res, struct arena *a, const char ***ids, size_t *n)
{
	enum err e = ERR_OK;
	struct db_row r;

	*n = (size_t)PQntuples(res);
	*ids = arena_array(a, *n, sizeof(**ids));
	for (size_t i = 0; i < *n && e == ERR_OK; i++) {
		r = db_row_at(res, (int)i);
		(*ids)[i] = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}
