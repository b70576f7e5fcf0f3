/* Two lists in memory. What has expired is dropped whenever something new is made. */
#include "oidc_grant.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xmalloc.h"
#include "oidc_jwt.h"

/* A used or expired code is remembered that much longer: its reuse is an attack to be noticed. */
#define REMEMBER_SECONDS 600
/* As Keycloak's "SSO Session Max". */
#define SESSION_SECONDS (10 * 3600)

const int64_t ticket_seconds[TICKET__MAX] = {
	[TICKET_LOGIN] = 600, [TICKET_CODE] = 60, [TICKET_ACCESS] = 300, [TICKET_REFRESH] = 1800
};

static struct oidc_session *sessions;
static struct ticket *tickets;

static void
ticket_free(struct ticket *t)
{
	json_decref(t->request);
	free(t->value);
	free(t);
}

/* Drops the tickets of one session, or with NULL those nobody needs any more. */
static void
drop_tickets(const struct oidc_session *of, int64_t now)
{
	struct ticket **at = &tickets;

	while (*at != NULL) {
		struct ticket *t = *at;
		bool drop = of != NULL ? t->session == of : t->expires_at + REMEMBER_SECONDS < now;

		if (!drop) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		ticket_free(t);
	}
}

static void
drop_old_sessions(int64_t now)
{
	struct oidc_session *next;

	for (struct oidc_session *s = sessions; s != NULL; s = next) {
		next = s->next;
		if (s->auth_time + SESSION_SECONDS < now)
			oidc_grant_end(s);
	}
}

static struct ticket *
new_ticket(enum ticket_kind kind, char *value)
{
	struct ticket *t = xcalloc(1, sizeof(*t));
	int64_t now = time(NULL);

	drop_tickets(NULL, now);
	t->kind = kind;
	t->value = value;
	t->expires_at = now + ticket_seconds[kind];
	t->next = tickets;
	tickets = t;
	return t;
}

const struct ticket *
oidc_grant_login(json_t *request)
{
	struct ticket *t = new_ticket(TICKET_LOGIN, oidc_jwt_random());

	t->request = json_incref(request);
	return t;
}

struct oidc_session *
oidc_grant_session(const char *sub, json_t *request)
{
	struct oidc_session *s = xcalloc(1, sizeof(*s));

	s->auth_time = time(NULL);
	drop_old_sessions(s->auth_time);
	s->sid = oidc_jwt_random();
	s->sub = xstrdup(sub);
	s->request = json_incref(request);
	s->next = sessions;
	sessions = s;
	return s;
}

const struct ticket *
oidc_grant_ticket(enum ticket_kind kind, struct oidc_session *session)
{
	struct ticket *t = new_ticket(kind, oidc_jwt_random());

	t->session = session;
	return t;
}

void
oidc_grant_access(struct oidc_session *session, const char *token)
{
	new_ticket(TICKET_ACCESS, xstrdup(token))->session = session;
}

struct ticket *
oidc_grant_find(enum ticket_kind kind, const char *value)
{
	struct ticket *t = tickets;

	while (t != NULL && (t->kind != kind || strcmp(t->value, value) != 0))
		t = t->next;
	return t;
}

bool
oidc_grant_is_good(const struct ticket *t)
{
	return !t->is_used && time(NULL) <= t->expires_at;
}

struct oidc_session *
oidc_grant_by_sid(const char *sid)
{
	struct oidc_session *s = sessions;

	while (s != NULL && strcmp(s->sid, sid) != 0)
		s = s->next;
	return s;
}

struct oidc_session *
oidc_grant_by_sub(const char *sub)
{
	struct oidc_session *s = sessions;

	while (s != NULL && strcmp(s->sub, sub) != 0)
		s = s->next;
	return s;
}

void
oidc_grant_end(struct oidc_session *session)
{
	struct oidc_session **at = &sessions;

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	drop_tickets(session, 0);
	json_decref(session->request);
	free(session->sid);
	free(session->sub);
	free(session);
}
