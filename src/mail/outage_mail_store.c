#include "mail/outage_mail_store.h"

#include "db/db_row.h"

/* What is older says nothing about now. Who counts as many as were told is asked again after ten
 * minutes only, and then perhaps not at the first attempt. */
#define SAMPLED_S "900"

/* One that was never seen otherwise has been down for longer; it is told from the first sight on.
 */
#define SINCE "coalesce(w.state_since, w.first_seen_at)"
/* Of `bouncers b` and `bouncer_networks w`; $1 hours. */
#define IS_DOWN                                                                                    \
	"b.state = 'ready' AND b.suspended_at IS NULL AND w.state = 'disconnected'"                \
	" AND " SINCE " <= now() - make_interval(hours => $1::int)"                                \
	" AND w.sampled_at > now() - interval '" SAMPLED_S " seconds'"

/* Begins with the few networks that are down, of which there is an index. */
static const char claim_sql[] =
    "WITH down AS MATERIALIZED (SELECT DISTINCT b.user_id FROM bouncer_networks w"
    "  JOIN bouncers b ON b.id = w.bouncer_id WHERE " IS_DOWN "),"
    " due AS MATERIALIZED (SELECT u.id FROM users u JOIN down ON down.user_id = u.id"
    "  WHERE u.wants_outage_mail AND u.email_verified AND u.email <> ''"
    "  AND NOT u.is_banned AND NOT u.is_test"
    "  AND (u.outage_mailed_at IS NULL OR u.outage_mailed_at <= now() - interval '1 day')"
    "  ORDER BY u.outage_mailed_at NULLS FIRST, u.id LIMIT $2 FOR UPDATE OF u SKIP LOCKED),"
    " claimed AS (UPDATE users u SET"
    "  outage_mailed_at = now() - interval '1 day' + make_interval(secs => $3::bigint)"
    "  FROM due WHERE u.id = due.id RETURNING u.id, u.email)"
    " SELECT c.id, c.email, b.name, w.name, w.address, w.error,"
    " floor(extract(epoch FROM " SINCE "))::bigint"
    " FROM claimed c JOIN bouncers b ON b.user_id = c.id"
    " JOIN bouncer_networks w ON w.bouncer_id = b.id WHERE " IS_DOWN
    " ORDER BY c.id, b.name, w.name";

void
outage_mail_store_claim(struct db_query *q, int64_t hours, int64_t n, int64_t after_s)
{
	db_query_write(q, claim_sql);
	db_param_int(q, hours);
	db_param_int(q, n);
	db_param_int(q, after_s);
}

/* Rows of one account stand together. */
static struct outage_account *
account_of(struct outage_account_list *list, int64_t user_id, const char *email,
    const struct outage *outages)
{
	if (list->n == 0 || list->v[list->n - 1].user_id != user_id)
		list->v[list->n++] = (struct outage_account){
			.user_id = user_id, .email = email, .outages = outages
		};
	return &list->v[list->n - 1];
}

enum err
outage_mail_store_claim_rows(struct outage_account_list *list, struct arena *a, const PGresult *res)
{
	const int n = PQntuples(res);
	struct outage *outages = arena_array(a, (size_t)n, sizeof(*outages));
	enum err e = ERR_OK;

	*list = (struct outage_account_list){ .v = arena_array(a, (size_t)n, sizeof(*list->v)) };
	for (int i = 0; i < n && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		const int64_t user_id = db_row_int(&r);
		const char *email = db_row_text(&r, a);

		outages[i].bouncer = db_row_text(&r, a);
		outages[i].network = db_row_text(&r, a);
		outages[i].address = db_row_text(&r, a);
		outages[i].error = db_row_text(&r, a);
		outages[i].since = db_row_int(&r);
		account_of(list, user_id, email, &outages[i])->n++;
		e = db_row_end(&r);
	}
	return e;
}

void
outage_mail_store_begin(struct db_query *q, int64_t user_id)
{
	db_query_write(q, "UPDATE users SET outage_mailed_at = now() WHERE id = $1");
	db_param_int(q, user_id);
}

void
outage_mail_store_release(struct db_query *q, int64_t user_id, int64_t after_s)
{
	db_query_write(q, "UPDATE users SET outage_mailed_at = now() - interval '1 day'"
			  " + make_interval(secs => $2::bigint) WHERE id = $1");
	db_param_int(q, user_id);
	db_param_int(q, after_s);
}

void
outage_mail_store_stop(struct db_query *q, int64_t user_id)
{
	db_query_write(q, "UPDATE users SET wants_outage_mail = false WHERE id = $1");
	db_param_int(q, user_id);
}
