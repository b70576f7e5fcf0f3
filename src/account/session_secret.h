/*
 * The provider's tokens that a session keeps, sealed under SESSION_KEY. Each is bound to what it is
 * and to its session, so that no sealed value can be moved to another column or row.
 */
#ifndef ACCOUNT_SESSION_SECRET_H
#define ACCOUNT_SESSION_SECRET_H

#include <stddef.h>

#include "base/arena.h"

enum session_secret { SESSION_SECRET_ID_TOKEN, SESSION_SECRET_REFRESH_TOKEN, SESSION_SECRET__MAX };

/* `token_hash` (32 bytes) is the session's; the sealed bytes live in the arena. NULL for NULL. */
const unsigned char *session_secret_seal(struct arena *, enum session_secret,
    const unsigned char *token_hash, const char *text, size_t *len);
/* NULL if there is none, or it was sealed with another key, for another session or as another. */
const char *session_secret_open(struct arena *, enum session_secret,
    const unsigned char *token_hash, const void *sealed, size_t len);

#endif
