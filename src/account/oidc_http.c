#include "account/oidc_http.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "metrics/metrics_call.h"

#define KEEP_S 3600
#define RETRY_S 60

/*
 * One document of the provider. A new one is read beside the old one, so that requests that sleep
 * with the old one in hand may finish: they live for seconds, a document for an hour.
 */
struct document {
	struct arena arenas[2];
	int newest;
	bool is_known;
	int64_t fetched_at, tried_at;
	struct web_turn turn;	      /* of who fetches it while it is not known */
	int64_t failed_us;	      /* when the last attempt failed, of clock_monotonic_us() */
	enum call_result last_result; /* of that attempt */
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

enum call_result
oidc_http_note(const char *call, enum err e, const struct call_reply *reply, const char *reason)
{
	enum call_result r = metrics_call(call, e, reply);

	if (reply->result != CALL_OK)
		reason = reply->detail;
	if (e != ERR_OK)
		log_warn("oidc", "%s: %s: %s", call, call_result_word(r),
		    reason != NULL ? reason : err_word(e));
	return r;
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
	return web_flow_fail(f, ERR_UNAVAILABLE,
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
static enum err
settle(struct web_flow *f, struct document *d, enum err e, enum call_result result)
{
	d->tried_at = clock_now();
	if (e == ERR_OK) {
		d->newest = !d->newest;
		d->is_known = true;
		d->fetched_at = d->tried_at;
		return ERR_OK;
	}
	d->failed_us = clock_monotonic_us();
	d->last_result = result;
	return d->is_known ? ERR_OK : fail(f, d);
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

enum err
oidc_http_discovery_call(struct web_flow *f, struct call_request *r)
{
	enum err e;

	if (!begin_attempt(f, &discovery, &e))
		return e;
	oidc_api_discovery_request(r, &f->arena, settings.oidc_issuer);
	r->ca_file = ca_file();
	return ERR_OK;
}

enum err
oidc_http_discovery_reply(struct web_flow *f, const struct call_reply *reply)
{
	const char *reason = NULL;
	struct oidc_provider *next = &providers[!discovery.newest];
	enum err e = oidc_api_discovery_reply(
	    next, make_room(&discovery), reply, settings.oidc_issuer, &reason);

	next->ca_file = ca_file();
	return settle(f, &discovery, e, oidc_http_note("oidc_discovery", e, reply, reason));
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

enum err
oidc_http_jwks_reply(struct web_flow *f, const struct call_reply *reply)
{
	const char *reason = NULL;
	int next = !jwks.newest;
	enum err e = oidc_api_jwks_reply(
	    &keys[next].bytes, &keys[next].len, make_room(&jwks), reply, &reason);

	return settle(f, &jwks, e, oidc_http_note("oidc_jwks", e, reply, reason));
}

bool
oidc_http_jwks_again(struct web_flow *f, struct call_request *r)
{
	static int64_t asked_at;

	if (clock_now() - asked_at < RETRY_S)
		return false;
	asked_at = clock_now();
	oidc_api_jwks_request(r, &f->arena, oidc_http_provider());
	return true;
}

static struct oidc_token_rules
usual_rules(void)
{
	return (struct oidc_token_rules){ .issuer = settings.oidc_issuer,
		.client_id = settings.oidc_client_id,
		.allow_rs256 = true,
		.allow_es256 = true,
		.roles_claim = settings.oidc_roles_claim,
		.now = clock_now() };
}

enum oidc_token_result
oidc_http_verify_logout(struct web_flow *f, struct oidc_logout *logout, const char *token)
{
	const struct oidc_token_rules rules = usual_rules();

	return oidc_logout_token_verify(logout, &f->arena, &rules, keys[jwks.newest].bytes,
	    keys[jwks.newest].len, token, strlen(token));
}

enum oidc_token_result
oidc_http_verify(struct web_flow *f, struct oidc_claims *claims, const char *nonce,
    const struct oidc_tokens *tokens)
{
	struct oidc_token_rules rules = usual_rules();

	rules.nonce = nonce;
	rules.access_token = tokens->access_token;
	return oidc_token_verify(claims, &f->arena, &rules, keys[jwks.newest].bytes,
	    keys[jwks.newest].len, tokens->id_token, strlen(tokens->id_token));
}

enum oidc_token_result
oidc_http_verify_refreshed(struct web_flow *f, struct oidc_claims *claims, const char *subject,
    const struct oidc_tokens *tokens)
{
	struct oidc_token_rules rules = usual_rules();

	rules.subject = subject;
	rules.access_token = tokens->access_token;

	return oidc_token_verify(claims, &f->arena, &rules, keys[jwks.newest].bytes,
	    keys[jwks.newest].len, tokens->id_token, strlen(tokens->id_token));
}
