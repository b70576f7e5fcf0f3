#include "source/source_store.h"

#include "db/db_row.h"

/* What every statement here begins with: $1 account, $2 source, $3 bouncer or NULL. */
static void
add_subject(struct db_query *q, const struct source_subject *s)
{
	db_param_int(q, s->user_id);
	db_param_text(q, source_words[s->kind]);
	if (s->bouncer_id > 0)
		db_param_int(q, s->bouncer_id);
	else
		db_param_text(q, NULL);
}

#define WHERE_SUBJECT                                                                              \
	" WHERE user_id = $1::bigint AND source = $2 AND bouncer_id IS NOT DISTINCT FROM "         \
	"$3::bigint"

/*
 * 14 s, not SOURCE_FRESH_S: pages compare whole seconds. A refresh of another process that has just
 * ended is not done again.
 */
static const char claim_sql[] =
    "INSERT INTO source_snapshots AS s (user_id, source, bouncer_id, refreshing_until)"
    " VALUES ($1::bigint, $2, $3::bigint, now() + make_interval(secs => $4::bigint))"
    " ON CONFLICT (user_id, source, bouncer_id) DO UPDATE"
    " SET refreshing_until = EXCLUDED.refreshing_until"
    " WHERE (s.refreshing_until IS NULL OR s.refreshing_until <= now())"
    " AND (s.tried_at IS NULL OR s.tried_at <= now() - interval '14 s' OR s.tried_at > now())"
    " RETURNING s.failure, s.counted_id, s.counted_messages,"
    " CASE WHEN s.seen_at <= now() - make_interval(secs => $5::bigint)"
    " THEN greatest(s.seen_id, s.counted_id) ELSE s.counted_id END,"
    " s.seen_id, s.recount_id, s.recount_messages";

void
source_store_claim(struct db_query *q, const struct source_subject *s)
{
	db_query_write(q, claim_sql);
	add_subject(q, s);
	db_param_int(q, SOURCE_STORE_CLAIM_S);
	db_param_int(q, SOURCE_COUNT_SETTLED_S);
}

enum err
source_store_read_claim(const PGresult *res, bool *is_ours, struct source_count *count,
    enum source_failure *last_failure)
{
	struct db_row r;

	*is_ours = PQntuples(res) > 0;
	if (!*is_ours)
		return ERR_OK;
	r = db_row_at(res, 0);
	*last_failure = source_failure_of_word(PQgetvalue(res, 0, 0));
	db_row_skip(&r);
	count->id = db_row_int(&r);
	count->messages = db_row_int(&r);
	count->settled_id = db_row_int(&r);
	count->seen_id = db_row_int(&r);
	count->recount_id = db_row_int_or(&r, -1);
	count->recount_messages = db_row_int_or(&r, -1);
	return db_row_end(&r);
}

static const char refreshing_sql[] =
    "SELECT coalesce(refreshing_until > now(), false) FROM source_snapshots" WHERE_SUBJECT;

void
source_store_ask_refreshing(struct db_query *q, const struct source_subject *s)
{
	db_query_read(q, refreshing_sql);
	add_subject(q, s);
}

enum err
source_store_read_refreshing(const PGresult *res, bool *is_refreshing)
{
	struct db_row r;

	*is_refreshing = false;
	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	*is_refreshing = db_row_bool(&r);
	return db_row_end(&r);
}

#define SET_ANSWER                                                                                 \
	"UPDATE source_snapshots SET answer = $4::json, answered_at = now(), tried_at = now(),"    \
	" failure = 'fine', refreshing_until = CASE WHEN $5::boolean THEN refreshing_until END"

static const char save_sql[] = SET_ANSWER WHERE_SUBJECT;

/* A recount that was started while this refresh ran is left alone. */
static const char save_count_sql[] =
    SET_ANSWER ", counted_id = $6::bigint, counted_messages = $7::bigint, seen_id = $8::bigint,"
	       " seen_at = now(),"
	       " recount_id = CASE WHEN $9::boolean THEN $10::bigint ELSE recount_id END,"
	       " recount_messages = CASE WHEN $9::boolean THEN $11::bigint ELSE recount_messages "
	       "END" WHERE_SUBJECT;

static void
add_int_or_null(struct db_query *q, int64_t number)
{
	if (number >= 0)
		db_param_int(q, number);
	else
		db_param_text(q, NULL);
}

void
source_store_save(struct db_query *q, const struct source_subject *s, const char *answer,
    bool goes_on, const struct source_count *count, bool had_recount)
{
	db_query_write(q, count != NULL ? save_count_sql : save_sql);
	add_subject(q, s);
	db_param_text(q, answer);
	db_param_bool(q, goes_on);
	if (count == NULL)
		return;
	db_param_int(q, count->id);
	db_param_int(q, count->messages);
	db_param_int(q, count->seen_id);
	db_param_bool(q, had_recount);
	add_int_or_null(q, count->recount_id);
	add_int_or_null(q, count->recount_messages);
}

static const char save_failure_sql[] = "UPDATE source_snapshots SET tried_at = now(), failure = "
				       "$4, refreshing_until = NULL" WHERE_SUBJECT;

void
source_store_save_failure(
    struct db_query *q, const struct source_subject *s, enum source_failure failure)
{
	db_query_write(q, save_failure_sql);
	add_subject(q, s);
	db_param_text(q, source_failure_words[failure]);
}

void
source_store_start_recounts(struct db_query *q)
{
	db_query_write(q, "UPDATE source_snapshots SET recount_id = 0, recount_messages = 0"
			  " WHERE source = 'soju' AND counted_id > 0 AND recount_id IS NULL");
}
