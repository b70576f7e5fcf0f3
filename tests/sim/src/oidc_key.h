/* The provider's keys. Like a Keycloak realm it has one for signing and one for encryption. */
#ifndef OIDC_KEY_H
#define OIDC_KEY_H

#include <jansson.h>
#include <openssl/evp.h>

#include "base/err.h"

struct oidc_key {
	struct oidc_key *next;
	char *kid;
	const char *use, *alg; /* as in the JWKS */
	EVP_PKEY *pkey;
	int is_published;
};

/* Makes the first two keys; a quarter of a second. ERR_INTERNAL: OpenSSL could not. */
enum err oidc_key_start(void);
/* The key that signs now, and the one that must never be accepted for a signature. */
const struct oidc_key *oidc_key_signing(void);
const struct oidc_key *oidc_key_encryption(void);
/* Any signing key there has been, also an old one; NULL when there is none. */
const struct oidc_key *oidc_key_by_kid(const char *kid);
/* A new signing key. Old ones stay in the JWKS if so asked, as they do in Keycloak ("passive"). */
enum err oidc_key_rotate(int keep_old);
/* {"keys": [...]} (RFC 7517), and one key of it. */
json_t *oidc_key_set(void);
json_t *oidc_key_public(const struct oidc_key *);
/* A key nobody publishes, made at the first call; NULL if OpenSSL cannot. */
const struct oidc_key *oidc_key_foreign(void);

#endif
