/*
 * The link at the end of a mail, by which its reader gets no more of them, without signing in: the
 * number of the account, and a HMAC over it that nobody else can make. It never expires.
 */
#ifndef MAIL_UNSUBSCRIBE_H
#define MAIL_UNSUBSCRIBE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/seal.h"

#define UNSUBSCRIBE_PATH "/mail/unsubscribe"

/* "42.x7…": fit for an address as it stands. */
const char *unsubscribe_token(
    struct arena *, const unsigned char session_key[SEAL_KEY_BYTES], int64_t user_id);
/* Whose it is. ERR_INVALID: nobody's. NULL is nobody's. */
enum err unsubscribe_read(
    int64_t *user_id, const unsigned char session_key[SEAL_KEY_BYTES], const char *token);

#endif
