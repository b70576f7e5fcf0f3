/* See pics_store.h. */
#include "pics/pics_store.h"

#include <string.h>

#include "content/content_store.h"
#include "db/db_row.h"

/* ---- Coming ---- */

/*
 * The row of usage is locked until the statement ends, so uploads at once take turns, and each sees
 * what those before it have taken.
 */
/* clang-format off */
static const char reserve_sql[] =
    "WITH room AS ("
    "  INSERT INTO usage (user_id, count, bytes, reserved_bytes)"
    "  SELECT $1::bigint, 0, 0, $2::bigint WHERE $2::bigint <= $3::bigint"
    "  ON CONFLICT (user_id) DO UPDATE SET reserved_bytes = usage.reserved_bytes + $2::bigint"
    "   WHERE usage.bytes + usage.reserved_bytes + $2::bigint <= $3::bigint"
    "  RETURNING user_id),"
    " added AS ("
    "  INSERT INTO pictures (user_id, public_id, visibility, title, alt, format, width, height,"
    "    frames, full_bytes, view_bytes, thumb_bytes, full_hash, source)"
    "  SELECT user_id, $4, $5, $6, $7, $8, $9::int, $10::int, $11::int, $12::bigint,"
    "    $13::bigint, $14::bigint, $15::bytea, $16 FROM room"
    "  RETURNING id)"
    " SELECT coalesce((SELECT id FROM added), 0)";
/* clang-format on */

void
pics_store_reserve(
    struct db_query *q, const struct picture *p, enum pics_source source, int64_t quota)
{
	db_query_write(q, reserve_sql);
	db_param_int(q, p->user_id);
	db_param_int(q, p->bytes[PICS_FULL] + p->bytes[PICS_VIEW] + p->bytes[PICS_THUMB]);
	db_param_int(q, quota);
	db_param_text(q, p->public_id);
	db_param_text(q, visibility_words[p->visibility]);
	db_param_text(q, p->title);
	db_param_text(q, p->alt);
	db_param_text(q, image_format_words[p->format]);
	db_param_int(q, p->width);
	db_param_int(q, p->height);
	db_param_int(q, p->frames);
	db_param_int(q, p->bytes[PICS_FULL]);
	db_param_int(q, p->bytes[PICS_VIEW]);
	db_param_int(q, p->bytes[PICS_THUMB]);
	db_param_bytes(q, p->hash, sizeof(p->hash));
	db_param_text(q, pics_source_words[source]);
}

/* clang-format off */
static const char publish_sql[] =
    "WITH shown AS ("
    "  UPDATE pictures SET state = 'live' WHERE id = $1 AND state = 'pending'"
    "  RETURNING user_id, stored_bytes, format, source, visibility, created_at),"
    " used AS ("
    "  UPDATE usage SET reserved_bytes = usage.reserved_bytes - s.stored_bytes,"
    "    bytes = usage.bytes + s.stored_bytes, count = usage.count + 1"
    "  FROM shown s WHERE usage.user_id = s.user_id),"
    " " CONTENT_MADE_TODAY("told", "shown") ","
    " fact AS ("
    "  INSERT INTO picture_days AS d (day, format, source, visibility, size_class,"
    "    aspect_class, count, sent_bytes, stored_bytes, process_us)"
    "  SELECT (now() AT TIME ZONE 'UTC')::date, format, source, visibility, $2, $3, 1,"
    "    $4::bigint, stored_bytes, $5::bigint FROM shown"
    "  ON CONFLICT (day, format, source, visibility, size_class, aspect_class) DO UPDATE SET"
    "    count = d.count + 1, sent_bytes = d.sent_bytes + excluded.sent_bytes,"
    "    stored_bytes = d.stored_bytes + excluded.stored_bytes,"
    "    process_us = d.process_us + excluded.process_us)"
    " SELECT coalesce(max(floor(extract(epoch FROM created_at))), 0)::bigint FROM shown";
/* clang-format on */

void
pics_store_publish(
    struct db_query *q, const struct picture *p, int64_t sent_bytes, int64_t process_us)
{
	db_query_write(q, publish_sql);
	db_param_int(q, p->id);
	db_param_text(q, pics_size_class(sent_bytes));
	db_param_text(q, pics_aspect_class(p->width, p->height));
	db_param_int(q, sent_bytes);
	db_param_int(q, process_us);
}

/* What both ways of giving up a pending picture do with its room. */
#define GIVE_BACK                                                                                  \
	" UPDATE usage SET reserved_bytes = usage.reserved_bytes - b.bytes"                        \
	" FROM (SELECT user_id, sum(stored_bytes) AS bytes FROM given GROUP BY user_id) b"         \
	" WHERE usage.user_id = b.user_id"

void
pics_store_abandon(struct db_query *q, int64_t id)
{
	db_query_write(q,
	    "WITH given AS (UPDATE pictures SET state = 'gone', remove_at = now()"
	    " WHERE id = $1 AND state = 'pending' RETURNING user_id, stored_bytes)" GIVE_BACK);
	db_param_int(q, id);
}

/* ---- Being there ---- */

#define PICTURE_COLS                                                                               \
	"id, user_id, public_id, visibility, title, alt, format, width, height, frames,"           \
	" full_bytes, view_bytes, thumb_bytes, full_hash,"                                         \
	" floor(extract(epoch FROM created_at))::bigint, views"

static void
read_picture(struct db_row *r, struct picture *p, struct arena *a)
{
	unsigned char *hash;
	size_t len;

	p->id = db_row_int(r);
	p->user_id = db_row_int(r);
	p->public_id = db_row_text(r, a);
	p->visibility = (enum visibility)db_row_word(r, visibility_words, VISIBILITY__MAX);
	p->title = db_row_text(r, a);
	p->alt = db_row_text(r, a);
	p->format = (enum image_format)db_row_word(r, image_format_words, IMAGE_FORMAT__MAX);
	p->width = (int)db_row_int(r);
	p->height = (int)db_row_int(r);
	p->frames = (int)db_row_int(r);
	for (int i = 0; i < PICS_PART__MAX; i++)
		p->bytes[i] = db_row_int(r);
	hash = db_row_bytes(r, a, &len);
	if (hash != NULL && len == sizeof(p->hash))
		memcpy(p->hash, hash, len);
	p->created_at = db_row_int(r);
	p->views = db_row_int(r);
}

/* Looking at a page asks for it, its view and its thumbnail at once. */
#define KEEP_MS 5000

void
pics_store_find(struct db_query *q, const char *public_id, const int64_t *owner)
{
	db_query_read(
	    q, "SELECT " PICTURE_COLS " FROM pictures WHERE public_id = $1 AND state = 'live'");
	db_param_text(q, public_id);
	db_query_keep(q, KEEP_MS, owner);
}

enum err
pics_store_find_read(struct picture *p, struct arena *a, const PGresult *res)
{
	struct db_row r;

	*p = (struct picture){ 0 };
	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	read_picture(&r, p, a);
	return db_row_end(&r);
}

const char *const pics_sort_words[PICS_SORT__MAX] = {
	[PICS_NEWEST] = "newest",
	[PICS_OLDEST] = "oldest",
	[PICS_LARGEST] = "largest",
	[PICS_MOST_SEEN] = "views",
	[PICS_BY_TITLE] = "title",
};

/*
 * All of them are read along an index, and the kept counter is their number. Who searches reads
 * words of at most $5 that fit.
 */
/* clang-format off */
#define LIVE "user_id = $1 AND state = 'live'"
#define PAGE(order) " ORDER BY " order " LIMIT $3::int OFFSET $4::bigint"
#define LIST_SQL(order)                                                                            \
	"SELECT coalesce((SELECT count FROM usage WHERE user_id = $1), 0), " PICTURE_COLS          \
	" FROM pictures WHERE " LIVE " AND $2::text = '' AND $5::int > 0" PAGE(order)
#define SEARCH_SQL(order)                                                                          \
	"WITH found AS MATERIALIZED (SELECT * FROM pictures WHERE " LIVE                           \
	"   AND (title ILIKE $2 OR alt ILIKE $2) LIMIT $5::int)"                                   \
	" SELECT (SELECT count(*) FROM found), " PICTURE_COLS " FROM found" PAGE(order)
#define BOTH(order) { LIST_SQL(order), SEARCH_SQL(order) }
/* clang-format on */

static const char *const list_sql[PICS_SORT__MAX][2] = {
	[PICS_NEWEST] = BOTH("id DESC"),
	[PICS_OLDEST] = BOTH("id"),
	[PICS_LARGEST] = BOTH("stored_bytes DESC, id DESC"),
	[PICS_MOST_SEEN] = BOTH("views DESC, id DESC"),
	[PICS_BY_TITLE] = BOTH("lower(title), id DESC"),
};

/* "%50\%%" for "50%": what is looked for means itself. */
static const char *
like_pattern(struct arena *a, const char *text)
{
	char *pattern = arena_alloc(a, 2 * strlen(text) + 3), *to = pattern;

	for (*to++ = '%'; *text != '\0'; text++) {
		if (strchr("%_\\", *text) != NULL)
			*to++ = '\\';
		*to++ = *text;
	}
	*to = '%';
	return pattern;
}

void
pics_store_list(struct db_query *q, const struct pics_search *s)
{
	const bool is_search = *s->text != '\0';

	db_query_read(q, list_sql[s->sort][is_search]);
	db_param_int(q, s->user_id);
	db_param_text(q, is_search ? like_pattern(q->arena, s->text) : "");
	db_param_int(q, s->limit);
	db_param_int(q, s->offset);
	db_param_int(q, PICS_SEARCH_MAX);
}

enum err
pics_store_list_read(struct picture_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	*list = (struct picture_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);

		list->total = db_row_int(&r);
		read_picture(&r, &list->v[i], a);
		e = db_row_end(&r);
	}
	return e;
}

void
pics_store_edit(struct db_query *q, int64_t user_id, const char *public_id, const char *title,
    const char *alt, enum visibility visibility)
{
	db_query_write(q, "WITH edited AS (UPDATE pictures SET title = $3, alt = $4,"
			  " visibility = $5 WHERE user_id = $1 AND public_id = $2"
			  " AND state = 'live' RETURNING 1) SELECT count(*) FROM edited");
	db_param_int(q, user_id);
	db_param_text(q, public_id);
	db_param_text(q, title);
	db_param_text(q, alt);
	db_param_text(q, visibility_words[visibility]);
}

/* ---- Going ---- */

/* Locked in one order, so that two who delete the same ones do not wait for each other. */
#define REMOVE_TARGETS                                                                             \
	" gone AS (UPDATE pictures SET state = 'gone', remove_at = now() FROM target"              \
	"   WHERE pictures.id = target.id RETURNING pictures.user_id, stored_bytes),"              \
	" used AS (UPDATE usage SET bytes = usage.bytes - g.bytes, count = usage.count - g.n"      \
	"   FROM (SELECT user_id, sum(stored_bytes) AS bytes, count(*) AS n FROM gone"             \
	"     GROUP BY user_id) g WHERE usage.user_id = g.user_id)"                                \
	" SELECT count(*) FROM gone"

void
pics_store_remove(struct db_query *q, int64_t user_id, const char *public_ids)
{
	db_query_write(q, "WITH target AS (SELECT id FROM pictures WHERE user_id = $1"
			  " AND public_id = ANY (string_to_array($2, ',')) AND state = 'live'"
			  " ORDER BY id FOR UPDATE)," REMOVE_TARGETS);
	db_param_int(q, user_id);
	db_param_text(q, public_ids);
}

void
pics_store_give_up(struct db_query *q, int pending_s)
{
	db_query_write(q, "WITH given AS (UPDATE pictures SET state = 'gone', remove_at = now()"
			  " WHERE id IN (SELECT id FROM pictures WHERE state = 'pending'"
			  "  AND created_at < now() - make_interval(secs => $1::int)"
			  "  ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)"
			  " AND state = 'pending' RETURNING user_id, stored_bytes)" GIVE_BACK);
	db_param_int(q, pending_s);
}

void
pics_store_remains(struct db_query *q, int limit)
{
	db_query_read(q, "SELECT id, public_id FROM pictures WHERE state = 'gone'"
			 " AND remove_at <= now() ORDER BY remove_at LIMIT $1::int");
	db_param_int(q, limit);
}

enum err
pics_store_remains_read(struct pics_remains_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	*list = (struct pics_remains_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);

		list->v[i].id = db_row_int(&r);
		list->v[i].public_id = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

void
pics_store_forget(struct db_query *q, int64_t id)
{
	db_query_write(q, "DELETE FROM pictures WHERE id = $1 AND state = 'gone'");
	db_param_int(q, id);
}

void
pics_store_postpone(struct db_query *q, int64_t id, int seconds)
{
	db_query_write(q, "UPDATE pictures SET remove_at = now() + make_interval(secs => $2::int)"
			  " WHERE id = $1 AND state = 'gone'");
	db_param_int(q, id);
	db_param_int(q, seconds);
}
