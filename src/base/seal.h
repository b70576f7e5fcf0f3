/*
 * Secrets at rest, such as refresh tokens: AES-256-GCM under SESSION_KEY, so that who reads the
 * database or changes it gains nothing.
 *
 *	version 1 (one byte) | nonce (12) | cipher text | tag (16)
 *
 * The nonce is random: one key is good for 2^32 sealings (NIST SP 800-38D, 8.3).
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define SEAL_KEY_BYTES 32
#define SEAL_EXTRA_BYTES (1 + 12 + 16)

/*
 * Seals len bytes into len + SEAL_EXTRA_BYTES bytes in the arena. `context` says what and whose it
 * is ("refresh_token:42"); it is not kept, and opening with another one fails, so a sealed value
 * cannot be moved to another row.
 */
unsigned char *seal_make(struct arena *, const unsigned char key[SEAL_KEY_BYTES],
    const char *context, const void *plain, size_t len, size_t *sealed_len);
/*
 * The bytes, in the arena, followed by a NUL that is not counted. ERR_INVALID: another key or
 * context, another version, changed or cut.
 */
enum err seal_open(unsigned char **plain, size_t *len, struct arena *,
    const unsigned char key[SEAL_KEY_BYTES], const char *context, const void *sealed,
    size_t sealed_len);

#endif
