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
/* NULL until the first discovery; its texts last until the step ends. */
const struct oidc_provider *oidc_http_provider(void);

/*
 * Steps that fetch what is missing or old. They fail only when there is nothing older to go on
 * with. While there is none, one request of this worker fetches and the others wait for it: the
 * steps name the turn. What is only old is fetched by one and used by the others.
 */
struct web_turn *oidc_http_discovery_turn(struct web_flow *);
struct web_turn *oidc_http_jwks_turn(struct web_flow *);
enum err oidc_http_discovery_call(struct web_flow *, struct call_request *);
enum err oidc_http_discovery_reply(struct web_flow *, const struct call_reply *);
/*
 * The same for who is about to be sent there: nobody is sent to a provider that is down, so what is
 * a few seconds old is asked for again, and no answer fails although there is something older.
 */
struct web_turn *oidc_http_presence_turn(struct web_flow *);
enum err oidc_http_presence_call(struct web_flow *, struct call_request *);
enum err oidc_http_presence_reply(struct web_flow *, const struct call_reply *);
enum err oidc_http_jwks_call(struct web_flow *, struct call_request *);
enum err oidc_http_jwks_reply(struct web_flow *, const struct call_reply *);
/* For a step that may call oidc_http_jwks_again(): who comes meanwhile waits for the new keys. */
struct web_turn *oidc_http_jwks_again_turn(struct web_flow *);
/*
 * Asks for the keys anew although they are young, because a token names one that is not among them;
 * once a minute at most, so that forged tokens cannot make us hammer the provider. False: not yet.
 */
bool oidc_http_jwks_again(struct web_flow *, struct call_request *);
/* Takes that one chance of a minute, for who asks elsewhere; thread-safe. */
bool oidc_http_may_ask_keys(void);
/* What came of it there. */
void oidc_http_jwks_keep(const struct call_reply *);

/* Provider and keys, which must be known, for work outside of the event loop. */
void oidc_http_copy(struct arena *, struct oidc_provider *, const char **jwks, size_t *len);

/* "The sign-in service does not answer. " and the advice; lives in the arena. */
const char *oidc_http_sentence(struct web_flow *, enum call_result, const char *advice);

/* Checks an ID token with the keys at hand. */
enum oidc_token_result oidc_http_verify(
    struct web_flow *, struct oidc_claims *, const char *nonce, const struct oidc_tokens *);
enum oidc_token_result oidc_http_verify_logout(
    struct web_flow *, struct oidc_logout *, const char *token);

#endif
