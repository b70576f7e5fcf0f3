/* JSON Web Tokens in compact form (RFC 7515), right ones and, for tests, wrong ones. */
#ifndef OIDC_JWT_H
#define OIDC_JWT_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"
#include "oidc_key.h"

enum jwt_signature {
	JWT_RS256,
	JWT_HS256_PUBLIC, /* HMAC keyed with the PEM text of the public key */
	JWT_UNSIGNED,	  /* nothing after the second dot */
	JWT_TAMPERED	  /* RS256 with one bit turned */
};

/* Base64url without padding. All texts are from xmalloc. */
char *oidc_jwt_encode(const void *, size_t len);
/* 256 random bits, encoded. */
char *oidc_jwt_random(void);
/* BASE64URL(SHA-256(text)), cut to its first `bytes` bytes: PKCE takes 32, at_hash 16. */
char *oidc_jwt_digest(const char *text, size_t bytes);

char *oidc_jwt_make(
    const json_t *header, const json_t *claims, const struct oidc_key *, enum jwt_signature);
/*
 * Verifies an RS256 token of ours, whatever its age. ERR_INVALID: it is not one. The claims are to
 * be released.
 */
enum err oidc_jwt_read(const char *token, json_t **claims);

#endif
