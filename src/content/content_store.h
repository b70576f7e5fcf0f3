/*
 * What txt and pics ask their databases alike: tables and functions of
 * migrations/txt/0002_content.sql.
 */
#ifndef CONTENT_CONTENT_STORE_H
#define CONTENT_CONTENT_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "content/content_facts.h"
#include "db/db_query.h"

struct content_usage {
	int64_t count, bytes;
};

/* What an account stores; one row, zeros for one that nobody knows. */
void content_store_usage(struct db_query *, const char *sub);
/* The same of an account that is signed in. */
void content_store_usage_of(struct db_query *, int64_t user_id);
enum err content_store_usage_read(const PGresult *, struct content_usage *);

/* The account's number here; no row, id 0: there is none. */
void content_store_find_user(struct db_query *, const char *sub);
enum err content_store_find_user_read(const PGresult *, int64_t *id);
/* Deletes some of what the account stores; one row, read as usage. */
void content_store_erase(struct db_query *, const char *sub, int at_most);
/* Forgets the account itself, with its sessions. */
void content_store_forget(struct db_query *, const char *sub);

/*
 * One entry of a WITH list, named `cte`: each row of `from`, which has a column user_id, is an
 * object that was made today (in UTC).
 */
#define CONTENT_MADE_TODAY(cte, from)                                                              \
	cte " AS (INSERT INTO made_days (day, user_id)"                                            \
	    " SELECT (now() AT TIME ZONE 'UTC')::date, user_id FROM " from                         \
	    " ON CONFLICT (day, user_id) DO NOTHING)"

/* The subs of who made something on a day ("2026-11-28"), in order, those after `after` ("": from
 * the beginning). */
void content_store_makers(struct db_query *, const char *day, const char *after, int64_t at_most);
enum err content_store_makers_read(const char ***subs, size_t *n, struct arena *, const PGresult *);
/* Answers one number: the days of people deleted, which are older than `keep_days`. */
void content_store_purge_days(struct db_query *, int64_t keep_days);

/* Arrays as content_views_take() and content_facts_take() make them. */
void content_store_add_views(
    struct db_query *, const struct strbuf *ids, const struct strbuf *counts);
void content_store_add_facts(struct db_query *, const struct strbuf columns[FACT__MAX]);

#endif
