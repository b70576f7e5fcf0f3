/* Accounts at txt and pics, as the portal describes them. */
#ifndef ACCOUNT_STANDING_STORE_H
#define ACCOUNT_STANDING_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/err.h"
#include "clients/portal_api.h"
#include "db/db_query.h"

/* The account's own row here, made when there is none; plan and ban become what they are there. */
void standing_store_account(struct db_query *, const struct portal_account *, const char *issuer);
enum err standing_store_account_read(int64_t *user_id, const PGresult *);

#endif
