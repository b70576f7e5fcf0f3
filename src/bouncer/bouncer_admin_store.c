#include "bouncer/bouncer_admin_store.h"

#include <string.h>

#include "base/digest.h"
#include "bouncer/bouncer_row.h"
#include "db/db_row.h"

const char *const bouncer_admin_provisioner_words[BOUNCER_BY__MAX] = {
	[BOUNCER_BY_NONE] = "none",
	[BOUNCER_BY_SOJU] = "soju",
	[BOUNCER_BY_KUBERNETES] = "kubernetes",
};

const char *const bouncer_admin_act_words[BOUNCER_ACT__MAX] = {
	[BOUNCER_ACT_RESTART] = "restart",
	[BOUNCER_ACT_SUSPEND] = "suspend",
	[BOUNCER_ACT_RESUME] = "resume",
	[BOUNCER_ACT_RETRY] = "retry",
};

/* ---- Rows ---- */

/* Restarts once more, because none and not known are not the same here. */
/* clang-format off */
#define COLS                                                                                       \
	" " BOUNCER_COLS ", b.restarts, u.name, u.email, u.keycloak_sub, n.networks, n.up, n.off"  \
	", " BOUNCER_TIME("b.restarted_at") ", " BOUNCER_TIME("b.next_try_at")                     \
	", b.notice_id IS NOT NULL "
/* clang-format on */

/* Of the rows of the page only. */
#define NETWORKS                                                                                   \
	" CROSS JOIN LATERAL (SELECT count(*) AS networks,"                                        \
	" count(*) FILTER (WHERE w.state = 'connected') AS up,"                                    \
	" count(*) FILTER (WHERE w.state = 'disabled') AS off"                                     \
	" FROM bouncer_networks w WHERE w.bouncer_id = b.id) n "

static enum err
read_row(struct bouncer_admin *b, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	bouncer_row_read(&r, a, &b->bouncer);
	b->bouncer.restarts = db_row_int_or(&r, -1);
	b->owner_name = db_row_text(&r, a);
	b->owner_email = db_row_text(&r, a);
	b->owner_sub = db_row_text(&r, a);
	b->networks = db_row_int(&r);
	b->networks_up = db_row_int(&r);
	b->networks_off = db_row_int(&r);
	b->restarted_at = db_row_int_or(&r, 0);
	b->next_try_at = db_row_int(&r);
	b->has_notice = db_row_bool(&r);
	return db_row_end(&r);
}

enum err
bouncer_admin_store_rows(struct bouncer_admin_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	list->n = (size_t)PQntuples(res);
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_row(&list->v[i], a, res, i);
	return e;
}

/*
 * Walks the names in their order and ends with the page: $1 the last one seen, $2 how many, $3
 * state, $4 suspended, $5 provisioner, $6 text. Of trouble there is an index, in the same order.
 */
#define PAGE(more)                                                                                 \
	"SELECT" COLS "FROM (SELECT b.* FROM bouncers b LEFT JOIN users o ON o.id = b.user_id"     \
	" WHERE ($1::text IS NULL OR b.name > $1)"                                                 \
	" AND ($3::text IS NULL OR b.state = $3)"                                                  \
	" AND (NOT $4::boolean OR b.suspended_at IS NOT NULL)"                                     \
	" AND ($5::text IS NULL OR b.provisioner = $5)"                                            \
	" AND ($6::text IS NULL OR strpos(b.name, lower($6)) > 0"                                  \
	"  OR strpos(lower(o.name), lower($6)) > 0 OR strpos(lower(o.email), lower($6)) > 0)" more \
	" ORDER BY b.name LIMIT $2) b LEFT JOIN users u ON u.id = b.user_id" NETWORKS              \
	"ORDER BY b.name"

static const char page_sql[] = PAGE("");
/* What is suspended or on its way may well be down. */
static const char page_of_trouble_sql[] =
    PAGE(" AND (b.state = 'failed' OR b.failure IS NOT NULL OR (b.is_up IS FALSE"
	 "  AND b.state = 'ready' AND b.suspended_at IS NULL"
	 "  AND b.sampled_at > now() - make_interval(secs => $7::bigint)))");

void
bouncer_admin_store_page(struct db_query *q, const struct bouncer_admin_filter *f, int64_t n)
{
	db_query_read(q, f->is_in_trouble ? page_of_trouble_sql : page_sql);
	db_param_text(q, f->after);
	db_param_int(q, n);
	db_param_text(q, f->state < BOUNCER_STATE__MAX ? bouncer_state_words[f->state] : NULL);
	db_param_bool(q, f->is_suspended);
	db_param_text(q, f->by < BOUNCER_BY__MAX ? bouncer_admin_provisioner_words[f->by] : NULL);
	db_param_text(q, f->text);
	if (f->is_in_trouble)
		db_param_int(q, BOUNCER_ADMIN_FRESH_S);
}

void
bouncer_admin_store_one(struct db_query *q, const char *name)
{
	db_query_read(q,
	    "SELECT" COLS "FROM bouncers b LEFT JOIN users u ON u.id = b.user_id" NETWORKS
	    "WHERE b.name = $1");
	db_param_text(q, name);
}

/* ---- What is done to one ---- */

bool
bouncer_admin_may(const struct bouncer *b, enum bouncer_admin_act act)
{
	const bool is_suspended = b->suspended_at != 0;

	if (strcmp(b->provisioner, "none") == 0)
		return false;
	switch (act) {
	case BOUNCER_ACT_RESTART:
		return b->state == BOUNCER_READY && !is_suspended;
	case BOUNCER_ACT_SUSPEND:
		return b->state != BOUNCER_REMOVING && !is_suspended;
	case BOUNCER_ACT_RESUME:
		return b->state != BOUNCER_REMOVING && is_suspended;
	case BOUNCER_ACT_RETRY:
		return b->state == BOUNCER_FAILED || b->failure != NULL;
	case BOUNCER_ACT__MAX:
		break;
	}
	return false;
}

/*
 * $1 the name. The row is held before it is judged, so that two admins do not do one thing twice.
 */
#define ACT_AND(set, when, also)                                                                   \
	"WITH it AS (SELECT * FROM bouncers WHERE name = $1 FOR UPDATE),"                          \
	" done AS (UPDATE bouncers b SET " set " FROM it WHERE b.id = it.id"                       \
	" AND it.provisioner <> 'none' AND " when " RETURNING b.id)" also                          \
	" SELECT (SELECT count(*) FROM done) = 1, it.provisioner, it.state,"                       \
	" floor(extract(epoch FROM it.suspended_at))::bigint FROM it"
#define ACT(set, when) ACT_AND(set, when, "")
/* Whatever is wanted now is tried now; why it failed for good is still to be read. */
#define NOW "next_try_at = now(), attempts = 0, waits = 0"
#define WANT                                                                                       \
	", wanted = it.wanted + 1, failure = CASE WHEN it.state = 'failed' THEN it.failure "       \
	"END, " NOW

static const char restart_sql[] = ACT("restarted_at = now(), restart_wanted = it.wanted + 1" WANT,
    "it.state = 'ready' AND it.suspended_at IS NULL");
static const char suspend_sql[] = ACT("suspended_at = now(), suspended_why = $2" WANT,
    "it.state <> 'removing' AND it.suspended_at IS NULL");
static const char resume_sql[] = ACT("suspended_at = NULL, suspended_why = NULL" WANT,
    "it.state <> 'removing' AND it.suspended_at IS NOT NULL");
/* It goes on where it stopped; what was made so is made so again, and what soju refused asked. */
static const char retry_sql[] =
    ACT_AND("state = coalesce(it.failed_in, it.state), failed_in = NULL, wanted = it.wanted + 1,"
	    " state_at = CASE WHEN it.state = 'failed' THEN now() ELSE it.state_at END,"
	    " failure = NULL, " NOW,
	"(it.state = 'failed' OR it.failure IS NOT NULL)",
	", wish AS (UPDATE bouncer_wishes w SET refusal = NULL FROM done WHERE w.bouncer_id = "
	"done.id)");

void
bouncer_admin_store_act(
    struct db_query *q, enum bouncer_admin_act act, const char *name, const char *why)
{
	switch (act) {
	case BOUNCER_ACT_RESTART:
		db_query_write(q, restart_sql);
		break;
	case BOUNCER_ACT_SUSPEND:
		db_query_write(q, suspend_sql);
		break;
	case BOUNCER_ACT_RESUME:
		db_query_write(q, resume_sql);
		break;
	case BOUNCER_ACT_RETRY:
	case BOUNCER_ACT__MAX:
		db_query_write(q, retry_sql);
		break;
	}
	db_param_text(q, name);
	if (act == BOUNCER_ACT_SUSPEND)
		db_param_text(q, why);
}

enum err
bouncer_admin_store_act_read(struct bouncer *b, bool *is_done, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	*b = (struct bouncer){ 0 };
	*is_done = db_row_bool(&r);
	b->provisioner = db_row_text(&r, a);
	b->state = (enum bouncer_state)db_row_word(&r, bouncer_state_words, BOUNCER_STATE__MAX);
	b->suspended_at = db_row_int_or(&r, 0);
	return db_row_end(&r);
}

/* ---- Notices ---- */

/* Those through which something can be said now. */
#define REACHED "b.provisioner <> 'none' AND b.state = 'ready' AND b.suspended_at IS NULL"

/* $1 the name, or NULL. */
static const char sojus_sql[] =
    "SELECT count(*) FILTER (WHERE b.provisioner = 'kubernetes'),"
    " (count(*) FILTER (WHERE b.provisioner = 'soju' AND $1::text IS NULL) > 0)::int,"
    " count(*) FILTER (WHERE b.provisioner = 'kubernetes' OR $1::text IS NULL),"
    " $1::text IS NULL OR EXISTS (SELECT FROM bouncers WHERE name = $1),"
    " $1::text IS NOT NULL"
    " AND EXISTS (SELECT FROM bouncers WHERE name = $1 AND provisioner = 'soju')"
    " FROM bouncers b WHERE " REACHED " AND ($1::text IS NULL OR b.name = $1)";

void
bouncer_admin_store_sojus(struct db_query *q, const char *bouncer)
{
	db_query_read(q, sojus_sql);
	db_param_text(q, bouncer);
}

enum err
bouncer_admin_store_sojus_read(struct bouncer_sojus *s, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	s->own = db_row_int(&r);
	s->shared = db_row_int(&r);
	s->bouncers = db_row_int(&r);
	s->is_there = db_row_bool(&r);
	s->is_shared = db_row_bool(&r);
	return db_row_end(&r);
}

/*
 * $1 text, $2 who, $3 the only bouncer or NULL, $4 hash of the form. A shared soju tells all that
 * are connected to it, so one of its bouncers carries the notice, and none can be told alone.
 */
static const char notice_sql[] =
    "WITH reached AS MATERIALIZED ("
    " SELECT b.id FROM bouncers b WHERE " REACHED " AND b.provisioner = 'kubernetes'"
    "  AND ($3::text IS NULL OR b.name = $3)"
    " UNION ALL (SELECT b.id FROM bouncers b WHERE " REACHED " AND b.provisioner = 'soju'"
    "  AND $3::text IS NULL ORDER BY b.id LIMIT 1)),"
    " sent AS (INSERT INTO bouncer_notices (text, actor_sub, bouncer, sojus, form_hash)"
    "  SELECT $1, $2, $3, r.n, $4::bytea FROM (SELECT count(*) AS n FROM reached) r"
    "  WHERE r.n > 0 ON CONFLICT (form_hash) DO NOTHING RETURNING id),"
    " given AS (UPDATE bouncers b SET notice_id = sent.id, next_try_at = now()"
    "  FROM reached, sent WHERE b.id = reached.id RETURNING 1)"
    " SELECT (SELECT count(*) FROM sent), (SELECT count(*) FROM reached),"
    " (SELECT count(*) FROM bouncer_notices WHERE form_hash = $4)";

void
bouncer_admin_store_notice(struct db_query *q, const struct bouncer_notice_form *form)
{
	unsigned char *hash = arena_alloc(q->arena, DIGEST_BYTES);

	digest_sha256(hash, form->once, strlen(form->once));
	db_query_write(q, notice_sql);
	db_param_text(q, form->text);
	db_param_text(q, form->actor_sub);
	db_param_text(q, form->bouncer);
	db_param_bytes(q, hash, DIGEST_BYTES);
}

enum err
bouncer_admin_store_notice_read(enum bouncer_notice_sent *sent, const PGresult *res)
{
	struct db_row r;
	int64_t is_sent, reached, was_sent;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	is_sent = db_row_int(&r);
	reached = db_row_int(&r);
	was_sent = db_row_int(&r);
	/* The same form at the same moment is not seen yet, but its row is in the way. */
	*sent = is_sent			      ? BOUNCER_NOTICE_SENT
		: reached > 0 || was_sent > 0 ? BOUNCER_NOTICE_SENT_BEFORE
					      : BOUNCER_NOTICE_NOBODY;
	return db_row_end(&r);
}

void
bouncer_admin_store_notices(struct db_query *q, int64_t before, int64_t n)
{
	db_query_read(q, "SELECT n.id, n.text, coalesce(u.name, u.email, n.actor_sub), n.bouncer,"
			 " floor(extract(epoch FROM n.created_at))::bigint, n.sojus,"
			 " (SELECT count(*) FROM bouncers b WHERE b.notice_id = n.id)"
			 " FROM bouncer_notices n LEFT JOIN users u ON u.keycloak_sub = "
			 "n.actor_sub"
			 " WHERE ($1::bigint = 0 OR n.id < $1) ORDER BY n.id DESC LIMIT $2");
	db_param_int(q, before);
	db_param_int(q, n);
}

static enum err
read_notice(struct bouncer_notice *n, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	n->id = db_row_int(&r);
	n->text = db_row_text(&r, a);
	n->actor = db_row_text(&r, a);
	n->bouncer = db_row_text(&r, a);
	n->created_at = db_row_int(&r);
	n->sojus = db_row_int(&r);
	n->waiting = db_row_int(&r);
	return db_row_end(&r);
}

enum err
bouncer_admin_store_notices_rows(
    struct bouncer_notice_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	list->n = (size_t)PQntuples(res);
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_notice(&list->v[i], a, res, i);
	return e;
}
