/* An account as its owner sees it. */
#ifndef ACCOUNT_ACCOUNT_STORE_H
#define ACCOUNT_ACCOUNT_STORE_H

#include <libpq-fe.h>

#include "account/account.h"
#include "base/err.h"
#include "db/db_query.h"

void account_store_show(struct db_query *, int64_t user_id);
/* Fills what the table knows. ERR_NOT_FOUND if there is no such account any more. */
enum err account_store_show_read(struct account *, const PGresult *);

/* Whether mail about networks that are down is wanted. No row comes back. */
void account_store_want_mail(struct db_query *, int64_t user_id, bool wants_it);

#endif
