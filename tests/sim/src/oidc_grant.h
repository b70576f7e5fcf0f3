/*
 * What the provider remembers between two requests: sign-ins under way, sessions, and the codes and
 * tokens given out for them.
 */
#ifndef OIDC_GRANT_H
#define OIDC_GRANT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum ticket_kind {
	TICKET_LOGIN,	/* the login page is open; ten minutes */
	TICKET_CODE,	/* one minute, once */
	TICKET_ACCESS,	/* five minutes */
	TICKET_REFRESH, /* thirty minutes, once */
	TICKET__MAX
};

struct oidc_session {
	struct oidc_session *next;
	char *sid, *sub;
	json_t *request; /* the authorization request that began it */
	int64_t auth_time;
};

struct ticket {
	struct ticket *next;
	enum ticket_kind kind;
	char *value;
	json_t *request;	      /* of TICKET_LOGIN */
	struct oidc_session *session; /* of all others */
	int64_t expires_at;
	bool is_used;
};

/* Seconds from issue to expiry. */
extern const int64_t ticket_seconds[TICKET__MAX];

/* A sign-in under way; takes a reference to the request. */
const struct ticket *oidc_grant_login(json_t *request);
/* A session of this person for that request. */
struct oidc_session *oidc_grant_session(const char *sub, json_t *request);
/* A code or refresh token with a random value. */
const struct ticket *oidc_grant_ticket(enum ticket_kind, struct oidc_session *);
/* Registers an access token, which is a JWT made elsewhere. */
void oidc_grant_access(struct oidc_session *, const char *token);

/*
 * The ticket of that kind and value, also when it is used or has just expired, so that reuse is
 * noticed; NULL when there is none.
 */
struct ticket *oidc_grant_find(enum ticket_kind, const char *value);
/* Neither used nor expired. */
bool oidc_grant_is_good(const struct ticket *);
struct oidc_session *oidc_grant_by_sid(const char *sid);
/* The latest session of that person. */
struct oidc_session *oidc_grant_by_sub(const char *sub);
/* Ends the session and all its tickets, and tells nobody: tests order that through /control/logout.
 */
void oidc_grant_end(struct oidc_session *);

#endif
