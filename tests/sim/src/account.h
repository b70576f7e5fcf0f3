/*
 * The people the simulator knows, and what txt and pics keep for them. An account is a JSON object
 * with the members of assets/accounts.json; all but `about` and `usage` become claims.
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* Reads the sample accounts: the file, or the built-in ones for "". *why is a sentence to free().
 */
enum err account_load(const char *file, char **why);
/* Back to the sample accounts. */
void account_reset(void);

/* The sample accounts, for the login page. Borrowed. */
const json_t *account_samples(void);
/* The account with this sub, or NULL. Borrowed. */
json_t *account_find(const char *sub);
/* As account_find, and makes up an account where there is none. */
json_t *account_get(const char *sub);
/*
 * The account somebody means who types this: a sub, an e-mail or a user name; anything else is the
 * sub of a new account. NULL: that cannot be a sub (OIDC Core 2: at most 255 ASCII characters).
 */
json_t *account_by_login(const char *login);

/* Changes members of the account `sub`, which may be new. ERR_INVALID: *why, nothing changed. */
enum err account_set(json_t *order, const char **why);
/* Changes its usage: paste_count, paste_bytes, image_count, image_bytes. Likewise. */
enum err account_set_usage(json_t *order, const char **why);
/* One of these four numbers; 0 for somebody who has nothing there. */
json_int_t account_usage(const char *sub, const char *name);

#endif
