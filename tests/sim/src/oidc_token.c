/*
 * Tokens as Keycloak fills them, with the realm roles added to the ID token. A forgery is a small
 * change to the finished draft, so that everything else about the token stays right.
 */
#include "oidc_token.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "base/xmalloc.h"
#include "form.h"
#include "oidc_jwt.h"
#include "oidc_key.h"
#include "sim_settings.h"

#define ACCESS_SECONDS ticket_seconds[TICKET_ACCESS]
#define OVERSIZED_BYTES (200 * 1024)

struct draft {
	json_t *header, *claims;
	const struct oidc_key *key;
	enum jwt_signature how;
};

static void
claim_set(struct draft *d, const char *name, json_t *value)
{
	json_object_set_new(d->claims, name, value);
}

static void
forge_alg_none(struct draft *d)
{
	json_object_set_new(d->header, "alg", json_string("none"));
	d->how = JWT_UNSIGNED;
}

static void
forge_hs256_public_key(struct draft *d)
{
	json_object_set_new(d->header, "alg", json_string("HS256"));
	d->how = JWT_HS256_PUBLIC;
}

static void
forge_bad_signature(struct draft *d)
{
	d->how = JWT_TAMPERED;
}

static void
forge_unknown_kid(struct draft *d)
{
	json_object_set_new(d->header, "kid", json_string("unknown-kid"));
}

static void
forge_no_kid(struct draft *d)
{
	json_object_del(d->header, "kid");
}

static void
forge_crit(struct draft *d)
{
	json_object_set_new(d->header, "crit", json_pack("[s]", "urn:example:must-understand"));
	json_object_set_new(d->header, "urn:example:must-understand", json_true());
}

static void
forge_enc_key(struct draft *d)
{
	d->key = oidc_key_encryption();
	json_object_set_new(d->header, "kid", json_string(d->key->kid));
}

/* Signed rightly, by a key that only the token itself vouches for. */
static void
forge_embedded_jwk(struct draft *d)
{
	if (oidc_key_foreign() == NULL)
		return;
	d->key = oidc_key_foreign();
	json_object_set_new(d->header, "jwk", oidc_key_public(d->key));
}

static void
forge_foreign_key(struct draft *d)
{
	if (oidc_key_foreign() != NULL)
		d->key = oidc_key_foreign();
}

static void
forge_oversized(struct draft *d)
{
	char *pad = xmalloc(OVERSIZED_BYTES + 1);

	memset(pad, 'x', OVERSIZED_BYTES);
	pad[OVERSIZED_BYTES] = '\0';
	claim_set(d, "pad", json_string(pad));
	free(pad);
}

static void
forge_wrong_iss(struct draft *d)
{
	claim_set(d, "iss", json_sprintf("%s/", sim_settings.issuer));
}

static void
forge_wrong_aud(struct draft *d)
{
	claim_set(d, "aud", json_string("another-client"));
}

static void
forge_two_aud_no_azp(struct draft *d)
{
	claim_set(d, "aud", json_pack("[s, s]", sim_settings.client_id, "another-client"));
	json_object_del(d->claims, "azp");
}

static void
forge_wrong_azp(struct draft *d)
{
	claim_set(d, "azp", json_string("another-client"));
}

static void
forge_wrong_nonce(struct draft *d)
{
	claim_set(d, "nonce", json_string("another-nonce"));
}

static void
forge_no_nonce(struct draft *d)
{
	json_object_del(d->claims, "nonce");
}

static void
forge_expired(struct draft *d)
{
	claim_set(d, "exp", json_integer(time(NULL) - 600));
	claim_set(d, "iat", json_integer(time(NULL) - 900));
}

static void
forge_future_iat(struct draft *d)
{
	claim_set(d, "iat", json_integer(time(NULL) + 600));
	claim_set(d, "exp", json_integer(time(NULL) + 900));
}

static void
forge_future_nbf(struct draft *d)
{
	claim_set(d, "nbf", json_integer(time(NULL) + 600));
}

static void
forge_no_exp(struct draft *d)
{
	json_object_del(d->claims, "exp");
}

static void
forge_empty_sub(struct draft *d)
{
	claim_set(d, "sub", json_string(""));
}

static void
forge_wrong_typ(struct draft *d)
{
	claim_set(d, "typ", json_string("Bearer"));
}

static void
forge_wrong_at_hash(struct draft *d)
{
	char *other = oidc_jwt_digest("another access token", 16);

	claim_set(d, "at_hash", json_string(other));
	free(other);
}

static const struct forgery {
	const char *word;
	void (*apply)(struct draft *);
} forgeries[] = {
	{ "alg-none", forge_alg_none },
	{ "hs256-public-key", forge_hs256_public_key },
	{ "bad-signature", forge_bad_signature },
	{ "foreign-key", forge_foreign_key },
	{ "embedded-jwk", forge_embedded_jwk },
	{ "enc-key", forge_enc_key },
	{ "unknown-kid", forge_unknown_kid },
	{ "no-kid", forge_no_kid },
	{ "crit", forge_crit },
	{ "oversized", forge_oversized },
	{ "wrong-iss", forge_wrong_iss },
	{ "wrong-aud", forge_wrong_aud },
	{ "two-aud-no-azp", forge_two_aud_no_azp },
	{ "wrong-azp", forge_wrong_azp },
	{ "wrong-nonce", forge_wrong_nonce },
	{ "no-nonce", forge_no_nonce },
	{ "expired", forge_expired },
	{ "no-exp", forge_no_exp },
	{ "future-iat", forge_future_iat },
	{ "future-nbf", forge_future_nbf },
	{ "empty-sub", forge_empty_sub },
	{ "wrong-typ", forge_wrong_typ },
	{ "wrong-at-hash", forge_wrong_at_hash },
};

#define FORGERIES (sizeof(forgeries) / sizeof(forgeries[0]))

/* Of logout tokens only. */
static void
forge_no_events(struct draft *d)
{
	json_object_del(d->claims, "events");
}

static void
forge_other_event(struct draft *d)
{
	claim_set(d, "events", json_pack("{s:{}}", "http://schemas.openid.net/event/other"));
}

static void
forge_with_nonce(struct draft *d)
{
	claim_set(d, "nonce", json_string("a-nonce"));
}

static void
forge_no_jti(struct draft *d)
{
	json_object_del(d->claims, "jti");
}

static void
forge_nobody(struct draft *d)
{
	json_object_del(d->claims, "sid");
	json_object_del(d->claims, "sub");
}

static void
forge_header_typ(struct draft *d)
{
	json_object_set_new(d->header, "typ", json_string("at+jwt"));
}

static const struct forgery logout_forgeries[] = {
	{ "none", NULL },
	{ "no-events", forge_no_events },
	{ "other-event", forge_other_event },
	{ "with-nonce", forge_with_nonce },
	{ "no-jti", forge_no_jti },
	{ "nobody", forge_nobody },
	{ "header-typ", forge_header_typ },
	{ "alg-none", forge_alg_none },
	{ "hs256-public-key", forge_hs256_public_key },
	{ "bad-signature", forge_bad_signature },
	{ "foreign-key", forge_foreign_key },
	{ "embedded-jwk", forge_embedded_jwk },
	{ "enc-key", forge_enc_key },
	{ "no-kid", forge_no_kid },
	{ "crit", forge_crit },
	{ "oversized", forge_oversized },
	{ "wrong-iss", forge_wrong_iss },
	{ "wrong-aud", forge_wrong_aud },
	{ "two-aud-no-azp", forge_two_aud_no_azp },
	{ "expired", forge_expired },
	{ "no-exp", forge_no_exp },
	{ "future-iat", forge_future_iat },
	{ "wrong-typ", forge_wrong_typ },
};

#define LOGOUT_FORGERIES (sizeof(logout_forgeries) / sizeof(logout_forgeries[0]))

static const struct forgery *waiting;
static int64_t times_left;

json_t *
oidc_token_person(const char *sub)
{
	const json_t *account = account_get(sub);
	json_t *person = json_object();
	static const char *const names[] = { "sub", "email", "email_verified", "name",
		"preferred_username" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_set(person, names[i], json_object_get(account, names[i]));
	json_object_set_new(
	    person, "realm_access", json_pack("{s:O}", "roles", json_object_get(account, "roles")));
	return person;
}

static json_t *
header_of(const struct oidc_key *key)
{
	return json_pack("{s:s, s:s, s:s}", "alg", "RS256", "typ", "JWT", "kid", key->kid);
}

static void
claims_common(json_t *claims, const struct oidc_session *s)
{
	char *jti = oidc_jwt_random();
	int64_t now = time(NULL);

	json_object_update_new(
	    claims, json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "exp",
			(json_int_t)(now + ACCESS_SECONDS), "iat", (json_int_t)now, "auth_time",
			(json_int_t)s->auth_time, "jti", jti, "iss", sim_settings.issuer, "azp",
			sim_settings.client_id, "sid", s->sid, "session_state", s->sid));
	free(jti);
}

static char *
access_token(const struct oidc_session *s)
{
	json_t *claims = oidc_token_person(s->sub);
	json_t *header = header_of(oidc_key_signing());
	char *token;

	claims_common(claims, s);
	json_object_set_new(claims, "typ", json_string("Bearer"));
	json_object_set_new(claims, "aud", json_string("account"));
	json_object_set(claims, "scope", json_object_get(s->request, "scope"));
	token = oidc_jwt_make(header, claims, oidc_key_signing(), JWT_RS256);
	json_decref(header);
	json_decref(claims);
	return token;
}

static void
forge_if_asked(struct draft *d)
{
	if (waiting == NULL)
		return;
	waiting->apply(d);
	if (--times_left == 0)
		waiting = NULL;
}

static char *
id_token(const struct oidc_session *s, const char *access, bool with_nonce)
{
	struct draft d = { .key = oidc_key_signing(), .how = JWT_RS256 };
	char *at_hash = oidc_jwt_digest(access, 16), *token;

	d.header = header_of(d.key);
	d.claims = oidc_token_person(s->sub);
	claims_common(d.claims, s);
	claim_set(&d, "typ", json_string("ID"));
	claim_set(&d, "aud", json_string(sim_settings.client_id));
	claim_set(&d, "at_hash", json_string(at_hash));
	if (with_nonce && form_text(s->request, "nonce") != NULL)
		claim_set(&d, "nonce", json_string(form_text(s->request, "nonce")));
	forge_if_asked(&d);
	token = oidc_jwt_make(d.header, d.claims, d.key, d.how);
	json_decref(d.header);
	json_decref(d.claims);
	free(at_hash);
	return token;
}

static const struct forgery *
logout_forgery(const json_t *order)
{
	const char *word = json_string_value(json_object_get(order, "forge"));

	for (size_t i = 0; i < LOGOUT_FORGERIES; i++)
		if (strcmp(word != NULL ? word : "none", logout_forgeries[i].word) == 0)
			return &logout_forgeries[i];
	return NULL;
}

/* Two minutes, as Keycloak's. */
static json_t *
logout_claims(const struct oidc_session *s, const char *which)
{
	char *jti = oidc_jwt_random();
	int64_t now = time(NULL);
	json_t *claims = json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:{s:{}}}", "iss",
	    sim_settings.issuer, "aud", sim_settings.client_id, "iat", (json_int_t)now, "exp",
	    (json_int_t)(now + 120), "jti", jti, "typ", "Logout", "events",
	    "http://schemas.openid.net/event/backchannel-logout");

	free(jti);
	if (strcmp(which, "sid") != 0)
		json_object_set_new(claims, "sub", json_string(s->sub));
	if (strcmp(which, "sub") != 0)
		json_object_set_new(claims, "sid", json_string(s->sid));
	return claims;
}

enum err
oidc_token_logout(const json_t *order, char **token, const char **why)
{
	const char *sub = json_string_value(json_object_get(order, "sub"));
	const char *which = json_string_value(json_object_get(order, "claims"));
	const struct oidc_session *s = sub != NULL ? oidc_grant_by_sub(sub) : NULL;
	const struct forgery *f = logout_forgery(order);
	struct draft d = { .key = oidc_key_signing(), .how = JWT_RS256 };

	*why = s == NULL   ? "sub has no session."
	       : f == NULL ? "There is no such forgery of a logout token."
			   : NULL;
	if (*why != NULL)
		return ERR_INVALID;
	d.header = header_of(d.key);
	json_object_set_new(d.header, "typ", json_string("logout+jwt"));
	d.claims = logout_claims(s, which != NULL ? which : "both");
	if (f->apply != NULL)
		f->apply(&d);
	*token = oidc_jwt_make(d.header, d.claims, d.key, d.how);
	json_decref(d.header);
	json_decref(d.claims);
	return ERR_OK;
}

json_t *
oidc_token_answer(struct oidc_session *s, bool with_nonce)
{
	char *access = access_token(s), *id = id_token(s, access, with_nonce);
	const struct ticket *refresh = oidc_grant_ticket(TICKET_REFRESH, s);
	json_t *answer;

	oidc_grant_access(s, access);
	answer = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:i, s:s, s:s}", "access_token", access,
	    "expires_in", (json_int_t)ACCESS_SECONDS, "refresh_expires_in",
	    (json_int_t)ticket_seconds[TICKET_REFRESH], "refresh_token", refresh->value,
	    "token_type", "Bearer", "id_token", id, "not-before-policy", 0, "session_state", s->sid,
	    "scope", form_text(s->request, "scope"));
	free(access);
	free(id);
	return answer;
}

static const struct forgery *
forgery_by_word(const char *word)
{
	for (size_t i = 0; i < FORGERIES && word != NULL; i++)
		if (strcmp(word, forgeries[i].word) == 0)
			return &forgeries[i];
	return NULL;
}

enum err
oidc_token_forge(json_t *order, const char **why)
{
	const char *word = json_string_value(json_object_get(order, "forge"));
	const json_t *times = json_object_get(order, "times");
	const struct forgery *f = forgery_by_word(word);

	*why = NULL;
	if (f == NULL && (word == NULL || strcmp(word, "none") != 0))
		*why = "forge is none, or one of the forgeries that GET /control lists.";
	else if (times != NULL && json_integer_value(times) < 1)
		*why = "times is a number from 1.";
	if (*why != NULL)
		return ERR_INVALID;
	waiting = f;
	times_left = times != NULL ? json_integer_value(times) : 1;
	return ERR_OK;
}

const char *
oidc_token_forged(void)
{
	return waiting != NULL ? waiting->word : "none";
}

json_t *
oidc_token_forgeries(void)
{
	json_t *words = json_array();

	for (size_t i = 0; i < FORGERIES; i++)
		json_array_append_new(words, json_string(forgeries[i].word));
	return words;
}

void
oidc_token_reset(void)
{
	waiting = NULL;
}
