/* What every token of the provider must fulfil, by our settings. */
#ifndef ACCOUNT_OIDC_RULES_H
#define ACCOUNT_OIDC_RULES_H

#include "clients/oidc_token.h"

/* As of now; nonce, subject and access token are the caller's to add. */
struct oidc_token_rules oidc_rules(void);

#endif
