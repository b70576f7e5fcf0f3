/*
 * The OpenID Connect provider, as data: what we ask it and what its answers mean. Nothing here
 * touches the network.
 *
 * Every reply function returns ERR_OK, or call_result_err() when no answer came, ERR_UNAVAILABLE
 * for status 429 and 5xx, ERR_UPSTREAM for answers that make no sense, and what stands beside it;
 * *reason is then a word for the log ("timeout", "status_404", "invalid_grant"), never a secret.
 * Texts live in the arena.
 */
#ifndef CLIENTS_OIDC_API_H
#define CLIENTS_OIDC_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/base64url.h"
#include "base/call.h"
#include "base/err.h"
#include "base/form_data.h"
#include "clients/oidc_token.h"

#define OIDC_API_CHALLENGE_SIZE (BASE64URL_LENGTH(32) + 1)

/* What discovery says; texts that may be missing are NULL. */
struct oidc_provider {
	const char *issuer;
	const char *authorization_endpoint, *token_endpoint, *jwks_uri;
	const char *userinfo_endpoint, *end_session_endpoint; /* may be missing */
	bool takes_secret_basic, takes_secret_post;	      /* one of them at least */
	bool sends_iss;	     /* the way back must carry "iss" (RFC 9207) */
	const char *ca_file; /* set by the caller: whom to trust; NULL: the system's authorities */
};

/* Ourselves, as the provider knows us. */
struct oidc_client {
	const char *client_id, *client_secret, *redirect_uri;
};

/* The secrets of one attempt to sign in: random_token() each. */
struct oidc_attempt {
	const char *state, *nonce, *code_verifier;
};

struct oidc_tokens {
	const char *access_token;
	const char *id_token;	   /* NULL only after a refresh */
	const char *refresh_token; /* NULL: none, or after a refresh: keep the old one */
	int64_t expires_in;	   /* of the access token, seconds; 0: not said */
};

/* <issuer>/.well-known/openid-configuration. */
void oidc_api_discovery_request(struct call_request *, struct arena *, const char *issuer);
/*
 * ERR_UPSTREAM, too: an issuer that is not byte for byte ours, an endpoint that is missing or no
 * http(s) URL, plain http behind an https issuer, no way to send our secret.
 */
enum err oidc_api_discovery_reply(struct oidc_provider *, struct arena *, const struct call_reply *,
    const char *issuer, const char **reason);

void oidc_api_jwks_request(struct call_request *, struct arena *, const struct oidc_provider *);
/* The key set as it came, after a look whether it is one; for oidc_token_verify(). */
enum err oidc_api_jwks_reply(
    const char **jwks, size_t *len, struct arena *, const struct call_reply *, const char **reason);

/* BASE64URL(SHA256(verifier)): method S256 of RFC 7636. */
void oidc_api_challenge(char out[OIDC_API_CHALLENGE_SIZE], const char *code_verifier);
/* Where the browser is sent to sign in. */
char *oidc_api_authorize_url(struct arena *, const struct oidc_provider *,
    const struct oidc_client *, const struct oidc_attempt *);
/*
 * The way back, after the caller found the attempt by "state" (oidc_api_callback_state): gives the
 * code. ERR_UNAUTHORIZED: the person or the provider said no; ERR_UNAVAILABLE: the provider cannot
 * at this moment; ERR_INVALID: parameters missing or twice; ERR_FORBIDDEN: "iss" of somebody else.
 */
enum err oidc_api_callback_read(const char **code, struct arena *, const struct form_data *query,
    const struct oidc_provider *, const char **reason);
/* The one "state" of the query; NULL if there is none, or several, or an impossible one. */
const char *oidc_api_callback_state(const struct form_data *query);

/* Never sent twice: the code is good for one use. */
void oidc_api_code_request(struct call_request *, struct arena *, const struct oidc_provider *,
    const struct oidc_client *, const char *code, const char *code_verifier);
/* ERR_UNAUTHORIZED: invalid_grant, start over; ERR_INTERNAL: the provider does not accept us. */
enum err oidc_api_code_reply(
    struct oidc_tokens *, struct arena *, const struct call_reply *, const char **reason);

void oidc_api_refresh_request(struct call_request *, struct arena *, const struct oidc_provider *,
    const struct oidc_client *, const char *refresh_token);
/* As oidc_api_code_reply(); ERR_UNAUTHORIZED: signed out at the provider. */
enum err oidc_api_refresh_reply(
    struct oidc_tokens *, struct arena *, const struct call_reply *, const char **reason);

/* The provider must have a userinfo_endpoint. */
void oidc_api_userinfo_request(
    struct call_request *, struct arena *, const struct oidc_provider *, const char *access_token);
/*
 * Profile and roles (roles_claim NULL: not asked for) of `subject`; what is not there, and the rest
 * of the claims, stays as it is.
 * ERR_UNAUTHORIZED: the access token is no longer good; ERR_FORBIDDEN: it is another person.
 */
enum err oidc_api_userinfo_reply(struct oidc_claims *, struct arena *, const struct call_reply *,
    const char *subject, const char *roles_claim, const char **reason);

#define OIDC_API_HINT_BYTES_MAX 4096

/*
 * Where the browser goes after signing out here; NULL when the provider has no such place.
 * `id_token` is the one of the session, without which the provider asks the person; NULL, or one
 * beyond OIDC_API_HINT_BYTES_MAX, which no address should hold: sent without.
 */
char *oidc_api_end_session_url(struct arena *, const struct oidc_provider *,
    const struct oidc_client *, const char *id_token, const char *post_logout_redirect_uri);
/*
 * Whether an address of the provider's is of the issuer's origin: our pages let forms lead to that
 * one only, and some providers sign out elsewhere.
 */
bool oidc_api_is_at_issuer(struct arena *, const struct oidc_provider *, const char *url);

#endif
