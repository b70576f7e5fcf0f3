/* Keys live as long as the process; nothing is kept on disk. */
#include "oidc_key.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "oidc_jwt.h"

static struct oidc_key *keys; /* newest first */
static struct oidc_key *foreign;

static char *
public_number(EVP_PKEY *pkey, const char *name)
{
	unsigned char bytes[512];
	BIGNUM *n = NULL;
	int len;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) != 1)
		return xstrdup("");
	len = BN_bn2bin(n, bytes);
	BN_free(n);
	return oidc_jwt_encode(bytes, (size_t)len);
}

static struct oidc_key *
new_key(const char *use, const char *alg)
{
	struct oidc_key *key;
	EVP_PKEY *pkey = EVP_RSA_gen(2048);

	if (pkey == NULL)
		return NULL;
	key = xcalloc(1, sizeof(*key));
	key->kid = oidc_jwt_random();
	key->use = use;
	key->alg = alg;
	key->pkey = pkey;
	key->is_published = 1;
	return key;
}

static enum err
add_key(const char *use, const char *alg)
{
	struct oidc_key *key = new_key(use, alg);

	if (key == NULL)
		return ERR_INTERNAL;
	key->next = keys;
	keys = key;
	return ERR_OK;
}

static const struct oidc_key *
newest(const char *use)
{
	const struct oidc_key *key = keys;

	while (strcmp(key->use, use) != 0)
		key = key->next;
	return key;
}

enum err
oidc_key_start(void)
{
	enum err e = add_key("enc", "RSA-OAEP");

	return e == ERR_OK ? add_key("sig", "RS256") : e;
}

const struct oidc_key *
oidc_key_signing(void)
{
	return newest("sig");
}

const struct oidc_key *
oidc_key_encryption(void)
{
	return newest("enc");
}

const struct oidc_key *
oidc_key_by_kid(const char *kid)
{
	const struct oidc_key *key = keys;

	while (key != NULL && (strcmp(key->use, "sig") != 0 || strcmp(key->kid, kid) != 0))
		key = key->next;
	return key;
}

const struct oidc_key *
oidc_key_foreign(void)
{
	if (foreign == NULL)
		foreign = new_key("sig", "RS256");
	return foreign;
}

enum err
oidc_key_rotate(int keep_old)
{
	for (struct oidc_key *key = keys; key != NULL && !keep_old; key = key->next)
		if (strcmp(key->use, "sig") == 0)
			key->is_published = 0;
	return add_key("sig", "RS256");
}

json_t *
oidc_key_public(const struct oidc_key *key)
{
	char *n = public_number(key->pkey, OSSL_PKEY_PARAM_RSA_N);
	char *e = public_number(key->pkey, OSSL_PKEY_PARAM_RSA_E);
	json_t *jwk = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kid", key->kid, "kty", "RSA",
	    "alg", key->alg, "use", key->use, "n", n, "e", e);

	free(n);
	free(e);
	return jwk;
}

json_t *
oidc_key_set(void)
{
	json_t *list = json_array();

	for (const struct oidc_key *key = keys; key != NULL; key = key->next)
		if (key->is_published)
			json_array_append_new(list, oidc_key_public(key));
	return json_pack("{s:o}", "keys", list);
}
