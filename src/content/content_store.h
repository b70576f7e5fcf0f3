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

/* Arrays as content_views_take() and content_facts_take() make them. */
void content_store_add_views(
    struct db_query *, const struct strbuf *ids, const struct strbuf *counts);
void content_store_add_facts(struct db_query *, const struct strbuf columns[FACT__MAX]);

#endif
