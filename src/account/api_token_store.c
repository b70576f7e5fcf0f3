#include "account/api_token_store.h"

#include <string.h>

#include "db/db_row.h"

#define HINT_LEN 4

#define TOKEN_COLS                                                                                 \
	"id, label, hint, 'txt' = ANY (scopes), 'pics' = ANY (scopes),"                            \
	" floor(extract(epoch FROM created_at))::bigint,"                                          \
	" floor(extract(epoch FROM last_used_at))::bigint,"                                        \
	" floor(extract(epoch FROM expires_at))::bigint, expires_at <= now()"

static enum err
read_row(struct api_token *t, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);

	t->id = db_row_int(&r);
	t->label = db_row_text(&r, a);
	t->hint = db_row_text(&r, a);
	t->may[API_SCOPE_TXT] = db_row_bool(&r);
	t->may[API_SCOPE_PICS] = db_row_bool(&r);
	t->made_at = db_row_int(&r);
	t->used_at = db_row_int_or(&r, 0);
	t->expires_at = db_row_int_or(&r, 0);
	t->is_expired = db_row_bool_or(&r, false);
	return db_row_end(&r);
}

void
api_token_store_list(struct db_query *q, int64_t user_id)
{
	db_query_read(q, "SELECT " TOKEN_COLS " FROM api_tokens WHERE user_id = $1"
			 " ORDER BY created_at DESC, id DESC");
	db_param_int(q, user_id);
}

enum err
api_token_store_list_read(struct api_token_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;
	int i;

	*list = (struct api_token_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_row(&list->v[i], a, res, i);
	return e;
}

void
api_token_store_find(struct db_query *q, int64_t user_id, int64_t id)
{
	db_query_read(q, "SELECT " TOKEN_COLS " FROM api_tokens WHERE user_id = $1 AND id = $2");
	db_param_int(q, user_id);
	db_param_int(q, id);
}

enum err
api_token_store_find_read(struct api_token *t, struct arena *a, const PGresult *res)
{
	return PQntuples(res) == 0 ? ERR_NOT_FOUND : read_row(t, a, res, 0);
}

static const char *
scope_array(const struct api_token_form *form)
{
	const bool *may = form->may;

	return may[API_SCOPE_TXT] && may[API_SCOPE_PICS] ? "{txt,pics}"
	       : may[API_SCOPE_TXT]			 ? "{txt}"
							 : "{pics}";
}

static void
param_hash(struct db_query *q, const char *text)
{
	unsigned char *hash = arena_alloc(q->arena, DIGEST_BYTES);

	digest_sha256(hash, text, strlen(text));
	db_param_bytes(q, hash, DIGEST_BYTES);
}

/*
 * The lowest free number is the place of the new one. Two forms at once may both want it: then the
 * second makes nothing. The row says how many there were, whether this form had made one, and
 * whether it has now.
 */
void
api_token_store_make(
    struct db_query *q, int64_t user_id, const struct api_token_form *form, const char *text)
{
	db_query_write(q,
	    "WITH free AS (SELECT n FROM generate_series(1, $8::int) n WHERE NOT EXISTS"
	    "  (SELECT FROM api_tokens WHERE user_id = $1 AND slot = n) ORDER BY n LIMIT 1),"
	    " made AS (INSERT INTO api_tokens"
	    "  (user_id, slot, label, scopes, token_hash, hint, form_hash, expires_at)"
	    "  SELECT $1, n, $2, $3::text[], $4::bytea, $5, $6::bytea,"
	    "   CASE WHEN $7::int > 0 THEN now() + make_interval(days => $7) END FROM free"
	    "  ON CONFLICT DO NOTHING RETURNING id)"
	    " SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM free),"
	    " (SELECT count(*) FROM api_tokens WHERE user_id = $1 AND form_hash = $6)");
	db_param_int(q, user_id);
	db_param_text(q, form->label);
	db_param_text(q, scope_array(form));
	param_hash(q, text);
	db_param_text(q, text + strlen(text) - HINT_LEN);
	param_hash(q, form->once);
	db_param_int(q, api_term_days(form->chosen));
	db_param_int(q, API_TOKENS_MAX);
}

enum err
api_token_store_make_read(enum api_token_made *made, const PGresult *res)
{
	struct db_row r;
	int64_t is_made, has_room, was_made;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	is_made = db_row_int(&r);
	has_room = db_row_int(&r);
	was_made = db_row_int(&r);
	*made = is_made	   ? API_TOKEN_MADE
		: was_made ? API_TOKEN_MADE_BEFORE
		: has_room ? API_TOKEN_CROSSED
			   : API_TOKEN_TOO_MANY;
	return db_row_end(&r);
}

void
api_token_store_revoke(struct db_query *q, int64_t user_id, int64_t id)
{
	db_query_write(q, "DELETE FROM api_tokens WHERE user_id = $1 AND id = $2");
	db_param_int(q, user_id);
	db_param_int(q, id);
}
