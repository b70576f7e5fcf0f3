/* Ending sessions because the provider says so (back-channel logout). */
#ifndef ACCOUNT_LOGOUT_STORE_H
#define ACCOUNT_LOGOUT_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "clients/oidc_token.h"
#include "db/db_query.h"

/*
 * One statement: remembers the token and ends the sessions that it names by sid, by sub, or by both
 * together. A token that is remembered already ends none.
 */
void logout_store_end(struct db_query *, const struct oidc_logout *);
enum err logout_store_ended(const PGresult *, bool *is_new, int64_t *sessions);

#endif
