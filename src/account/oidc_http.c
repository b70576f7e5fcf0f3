#include "account/oidc_http.h"

#include <stdatomic.h>
#include <string.h>

#include "account/oidc_rules.h"
#include "base/clock.h"
#include "base/settings.h"
#include "metrics/metrics_call.h"

#define KEEP_S 3600
#define RETRY_S 60
#define PRESENCE_S 5

/*
 * One document of the provider. A new one is read beside the old one, which goes on if the new one
 * is no good. No step keeps a text of it while it sleeps: each asks for the provider anew.
 */
struct document {
	struct arena arenas[2];
	int newest;
	bool is_known;
	int64_t fetched_at, tried_at;
	struct web_turn turn;	      /* of who fetches it while it is not known */
	int64_t failed_us;	      /* when the last attempt failed, of clock_monotonic_us() */
	enum call_result last_result; /* of that attempt */
	bool is_absent;		      /* nobody answered the last attempt */
};

static struct document discovery, jwks;
static struct oidc_provider providers[2];
static struct {
	const char *bytes;
	size_t len;
} keys[2];

static bool
is_due(const struct document *d)
{
	int64_t now = clock_now();

	if (!d->is_known)
		return true;
	return now - d->fetched_at >= KEEP_S && now - d->tried_at >= RETRY_S;
}

static const char *
ca_file(void)
{
	return *settings.oidc_ca_file != '\0' ? settings.oidc_ca_file : NULL;
}

const char *
oidc_http_sentence(struct web_flow *f, enum call_result r, const char *advice)
{
	return arena_printf(&f->arena, "The sign-in service %s. %s", call_result_phrase(r), advice);
}

/* Sign-in alone is hurt. */
static enum err
fail(struct web_flow *f, const struct document *d)
{
	return web_flow_fail_advised(f, ERR_UNAVAILABLE,
	    oidc_http_sentence(f, d->last_result, "Everything else works; try again in a moment."));
}

/*
 * True if this request is to fetch the document. What is old is used on by all but the first to
 * notice, and an attempt that failed while this request waited its turn counts for it, too: a
 * hundred that wait for a provider that is away do not ask it one after the other.
 */
static bool
begin_attempt(struct web_flow *f, struct document *d, enum err *e)
{
	*e = ERR_OK;
	if (!is_due(d))
		return false;
	if (!d->is_known && d->failed_us > f->started_us) {
		*e = fail(f, d);
		return false;
	}
	d->tried_at = clock_now();
	return true;
}

/* The place for the next version; what stood there before is two versions old. */
static struct arena *
make_room(struct document *d)
{
	struct arena *a = &d->arenas[!d->newest];

	arena_free(a);
	return a;
}

/* Takes note of an attempt: the new version counts, or the old one goes on. */
static void
take_note(struct document *d, enum err e, enum call_result result)
{
	d->tried_at = clock_now();
	d->is_absent = e == ERR_UNAVAILABLE || e == ERR_TIMEOUT;
	if (e == ERR_OK) {
		d->newest = !d->newest;
		d->is_known = true;
		d->fetched_at = d->tried_at;
		return;
	}
	d->failed_us = clock_monotonic_us();
	d->last_result = result;
}

struct oidc_client
oidc_http_client(struct arena *a)
{
	return (struct oidc_client){ .client_id = settings.oidc_client_id,
		.client_secret = settings.oidc_client_secret,
		.redirect_uri = arena_printf(a, "%s/auth/callback", settings.public_url) };
}

const struct oidc_provider *
oidc_http_provider(void)
{
	return discovery.is_known ? &providers[discovery.newest] : NULL;
}

struct web_turn *
oidc_http_discovery_turn(struct web_flow *f)
{
	(void)f;
	return discovery.is_known ? NULL : &discovery.turn;
}

static void
ask_discovery(struct web_flow *f, struct call_request *r)
{
	oidc_api_discovery_request(r, &f->arena, settings.oidc_issuer);
	r->ca_file = ca_file();
}

enum err
oidc_http_discovery_call(struct web_flow *f, struct call_request *r)
{
	enum err e;

	if (!begin_attempt(f, &discovery, &e))
		return e;
	ask_discovery(f, r);
	return ERR_OK;
}

static void
read_discovery(const struct call_reply *reply)
{
	const char *reason = NULL;
	struct oidc_provider *next = &providers[!discovery.newest];
	enum err e = oidc_api_discovery_reply(
	    next, make_room(&discovery), reply, settings.oidc_issuer, &reason);

	next->ca_file = ca_file();
	take_note(&discovery, e, metrics_call_note("oidc", "oidc_discovery", e, reply, reason));
}

enum err
oidc_http_discovery_reply(struct web_flow *f, const struct call_reply *reply)
{
	read_discovery(reply);
	return discovery.is_known ? ERR_OK : fail(f, &discovery);
}

/* What cannot be read is no sign of absence: with the older document we go on. */
static enum err
judge_presence(struct web_flow *f)
{
	return discovery.is_known && !discovery.is_absent ? ERR_OK : fail(f, &discovery);
}

static bool
is_presence_due(void)
{
	return !discovery.is_known || clock_now() - discovery.fetched_at >= PRESENCE_S;
}

struct web_turn *
oidc_http_presence_turn(struct web_flow *f)
{
	(void)f;
	return is_presence_due() ? &discovery.turn : NULL;
}

enum err
oidc_http_presence_call(struct web_flow *f, struct call_request *r)
{
	if (!is_presence_due())
		return ERR_OK;
	if (discovery.failed_us > f->started_us)
		return judge_presence(f);
	ask_discovery(f, r);
	return ERR_OK;
}

enum err
oidc_http_presence_reply(struct web_flow *f, const struct call_reply *reply)
{
	read_discovery(reply);
	return judge_presence(f);
}

struct web_turn *
oidc_http_jwks_turn(struct web_flow *f)
{
	(void)f;
	return jwks.is_known ? NULL : &jwks.turn;
}

struct web_turn *
oidc_http_jwks_again_turn(struct web_flow *f)
{
	(void)f;
	return &jwks.turn;
}

enum err
oidc_http_jwks_call(struct web_flow *f, struct call_request *r)
{
	enum err e;

	if (begin_attempt(f, &jwks, &e))
		oidc_api_jwks_request(r, &f->arena, oidc_http_provider());
	return e;
}

void
oidc_http_jwks_keep(const struct call_reply *reply)
{
	const char *reason = NULL;
	int next = !jwks.newest;
	enum err e = oidc_api_jwks_reply(
	    &keys[next].bytes, &keys[next].len, make_room(&jwks), reply, &reason);

	take_note(&jwks, e, metrics_call_note("oidc", "oidc_jwks", e, reply, reason));
}

enum err
oidc_http_jwks_reply(struct web_flow *f, const struct call_reply *reply)
{
	oidc_http_jwks_keep(reply);
	return jwks.is_known ? ERR_OK : fail(f, &jwks);
}

bool
oidc_http_may_ask_keys(void)
{
	static _Atomic int64_t asked_at;
	int64_t before = asked_at, now = clock_now();

	return now - before >= RETRY_S && atomic_compare_exchange_strong(&asked_at, &before, now);
}

bool
oidc_http_jwks_again(struct web_flow *f, struct call_request *r)
{
	if (!oidc_http_may_ask_keys())
		return false;
	oidc_api_jwks_request(r, &f->arena, oidc_http_provider());
	return true;
}

enum oidc_token_result
oidc_http_verify_logout(struct web_flow *f, struct oidc_logout *logout, const char *token)
{
	const struct oidc_token_rules rules = oidc_rules();

	return oidc_logout_token_verify(logout, &f->arena, &rules, keys[jwks.newest].bytes,
	    keys[jwks.newest].len, token, strlen(token));
}

enum oidc_token_result
oidc_http_verify(struct web_flow *f, struct oidc_claims *claims, const char *nonce,
    const struct oidc_tokens *tokens)
{
	struct oidc_token_rules rules = oidc_rules();

	rules.nonce = nonce;
	rules.access_token = tokens->access_token;
	return oidc_token_verify(claims, &f->arena, &rules, keys[jwks.newest].bytes,
	    keys[jwks.newest].len, tokens->id_token, strlen(tokens->id_token));
}

void
oidc_http_copy(struct arena *a, struct oidc_provider *p, const char **key_set, size_t *len)
{
	const struct oidc_provider *now = oidc_http_provider();

	*p = *now;
	p->issuer = arena_strdup(a, now->issuer);
	p->authorization_endpoint = arena_strdup(a, now->authorization_endpoint);
	p->token_endpoint = arena_strdup(a, now->token_endpoint);
	p->jwks_uri = arena_strdup(a, now->jwks_uri);
	p->userinfo_endpoint = arena_strdup(a, now->userinfo_endpoint);
	p->end_session_endpoint = arena_strdup(a, now->end_session_endpoint);
	*len = keys[jwks.newest].len;
	*key_set = arena_strndup(a, keys[jwks.newest].bytes, *len);
}
