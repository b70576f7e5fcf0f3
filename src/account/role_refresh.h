/*
 * Reading the roles of a session again: from the refresh token to the row, outside of any request.
 * The provider gives a new refresh token and may end everything when the old one comes again, so
 * what was begun is brought to its end and written, though the visitor may have left long ago.
 */
#ifndef ACCOUNT_ROLE_REFRESH_H
#define ACCOUNT_ROLE_REFRESH_H

#include "clients/oidc_api.h"

struct role_refresh {
	struct arena arena; /* whatever the work makes; all texts below outlive the work */
	int64_t user_id;
	int64_t claimed_us; /* when the session was claimed for this, of clock_monotonic_us() */
	unsigned char token_hash[32];
	const char *sub, *refresh_token;
	struct oidc_provider provider;
	struct oidc_client client;
	const char *jwks; /* the provider's keys, as they came */
	size_t jwks_len;
	/* Whether a key that is not among them may be asked for now; thread-safe. */
	bool (*may_ask_keys)(void);
	struct call_reply new_jwks; /* out: if it was asked for; body in the arena */
};

/* Blocks, for seconds; thread-safe. What came of it is in the session's row, and in the log. */
void role_refresh_run(struct role_refresh *);

#endif
