#include "txt/paste_store.h"

#include <string.h>

#include "content/content_store.h"
#include "db/db_row.h"
#include "txt/colour.h"

#define SECONDS(column) "floor(extract(epoch FROM " column "))::bigint"
#define COLS                                                                                       \
	"p.id, p.user_id, p.public_id, p.title, p.syntax, p.visibility, p.bytes, p.lines,"         \
	" p.views, " SECONDS("p.created_at") ", " SECONDS("p.expires_at")
#define IS_THERE "(p.expires_at IS NULL OR p.expires_at > now())"

/* A syntax of a later version is shown as plain text. */
static enum syntax
read_syntax(struct db_row *r, struct arena *a)
{
	const enum syntax s = syntax_find(db_row_text(r, a));

	return s == SYNTAX__MAX ? SYNTAX_TEXT : s;
}

static void
read_cols(struct paste *p, struct db_row *r, struct arena *a)
{
	p->id = db_row_int(r);
	p->user_id = db_row_int(r);
	p->public_id = db_row_text(r, a);
	p->title = db_row_text(r, a);
	p->syntax = read_syntax(r, a);
	p->visibility = (enum visibility)db_row_word(r, visibility_words, VISIBILITY__MAX);
	p->bytes = db_row_int(r);
	p->lines = db_row_int(r);
	p->views = db_row_int(r);
	p->created_at = db_row_int(r);
	p->expires_at = db_row_int_or(r, 0);
}

/* ---- Making ---- */

/* The row of usage is locked by whoever makes one, so that the quota holds however many do. */
static const char create_sql[] =
    "WITH room AS (INSERT INTO usage AS u (user_id, count, bytes)"
    " SELECT $1::bigint, 1, $6::bigint WHERE $6::bigint <= $9::bigint"
    " ON CONFLICT (user_id) DO UPDATE SET count = u.count + 1, bytes = u.bytes + excluded.bytes"
    " WHERE u.bytes + excluded.bytes <= $9::bigint RETURNING u.user_id),"
    " made AS (INSERT INTO pastes"
    " (user_id, public_id, title, syntax, visibility, bytes, lines, expires_at)"
    " SELECT user_id, $2, $3, $4, $5, $6::bigint, $7::bigint,"
    " now() + make_interval(secs => $8::bigint) FROM room RETURNING id, user_id, expires_at),"
    " " CONTENT_MADE_TODAY("told",
	"made") ","
		" written AS (INSERT INTO paste_bodies (paste_id, body) SELECT id, $10 FROM made)"
		" SELECT (SELECT count(*) FROM made), (SELECT " SECONDS(
		    "expires_at") " FROM made),"
				  " coalesce((SELECT bytes FROM usage WHERE user_id = $1::bigint), "
				  "0)";

void
paste_store_create(struct db_query *q, int64_t user_id, const struct paste_draft *d, int64_t quota)
{
	db_query_write(q, create_sql);
	db_param_int(q, user_id);
	db_param_text(q, d->public_id);
	db_param_text(q, d->title);
	db_param_text(q, syntax_words[d->syntax]);
	db_param_text(q, visibility_words[d->visibility]);
	db_param_int(q, (int64_t)d->len);
	db_param_int(q, d->lines);
	if (d->expiry == EXPIRY_NEVER)
		db_param_text(q, NULL);
	else
		db_param_int(q, paste_expiry_seconds[d->expiry]);
	db_param_int(q, quota);
	db_param_text(q, d->body);
}

enum err
paste_store_create_read(const PGresult *res, struct paste_made *made)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	made->is_made = db_row_int(&r) == 1;
	made->expires_at = db_row_int_or(&r, 0);
	made->used = db_row_int(&r);
	return db_row_end(&r);
}

/* ---- Showing ---- */

void
paste_store_show(struct db_query *q, const char *public_id, int64_t user_id)
{
	db_query_read(q,
	    "SELECT " COLS ", b.body, c.html FROM pastes p JOIN paste_bodies b ON b.paste_id = p.id"
	    " LEFT JOIN paste_colours c ON c.paste_id = p.id AND c.version = $3::int"
	    " WHERE p.public_id = $1 AND " IS_THERE
	    " AND (p.visibility <> 'private' OR p.user_id = $2)");
	db_param_text(q, public_id);
	db_param_int(q, user_id);
	db_param_int(q, COLOUR_VERSION);
}

enum err
paste_store_show_read(struct paste **found, struct arena *a, const PGresult *res)
{
	struct paste *p;
	struct db_row r;

	*found = NULL;
	if (PQntuples(res) == 0)
		return ERR_OK;
	p = *found = arena_alloc(a, sizeof(*p));
	r = db_row_at(res, 0);
	read_cols(p, &r, a);
	p->body = db_row_text(&r, a);
	p->html = db_row_text(&r, a);
	p->body_len = p->body != NULL ? strlen(p->body) : 0;
	return db_row_end(&r);
}

/* ---- Lists ---- */

/*
 * The order is part of the statement, so there is one for each; ids make it the same every time.
 * Without words an index gives the order and `usage` the total, however many there are; with words
 * all titles are read, once.
 */
#define ORDER(order, direction)                                                                    \
	" ORDER BY " order " " direction ", p.id " direction " LIMIT $3::bigint OFFSET $4::bigint"
#define LIST_SQL(order, direction)                                                                 \
	"SELECT " COLS ", coalesce((SELECT g.count FROM usage g WHERE g.user_id = $1), 0)"         \
	" FROM pastes p WHERE p.user_id = $1 AND " IS_THERE                                        \
	" AND $2::text = '' AND $5::bigint > 0" ORDER(order, direction)
#define SEARCH_SQL(order, direction)                                                               \
	"WITH found AS MATERIALIZED (SELECT * FROM pastes p WHERE p.user_id = $1 AND " IS_THERE    \
	" AND strpos(lower(p.title), lower($2)) > 0 LIMIT $5::bigint)"                             \
	" SELECT " COLS ", (SELECT count(*) FROM found) FROM found p" ORDER(order, direction)

#define SORTS(SQL)                                                                                 \
	{                                                                                          \
		[SORT_MADE] = { SQL("p.created_at", "ASC"), SQL("p.created_at", "DESC") },         \
		[SORT_SIZE] = { SQL("p.bytes", "ASC"), SQL("p.bytes", "DESC") },                   \
		[SORT_VIEWS] = { SQL("p.views", "ASC"), SQL("p.views", "DESC") },                  \
		[SORT_TITLE] = { SQL("lower(p.title)", "ASC"), SQL("lower(p.title)", "DESC") },    \
	}

static const char *const list_sql[SORT__MAX][2] = SORTS(LIST_SQL);
static const char *const search_sql[SORT__MAX][2] = SORTS(SEARCH_SQL);

void
paste_store_list(struct db_query *q, int64_t user_id, const struct paste_search *s)
{
	const char *const *sql = *s->words == '\0' ? list_sql[s->sort] : search_sql[s->sort];

	db_query_read(q, sql[s->is_descending]);
	db_param_int(q, user_id);
	db_param_text(q, s->words);
	db_param_int(q, s->limit);
	db_param_int(q, s->offset);
	db_param_int(q, PASTE_SEARCH_MAX);
}

void
paste_store_some(struct db_query *q, int64_t user_id, const char *ids)
{
	db_query_read(q, "SELECT " COLS ", count(*) OVER () FROM pastes p WHERE p.user_id = $1"
			 " AND p.public_id = ANY ($2::text[]) AND " IS_THERE
			 " ORDER BY p.created_at DESC, p.id DESC");
	db_param_int(q, user_id);
	db_param_text(q, ids);
}

enum err
paste_store_list_read(struct paste_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	*list = (struct paste_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);

		read_cols(&list->v[i], &r, a);
		list->total = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}

/* ---- Going ---- */

void
paste_store_delete(struct db_query *q, int64_t user_id, const char *ids)
{
	db_query_write(q, "WITH gone AS (DELETE FROM pastes WHERE user_id = $1"
			  " AND public_id = ANY ($2::text[]) RETURNING 1)"
			  " SELECT count(*) FROM gone");
	db_param_int(q, user_id);
	db_param_text(q, ids);
}

void
paste_store_expire(struct db_query *q, int at_most)
{
	db_query_write(q, "WITH few AS (SELECT id FROM pastes WHERE expires_at <= now()"
			  " ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED),"
			  " gone AS (DELETE FROM pastes p USING few WHERE p.id = few.id"
			  " RETURNING 1) SELECT count(*) FROM gone");
	db_param_int(q, at_most);
}

void
paste_store_keep_colours(
    struct db_query *q, int64_t id, int version, const char *html, int64_t process_us)
{
	db_query_write(q,
	    "INSERT INTO paste_colours AS c (paste_id, version, html, process_us)"
	    " SELECT p.id, $2::int, $3, $4::bigint FROM pastes p WHERE p.id = $1::bigint"
	    " ON CONFLICT (paste_id) DO UPDATE SET version = excluded.version,"
	    " html = excluded.html, process_us = excluded.process_us, created_at = now()"
	    " WHERE c.version < excluded.version");
	db_param_int(q, id);
	db_param_int(q, version);
	db_param_text(q, html);
	db_param_int(q, process_us);
}
