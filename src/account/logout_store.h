/* Ending sessions because the provider says so (back-channel logout). */
#ifndef ACCOUNT_LOGOUT_STORE_H
#define ACCOUNT_LOGOUT_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "clients/oidc_token.h"
#include "db/db_query.h"

struct logout_ended {
	bool is_new;	   /* the token was not seen before */
	int64_t *user_ids; /* the accounts of the sessions that ended, one for each session */
	size_t n;
};

/*
 * One statement: remembers the token and ends the sessions that it names by sid, by sub, or by both
 * together. A token that is remembered already ends none.
 */
void logout_store_end(struct db_query *, const struct oidc_logout *);
enum err logout_store_ended(struct logout_ended *, struct arena *, const PGresult *);

#endif
