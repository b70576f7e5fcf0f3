/*
 * What the portal reads from a bouncer's own database: statements and their rows. Read only; the
 * columns are those conf/soju_grants.sql allows, the same from schema version 14 (soju 0.6) to 20.
 * Source: soju's database/postgres.go.
 *
 * Readers return ERR_INTERNAL for a result that is not of the statement's shape.
 */
#ifndef CLIENTS_SOJU_DB_H
#define CLIENTS_SOJU_DB_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "source/source.h"

#define SOJU_DB_VERSION_OLDEST 14
#define SOJU_DB_VERSION_NEWEST 20
/* So many networks of an account are listed, and so many channels in all; the rest is counted. */
#define SOJU_DB_NETWORKS_MAX 100
#define SOJU_DB_CHANNELS_MAX 2000

/*
 * The address of a bouncer's database: `{bouncer}` in the template becomes its name. ERR_INVALID:
 * not a name that bouncers have, so that nothing else gets into the address.
 */
enum err soju_db_url(const char **url, struct arena *, const char *template, const char *bouncer);

/* The schema's version. ERR_NOT_FOUND: soju never started on this database. */
void soju_db_ask_version(struct db_query *);
enum err soju_db_read_version(const PGresult *, int64_t *version);

/*
 * Networks and channels of one soju account, however many: the networks made first, with the same
 * number of channels each where not all fit, and exact numbers of the others. Fills all but the
 * messages. ERR_NOT_FOUND: no such account.
 */
void soju_db_ask_networks(struct db_query *, const char *username);
enum err soju_db_read_networks(const PGresult *, struct arena *, struct soju_answer *);

/* The devices that sign in with a certificate; only schema 20 has them. */
#define SOJU_DB_VERSION_OF_DEVICES 20
#define SOJU_DB_DEVICES_MAX 50
/* Whether the role may read them; answers one truth. Without the right, asking is an error. */
void soju_db_ask_may_devices(struct db_query *);
enum err soju_db_read_may_devices(const PGresult *, bool *may);
/* Of one account, the last used ones first. Sets `devices` and `tells_devices`. */
void soju_db_ask_devices(struct db_query *, const char *username);
enum err soju_db_read_devices(const PGresult *, struct arena *, struct soju_answer *);

/* The highest id of any message; 0 when there is none now, -1 when there never was one. */
void soju_db_ask_highest(struct db_query *);
enum err soju_db_read_highest(const PGresult *, int64_t *id);

/* PRIVMSG and NOTICE of one account with after < id <= upto. */
void soju_db_ask_messages(struct db_query *, const char *username, int64_t after, int64_t upto);
enum err soju_db_read_messages(const PGresult *, int64_t *messages);

/* A user of soju and when a client of theirs last came or went, Unix seconds. */
struct soju_db_seen {
	const char **usernames;
	int64_t *at;
	size_t n;
};
/* Of all users who were seen since then; soju writes it when a client connects and when it leaves,
 * and not in between. */
void soju_db_ask_seen(struct db_query *, int64_t since);
enum err soju_db_read_seen(struct soju_db_seen *, struct arena *, const PGresult *);

#endif
