/* Base64 with the URL alphabet and without padding (RFC 4648 section 5, as JOSE wants it). */
#ifndef BASE_BASE64URL_H
#define BASE_BASE64URL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

/* Digits for len bytes, without the NUL: 43 for 32. */
#define BASE64URL_LENGTH(len) (((len)*4 + 2) / 3)

/* Writes BASE64URL_LENGTH(len) digits and a NUL. */
void base64url_encode(char *out, const void *bytes, size_t len);
char *base64url_encode_in(struct arena *, const void *bytes, size_t len);
/*
 * The bytes, in the arena, followed by a NUL that is not counted. Strict, so that one value has
 * one spelling: ERR_INVALID on padding, white space, the other alphabet, an impossible length and
 * unused bits that are not zero. "" is no bytes.
 */
enum err base64url_decode(
    unsigned char **bytes, size_t *len, struct arena *, const char *text, size_t text_len);

#endif
