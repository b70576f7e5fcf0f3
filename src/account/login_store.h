/* Attempts to sign in, and the one statement that signs in. */
#ifndef ACCOUNT_LOGIN_STORE_H
#define ACCOUNT_LOGIN_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "clients/portal_api.h"
#include "db/db_query.h"

#define LOGIN_ATTEMPT_S 600 /* an attempt must come back within this */

/* What is kept of an attempt while the person is at the provider. */
struct login_attempt {
	unsigned char state_hash[32], browser_hash[32]; /* SHA-256 of state and of the cookie */
	const char *nonce, *code_verifier, *return_path;
};

void login_store_begin(struct db_query *, const struct login_attempt *);
/* Takes the attempt with these two hashes, so that nobody can use it again. */
void login_store_take(struct db_query *, const struct login_attempt *);
/* ERR_NOT_FOUND: no such attempt, another browser's, used or too old. */
enum err login_store_taken(struct login_attempt *, struct arena *, const PGresult *);

/* What a good sign-in writes. Texts may be NULL unless said otherwise. */
struct login {
	const char *sub, *issuer; /* never NULL */
	const char *email, *name;
	bool email_verified;
	const char *roles; /* separated by spaces, "" for none */
	const char *idp_sid;
	const char *user_agent;			       /* as user_agent_keep() makes it */
	const unsigned char *id_token, *refresh_token; /* sealed (session_secret.h), or NULL */
	size_t id_token_len, refresh_token_len;
	unsigned char token_hash[32], csrf_secret[32];
	const unsigned char
	    *old_token_hash; /* 32 bytes: a session of this browser to end; or NULL */
	int64_t idle_s, life_s;
	int64_t first_visit_at; /* Unix seconds; 0: unknown */
	const char *first_source, *first_referrer, *first_campaign;
};

struct login_result {
	bool is_new, is_banned; /* a banned account gets no session */
	int64_t user_id;
};

/*
 * One statement: the account is made or brought up to date, the events `signup` (first time) and
 * `login` are recorded, the session begins and the browser's old one ends; all or nothing.
 */
void login_store_sign_in(struct db_query *, const struct login *);

/*
 * The same at txt and pics, which have neither events nor roles nor first visits. `standing` is
 * what the portal said of the account; its plan is NULL when it did not.
 */
void login_store_sign_in_at_service(
    struct db_query *, const struct login *, const struct portal_account *standing);
enum err login_store_signed_in(struct login_result *, const PGresult *);

#endif
