#include "clients/soju_db.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/url.h"
#include "db/db_row.h"

enum err
soju_db_url(const char **url, struct arena *a, const char *template, const char *bouncer)
{
	if (!source_is_bouncer_name(bouncer))
		return ERR_INVALID;
	*url = source_of_bouncer(a, template, bouncer);
	return ERR_OK;
}

void
soju_db_ask_version(struct db_query *q)
{
	db_query_read(q, "SELECT version FROM \"Config\" WHERE id = 1");
}

enum err
soju_db_read_version(const PGresult *res, int64_t *version)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	*version = db_row_int(&r);
	return db_row_end(&r);
}

/*
 * One row per listed channel; a network without channels and an account without networks have one
 * row with NULLs, so that no row means no account. Networks stand in the order in which they were
 * made. Channels are chosen by their place within their network, so that one network with thousands
 * does not take the lines of all others; LATERAL with a limit, so that none is sorted as a whole.
 */
static const char networks_sql[] =
    "WITH account AS (SELECT id FROM \"User\" WHERE username = $1),"
    " mine AS (SELECT n.id, n.name, n.addr, n.enabled FROM \"Network\" n"
    " JOIN account u ON n.\"user\" = u.id),"
    " listed AS (SELECT m.id, m.name, m.addr, m.enabled,"
    " (SELECT count(*) FROM \"Channel\" c WHERE c.network = m.id) AS channels"
    " FROM mine m ORDER BY m.id LIMIT $2::bigint),"
    " named AS (SELECT l.id, c.name, c.detached, c.place FROM listed l CROSS JOIN LATERAL"
    " (SELECT f.name, f.detached,"
    " row_number() OVER (ORDER BY f.detached, lower(f.name), f.name) AS place"
    " FROM (SELECT name, detached FROM \"Channel\" WHERE network = l.id"
    " ORDER BY detached, lower(name), name LIMIT $3::bigint) f) c"
    " ORDER BY c.place, l.id LIMIT $3::bigint)"
    " SELECT (SELECT count(*) FROM mine),"
    " (SELECT count(*) FROM \"Channel\" c JOIN mine m ON m.id = c.network),"
    " l.id, COALESCE(NULLIF(l.name, ''), l.addr), l.addr, l.enabled, l.channels,"
    " c.name, c.detached FROM account LEFT JOIN listed l ON true LEFT JOIN named c ON c.id = l.id"
    " ORDER BY l.id, c.place";

void
soju_db_ask_networks(struct db_query *q, const char *username)
{
	db_query_read(q, networks_sql);
	db_param_text(q, username);
	db_param_int(q, SOJU_DB_NETWORKS_MAX);
	db_param_int(q, SOJU_DB_CHANNELS_MAX);
}

struct networks_reader {
	struct arena *arena;
	struct soju_answer *answer;
	struct soju_channel *next; /* of the room made for all channels */
	int64_t network_id;	   /* of the network that is being read */
};

static void
read_network(struct networks_reader *n, struct db_row *r)
{
	struct soju_network *network;

	network = &n->answer->networks[n->answer->nnetworks++];
	network->name = db_row_text(r, n->arena);
	network->address = db_row_text(r, n->arena);
	network->is_enabled = db_row_bool(r);
	network->channels_left = db_row_int(r); /* of which each listed one is taken off */
	network->channels = n->next;
	n->answer->networks_left--;
	n->answer->channels_left -= network->channels_left;
	if (network->name == NULL || network->address == NULL)
		r->bad = true;
}

static void
skip_network(struct db_row *r)
{
	db_row_skip(r);
	db_row_skip(r);
	db_row_skip(r);
	db_row_skip(r);
}

static void
read_channel(struct networks_reader *n, struct db_row *r)
{
	struct soju_network *network = &n->answer->networks[n->answer->nnetworks - 1];

	if (db_row_is_null(r)) {
		db_row_skip(r);
		db_row_skip(r);
		return;
	}
	n->next->name = db_row_text(r, n->arena);
	n->next->is_detached = db_row_bool(r);
	n->next++;
	network->nchannels++;
	network->channels_left--;
}

/* Both numbers are the same in every row; those of the first are counted down. */
static void
read_totals(struct networks_reader *n, struct db_row *r, int row)
{
	if (row > 0) {
		db_row_skip(r);
		db_row_skip(r);
		return;
	}
	n->answer->networks_left = db_row_int(r);
	n->answer->channels_left = db_row_int(r);
}

static enum err
read_row(struct networks_reader *n, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);
	int64_t id;

	read_totals(n, &r, row);
	if (db_row_is_null(&r))
		return r.bad ? ERR_INTERNAL : ERR_OK;
	id = db_row_int(&r);
	if (id != n->network_id)
		read_network(n, &r);
	else
		skip_network(&r);
	n->network_id = id;
	read_channel(n, &r);
	return db_row_end(&r);
}

/* More listed than there are: not our statement. */
static bool
is_counted_right(const struct soju_answer *a)
{
	for (size_t i = 0; i < a->nnetworks; i++)
		if (a->networks[i].channels_left < 0)
			return false;
	return a->networks_left >= 0 && a->channels_left >= 0;
}

enum err
soju_db_read_networks(const PGresult *res, struct arena *a, struct soju_answer *answer)
{
	struct networks_reader n = { .arena = a, .answer = answer };
	int i, rows = PQntuples(res);
	enum err e = ERR_OK;

	if (rows == 0)
		return ERR_NOT_FOUND;
	answer->nnetworks = 0;
	answer->networks = arena_array(a, (size_t)rows, sizeof(*answer->networks));
	n.next = arena_array(a, (size_t)rows, sizeof(*n.next));
	for (i = 0; i < rows && e == ERR_OK; i++)
		e = read_row(&n, res, i);
	if (e == ERR_OK && !is_counted_right(answer))
		e = ERR_INTERNAL;
	return e;
}

/*
 * Where soju keeps messages in files or in memory the table was never written to, and zero would be
 * a lie. pg_sequences shows NULL for a sequence that was never used, and also without the right to
 * read it: then, too, nothing is known.
 */
static const char highest_sql[] =
    "SELECT COALESCE((SELECT max(id) FROM \"Message\"),"
    " (SELECT 0 FROM pg_catalog.pg_sequences WHERE sequencename = 'Message_id_seq'"
    " AND schemaname = ANY (current_schemas(false)) AND last_value IS NOT NULL LIMIT 1), -1)";

void
soju_db_ask_highest(struct db_query *q)
{
	db_query_read(q, highest_sql);
}

enum err
soju_db_read_highest(const PGresult *res, int64_t *id)
{
	return db_row_only_int(res, id);
}

/*
 * A text is there for PRIVMSG and NOTICE alone; joins, quits and modes have none. OFFSET 0 keeps
 * the planner from going through the index of targets instead: on a table without statistics it
 * takes that for cheaper, and reads the account's whole history for every few ids.
 */
static const char messages_sql[] =
    "SELECT count(*) FROM (SELECT m.target FROM \"Message\" m"
    " WHERE m.id > $2::bigint AND m.id <= $3::bigint AND m.text IS NOT NULL OFFSET 0) r"
    " WHERE r.target IN (SELECT t.id FROM \"MessageTarget\" t"
    " JOIN \"Network\" n ON n.id = t.network JOIN \"User\" u ON u.id = n.\"user\""
    " WHERE u.username = $1)";

void
soju_db_ask_messages(struct db_query *q, const char *username, int64_t after, int64_t upto)
{
	db_query_read(q, messages_sql);
	db_param_text(q, username);
	db_param_int(q, after);
	db_param_int(q, upto);
}

enum err
soju_db_read_messages(const PGresult *res, int64_t *messages)
{
	return db_row_only_int(res, messages);
}

/* ---- Devices ---- */

void
soju_db_ask_may_devices(struct db_query *q)
{
	db_query_read(q,
	    "SELECT coalesce(bool_and(has_column_privilege(c.oid, name, 'SELECT')), false)"
	    " FROM pg_catalog.pg_class c CROSS JOIN unnest('{user,label,last_used}'::text[]) AS "
	    "name"
	    " WHERE c.oid = to_regclass('\"DeviceCertificate\"')");
}

enum err
soju_db_read_may_devices(const PGresult *res, bool *may)
{
	return db_row_only_bool(res, may);
}

void
soju_db_ask_devices(struct db_query *q, const char *username)
{
	db_query_read(q, "SELECT d.label, floor(date_part('epoch', d.last_used))::bigint"
			 " FROM \"DeviceCertificate\" d JOIN \"User\" u ON d.\"user\" = u.id WHERE "
			 "u.username = $1"
			 " ORDER BY d.last_used DESC NULLS LAST, d.label LIMIT $2::bigint");
	db_param_text(q, username);
	db_param_int(q, SOJU_DB_DEVICES_MAX);
}

enum err
soju_db_read_devices(const PGresult *res, struct arena *a, struct soju_answer *answer)
{
	const size_t n = (size_t)PQntuples(res);
	enum err e = ERR_OK;

	answer->tells_devices = true;
	answer->ndevices = 0;
	answer->devices = arena_array(a, n, sizeof(*answer->devices));
	for (; answer->ndevices < n && e == ERR_OK; answer->ndevices++) {
		struct db_row r = db_row_at(res, (int)answer->ndevices);
		struct soju_device *d = &answer->devices[answer->ndevices];

		d->label = db_row_text(&r, a);
		d->used_at = db_row_int_or(&r, 0);
		e = db_row_end(&r);
	}
	return e;
}

static const char seen_sql[] =
    "SELECT username, floor(extract(epoch FROM downstream_interacted_at))::bigint FROM \"User\""
    " WHERE downstream_interacted_at >= to_timestamp($1::bigint)";

void
soju_db_ask_seen(struct db_query *q, int64_t since)
{
	db_query_read(q, seen_sql);
	db_param_int(q, since);
}

enum err
soju_db_read_seen(struct soju_db_seen *s, struct arena *a, const PGresult *res)
{
	const size_t n = (size_t)PQntuples(res);
	enum err e = ERR_OK;

	*s = (struct soju_db_seen){ .usernames = arena_array(a, n + 1, sizeof(*s->usernames)),
		.at = arena_array(a, n + 1, sizeof(*s->at)) };
	for (; s->n < n && e == ERR_OK; s->n++) {
		struct db_row r = db_row_at(res, (int)s->n);

		s->usernames[s->n] = db_row_text(&r, a);
		s->at[s->n] = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}
