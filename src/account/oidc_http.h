/*
 * What this worker knows of the provider: its discovery document and its keys. Both are kept for an
 * hour, and longer while the provider does not answer. The steps that fetch them are shared by the
 * pages that need them.
 */
#ifndef ACCOUNT_OIDC_HTTP_H
#define ACCOUNT_OIDC_HTTP_H

#include "clients/oidc_api.h"
#include "web/web_flow.h"

/* Who we are to the provider; lives in the arena. */
struct oidc_client oidc_http_client(struct arena *);
/* NULL until the first discovery; its texts outlive any request. */
const struct oidc_provider *oidc_http_provider(void);

/* Steps that fetch what is missing or old. They fail only when there is nothing older to go on
 * with. */
enum err oidc_http_discovery_call(struct web_flow *, struct call_request *);
enum err oidc_http_discovery_reply(struct web_flow *, const struct call_reply *);
enum err oidc_http_jwks_call(struct web_flow *, struct call_request *);
enum err oidc_http_jwks_reply(struct web_flow *, const struct call_reply *);
/*
 * Asks for the keys anew although they are young, because a token names one that is not among them;
 * once a minute at most, so that forged tokens cannot make us hammer the provider. False: not yet.
 */
bool oidc_http_jwks_again(struct web_flow *, struct call_request *);

/* Checks an ID token with the keys at hand. */
enum oidc_token_result oidc_http_verify(
    struct web_flow *, struct oidc_claims *, const char *nonce, const struct oidc_tokens *);
/* The same for one that came by a refresh; it must be of `subject`. */
enum oidc_token_result oidc_http_verify_refreshed(
    struct web_flow *, struct oidc_claims *, const char *subject, const struct oidc_tokens *);
enum oidc_token_result oidc_http_verify_logout(
    struct web_flow *, struct oidc_logout *, const char *token);

#endif
