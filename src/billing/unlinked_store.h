/*
 * Customers of Stripe that belong to no account here: they were made elsewhere, their metadata
 * names nobody, or somebody who has not signed in yet. An admin may link one; nothing else does so
 * but the metadata, and an e-mail address never.
 */
#ifndef BILLING_UNLINKED_STORE_H
#define BILLING_UNLINKED_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

struct unlinked {
	const char *id, *user_sub; /* user_sub: whose it says it is; NULL: it does not */
	int64_t created_at;	   /* Unix seconds; 0: unknown */
	int64_t nsubscriptions;	   /* that live */
	/* "eur 900,usd 500": what those are worth a month in minor units, rounded; NULL: none. */
	const char *worth;
};

/* A page of n by id, those behind `after` (NULL: from the beginning). */
void unlinked_store_page(struct db_query *, bool is_live, const char *after, int64_t n);
/* The same of one; no row: there is none, or it is linked. */
void unlinked_store_one(struct db_query *, bool is_live, const char *id);
enum err unlinked_store_rows(const PGresult *, struct arena *, struct unlinked **, size_t *n);

struct unlinked_account {
	int64_t id;
	const char *sub, *name, *email; /* name and email may be NULL */
};

/*
 * Accounts that an admin may mean: the one with that sub, else those with that e-mail address in
 * any case. Two rows at most, so that it shows whether it is one.
 */
void unlinked_store_accounts(struct db_query *, const char *sub_or_email);
enum err unlinked_store_accounts_rows(
    const PGresult *, struct arena *, struct unlinked_account **, size_t *n);

/*
 * Links the customer to the account, unless either is gone or it is linked already, and has the
 * account's plan looked at. One number: 1 if it was done.
 */
void unlinked_store_link(struct db_query *, bool is_live, const char *id, int64_t user_id);

#endif
