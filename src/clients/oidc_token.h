/*
 * ID tokens (OpenID Connect Core 3.1.3.7) and logout tokens: every check there is. cjose verifies
 * the signature and nothing else; it accepts unknown `crit`, keys meant for encryption and padded
 * base64, so all of that is refused here before it is asked. The token itself never goes into a
 * log: the word of the result does.
 */
#ifndef CLIENTS_OIDC_TOKEN_H
#define CLIENTS_OIDC_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json_read.h"

#define OIDC_TOKEN_BYTES_MAX 16384
#define OIDC_TOKEN_JWKS_BYTES_MAX 65536
#define OIDC_TOKEN_KEYS_MAX 64
#define OIDC_TOKEN_SKEW_S 60
#define OIDC_TOKEN_ROLES_MAX 100

enum oidc_token_result {
	OIDC_TOKEN_OK,
	OIDC_TOKEN_TOO_LARGE,
	OIDC_TOKEN_PARTS,	/* not three, or one is empty */
	OIDC_TOKEN_ENCODING,	/* a part is no base64url */
	OIDC_TOKEN_HEADER,	/* no JSON object, a name twice, no alg */
	OIDC_TOKEN_CRIT,	/* it demands extensions */
	OIDC_TOKEN_HEADER_TYPE, /* typ is there and not JWT; logout+jwt for logout tokens */
	OIDC_TOKEN_ALG,		/* not one of ours: none, HS256, … */
	OIDC_TOKEN_NO_KID,
	OIDC_TOKEN_JWKS,	  /* the key set is none, or too large */
	OIDC_TOKEN_UNKNOWN_KID,	  /* the caller fetches the key set again, once a minute at most */
	OIDC_TOKEN_UNFIT_KEY,	  /* use, alg or kty do not fit, or it is too weak */
	OIDC_TOKEN_AMBIGUOUS_KID, /* two keys of that kid fit */
	OIDC_TOKEN_SIGNATURE,
	OIDC_TOKEN_PAYLOAD, /* no JSON object, a name twice, a claim missing or of the wrong kind */
	OIDC_TOKEN_ISSUER,
	OIDC_TOKEN_AUDIENCE,
	OIDC_TOKEN_PARTY, /* azp */
	OIDC_TOKEN_EXPIRED,
	OIDC_TOKEN_FUTURE, /* iat or nbf lies ahead */
	OIDC_TOKEN_NONCE,
	OIDC_TOKEN_SUBJECT,
	OIDC_TOKEN_TYPE,      /* payload typ is there and not ID: Keycloak's other tokens */
	OIDC_TOKEN_AUTH_TIME, /* the person signed in longer ago than asked for */
	OIDC_TOKEN_AT_HASH,
	OIDC_TOKEN_EVENTS, /* it does not say that it is a logout token */
	OIDC_TOKEN_JTI,	   /* nothing to know it by when it comes again */
	OIDC_TOKEN__MAX
};

/* "unknown_kid"; for logs and metrics. Never NULL. */
const char *oidc_token_word(enum oidc_token_result);

struct oidc_token_rules {
	const char *issuer, *client_id;
	const char *nonce;   /* of the attempt; NULL after a refresh, where it need not be there */
	const char *subject; /* after a refresh: who it must be; NULL: anybody */
	const char *access_token; /* for at_hash; NULL: a token with at_hash is refused */
	bool allow_rs256, allow_es256;
	int64_t max_age_s;	 /* if it was sent with the request; else 0 */
	const char *roles_claim; /* see oidc_token_read_roles(); NULL: no roles */
	int64_t now;
};

/* Texts live in the arena; NULL: not in the token. */
struct oidc_claims {
	const char *sub;
	const char *sid;
	const char *email;
	bool email_verified; /* trust no e-mail without it */
	const char *name;
	bool has_roles; /* false: the claim is not there, which is not the same as no roles */
	const char **roles;
	size_t nroles;
	int64_t issued_at, expires_at;
};

/*
 * Checks the token by the rules and reads its claims; `claims` is filled only on OIDC_TOKEN_OK.
 * `jwks` is the provider's key set as it came.
 */
enum oidc_token_result oidc_token_verify(struct oidc_claims *, struct arena *,
    const struct oidc_token_rules *, const char *jwks, size_t jwks_len, const char *token,
    size_t token_len);

/* What a logout token orders; sid or sub may be NULL, not both. */
struct oidc_logout {
	const char *sid, *sub, *jti;
	int64_t expires_at;
};

/*
 * The same checks for a logout token (OpenID Connect Back-Channel Logout 2.6), of whose rules only
 * issuer, client_id, algorithms and time count: it has the event, sid or sub, a jti, and no nonce.
 * That the jti has not been seen before is for the caller to check.
 */
enum oidc_token_result oidc_logout_token_verify(struct oidc_logout *, struct arena *,
    const struct oidc_token_rules *, const char *jwks, size_t jwks_len, const char *token,
    size_t token_len);
/* True if these bytes are a key set that oidc_token_verify() can use; for who caches it. */
bool oidc_token_is_jwks(struct arena *, const char *jwks, size_t len);

/*
 * E-mail, its verification and the name, from an ID token or userinfo. What is missing, of another
 * kind or longer than any real one stays as it was.
 */
void oidc_token_read_profile(struct oidc_claims *, const struct json *claims);
/*
 * The roles behind a path of member names such as "realm_access.roles"; "\." is a dot within a
 * name ("resource_access.my\.client.roles"). Without an array there all stays as it was; of its
 * members only texts count.
 */
void oidc_token_read_roles(
    struct oidc_claims *, struct arena *, const struct json *claims, const char *path);
bool oidc_token_has_role(const struct oidc_claims *, const char *role);

#endif
