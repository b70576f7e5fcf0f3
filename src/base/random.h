/* Unguessable bytes. Thread-safe; new in every process after a fork. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

#include "base/base64url.h"

#define RANDOM_TOKEN_BYTES 32
#define RANDOM_TOKEN_SIZE (BASE64URL_LENGTH(RANDOM_TOKEN_BYTES) + 1)

/* From the system's generator, through OpenSSL; ends the process when there is none to be had. */
void random_bytes(void *out, size_t len);
/* 32 random bytes as 43 characters of base64url and a NUL: sessions, state, nonce, verifier. */
void random_token(char out[RANDOM_TOKEN_SIZE]);

#endif
