/* The tokens of a session, and the one ID token that is to be forged. */
#ifndef OIDC_TOKEN_H
#define OIDC_TOKEN_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "oidc_grant.h"

/*
 * The successful answer of the token endpoint: access, refresh and ID token, all new. with_nonce is
 * for the code grant; a refreshed ID token carries none (OIDC Core 12.2).
 */
json_t *oidc_token_answer(struct oidc_session *, bool with_nonce);
/* Claims about a person, as the ID token and userinfo give them. */
json_t *oidc_token_person(const char *sub);

/*
 * Takes {"forge":, "times":}: the next ID tokens carry that mistake. ERR_INVALID: *why, nothing
 * changed.
 */
enum err oidc_token_forge(json_t *order, const char **why);
/*
 * A logout token for {"sub":, "claims": "both"|"sid"|"sub", "forge":}, naming the person's latest
 * session (OIDC Back-Channel Logout 2.4); from xmalloc. ERR_INVALID: *why.
 */
enum err oidc_token_logout(const json_t *order, char **token, const char **why);
/* The mistake that waits, "none" when there is none, and all that there are. */
const char *oidc_token_forged(void);
json_t *oidc_token_forgeries(void);
void oidc_token_reset(void);

#endif
