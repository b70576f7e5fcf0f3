#include "account/oidc_rules.h"

#include "base/clock.h"
#include "base/settings.h"

struct oidc_token_rules
oidc_rules(void)
{
	return (struct oidc_token_rules){ .issuer = settings.oidc_issuer,
		.client_id = settings.oidc_client_id,
		.allow_rs256 = true,
		.allow_es256 = true,
		.roles_claim = settings.oidc_roles_claim,
		.now = clock_now() };
}
