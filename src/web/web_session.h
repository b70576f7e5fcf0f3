/*
 * Who is asking: the session behind the cookie and its account, read in one query for every page.
 * The cookie holds 32 random bytes; the table holds only their SHA-256.
 */
#ifndef WEB_WEB_SESSION_H
#define WEB_WEB_SESSION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

#define WEB_SESSION_IDLE_S (12 * 3600)
#define WEB_SESSION_LIFE_S (30 * 86400)
/* Whoever holds a role can do harm, so their sessions are short. */
#define WEB_SESSION_ADMIN_IDLE_S (30 * 60)
#define WEB_SESSION_ADMIN_LIFE_S (12 * 3600)
/* What is known of a session is believed for so long; keep_drop() ends that at once. */
#define WEB_SESSION_KEEP_MS 5000
/* The time of last use is written at most this often. */
#define WEB_SESSION_TOUCH_S 60

struct web_session {
	int64_t user_id;		       /* 0: nobody is signed in */
	const char *sub, *name, *email, *plan; /* name and email may be NULL */
	const unsigned char *csrf_secret;      /* 32 bytes */
	const char *roles;		       /* separated by spaces */
	bool is_role_check_due; /* there are roles, and what is known of them is old */
	bool is_touch_due;
	unsigned char token_hash[32];
};

/* The name of the cookie without prefix: each role has its own, since cookies ignore ports. */
const char *web_session_cookie(void);
/* The SHA-256 of a cookie's value; false if the value is none of ours (43 base64url digits). */
bool web_session_hash(const char *cookie, unsigned char hash[32]);

/* Reads the living session with session->token_hash. No row: session->user_id stays 0. Kept for
 * WEB_SESSION_KEEP_MS; whoever must know better sets keep_ms to 0. */
void web_session_find(struct db_query *, const struct web_session *);
enum err web_session_row(struct web_session *, struct arena *, const PGresult *);
/* Writes the time of last use. */
void web_session_touch(struct db_query *, const struct web_session *);
/* Ends the session. One row: the sealed ID token it kept, or NULL; none if it had ended. */
void web_session_delete(struct db_query *, const struct web_session *);

/* The token that a form posted to `path` must bring along as `csrf`. */
const char *web_session_csrf(const struct web_session *, struct arena *, const char *path);

#endif
