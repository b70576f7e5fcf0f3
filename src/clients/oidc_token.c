/*
 * ID tokens and logout tokens. The order is fixed: form, header, key, signature, and only then is a
 * word of the payload believed.
 */
#include "clients/oidc_token.h"

#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64url.h"
#include "base/digest.h"

/* RFC 7518, 3.3 asks for 2048 bits at least; above 8192 a check costs too much time. */
#define RSA_BYTES_MIN 256
#define RSA_BYTES_MAX 1024
#define P256_BYTES ((size_t)32)
#define SUBJECT_BYTES_MAX 255
#define PROFILE_BYTES_MAX 320
/* Whole numbers above this are not exact in JSON; no time of ours comes near. */
#define SECONDS_MAX INT64_C(9007199254740991)

static const char *const words[OIDC_TOKEN__MAX] = {
	[OIDC_TOKEN_OK] = "ok",
	[OIDC_TOKEN_TOO_LARGE] = "too_large",
	[OIDC_TOKEN_PARTS] = "parts",
	[OIDC_TOKEN_ENCODING] = "encoding",
	[OIDC_TOKEN_HEADER] = "header",
	[OIDC_TOKEN_CRIT] = "crit",
	[OIDC_TOKEN_HEADER_TYPE] = "header_type",
	[OIDC_TOKEN_ALG] = "alg",
	[OIDC_TOKEN_NO_KID] = "no_kid",
	[OIDC_TOKEN_JWKS] = "jwks",
	[OIDC_TOKEN_UNKNOWN_KID] = "unknown_kid",
	[OIDC_TOKEN_UNFIT_KEY] = "unfit_key",
	[OIDC_TOKEN_AMBIGUOUS_KID] = "ambiguous_kid",
	[OIDC_TOKEN_SIGNATURE] = "signature",
	[OIDC_TOKEN_PAYLOAD] = "payload",
	[OIDC_TOKEN_ISSUER] = "issuer",
	[OIDC_TOKEN_AUDIENCE] = "audience",
	[OIDC_TOKEN_PARTY] = "party",
	[OIDC_TOKEN_EXPIRED] = "expired",
	[OIDC_TOKEN_FUTURE] = "future",
	[OIDC_TOKEN_NONCE] = "nonce",
	[OIDC_TOKEN_SUBJECT] = "subject",
	[OIDC_TOKEN_TYPE] = "type",
	[OIDC_TOKEN_AUTH_TIME] = "auth_time",
	[OIDC_TOKEN_AT_HASH] = "at_hash",
	[OIDC_TOKEN_EVENTS] = "events",
	[OIDC_TOKEN_JTI] = "jti",
};

const char *
oidc_token_word(enum oidc_token_result r)
{
	return r >= 0 && r < OIDC_TOKEN__MAX ? words[r] : "unknown";
}

struct bytes {
	unsigned char *v;
	size_t len;
};

struct token {
	const char *type; /* what the header may call it besides JWT; NULL: nothing */
	const char *text;
	size_t len;
	const struct json *header, *payload;
	struct bytes payload_bytes, signature;
	bool is_ec; /* ES256, else RS256 */
	const char *kid;
};

/* A key of the set, parts checked; the texts are base64url. */
struct key {
	const char *n, *e; /* RSA */
	const char *x, *y; /* EC */
	size_t modulus_bytes;
};

/* ------------------------------------------------------------------ form and header */

static bool
decode_part(struct bytes *b, struct arena *a, const char *from, const char *to)
{
	return base64url_decode(&b->v, &b->len, a, from, (size_t)(to - from)) == ERR_OK;
}

static enum oidc_token_result
split_token(struct token *t, struct arena *a, struct bytes *header)
{
	const char *end = t->text + t->len;
	const char *dot1 = memchr(t->text, '.', t->len), *dot2;

	if (dot1 == NULL || (dot2 = memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1))) == NULL ||
	    memchr(dot2 + 1, '.', (size_t)(end - dot2 - 1)) != NULL)
		return OIDC_TOKEN_PARTS;
	if (dot1 == t->text || dot2 == dot1 + 1 || dot2 + 1 == end)
		return OIDC_TOKEN_PARTS;
	if (!decode_part(header, a, t->text, dot1) ||
	    !decode_part(&t->payload_bytes, a, dot1 + 1, dot2) ||
	    !decode_part(&t->signature, a, dot2 + 1, end))
		return OIDC_TOKEN_ENCODING;
	return OIDC_TOKEN_OK;
}

static bool
parse_object(const struct json **o, struct arena *a, const struct bytes *b)
{
	return json_read_parse(o, a, (const char *)b->v, b->len) == ERR_OK &&
	       (*o)->kind == JSON_KIND_OBJECT;
}

/* Present at all, even as null, which json_read_member() does not tell from absent. */
static bool
has_member(const struct json *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->items[i].name, name) == 0)
			return true;
	return false;
}

/* "typ" is optional; access tokens ("at+jwt") and logout tokens ("logout+jwt") say so here. */
static bool
is_jwt_type(const struct token *t)
{
	const char *typ = NULL;

	if (!has_member(t->header, "typ"))
		return true;
	if (json_read_text(t->header, "typ", &typ) != ERR_OK)
		return false;
	return strcasecmp(typ, "JWT") == 0 || (t->type != NULL && strcasecmp(typ, t->type) == 0);
}

static enum oidc_token_result
check_header(struct token *t, const struct oidc_token_rules *rules)
{
	const char *alg;

	if (json_read_text(t->header, "alg", &alg) != ERR_OK)
		return OIDC_TOKEN_HEADER;
	if (has_member(t->header, "crit"))
		return OIDC_TOKEN_CRIT;
	if (!is_jwt_type(t))
		return OIDC_TOKEN_HEADER_TYPE;
	t->is_ec = strcmp(alg, "ES256") == 0;
	if (t->is_ec ? !rules->allow_es256 : !rules->allow_rs256 || strcmp(alg, "RS256") != 0)
		return OIDC_TOKEN_ALG;
	if (json_read_text(t->header, "kid", &t->kid) != ERR_OK || *t->kid == '\0')
		return OIDC_TOKEN_NO_KID;
	return OIDC_TOKEN_OK;
}

static enum oidc_token_result
read_header(struct token *t, struct arena *a, const struct oidc_token_rules *rules)
{
	struct bytes header;
	enum oidc_token_result r;

	if (t->len > OIDC_TOKEN_BYTES_MAX)
		return OIDC_TOKEN_TOO_LARGE;
	if ((r = split_token(t, a, &header)) != OIDC_TOKEN_OK)
		return r;
	if (!parse_object(&t->header, a, &header))
		return OIDC_TOKEN_HEADER;
	return check_header(t, rules);
}

/* ------------------------------------------------------------------ the key */

static bool
parse_jwks(const struct json **keys, struct arena *a, const char *jwks, size_t len)
{
	const struct json *root;

	return len <= OIDC_TOKEN_JWKS_BYTES_MAX && json_read_parse(&root, a, jwks, len) == ERR_OK &&
	       json_read_array(root, "keys", keys) == ERR_OK && (*keys)->n > 0 &&
	       (*keys)->n <= OIDC_TOKEN_KEYS_MAX;
}

bool
oidc_token_is_jwks(struct arena *a, const char *jwks, size_t len)
{
	const struct json *keys;

	return parse_jwks(&keys, a, jwks, len);
}

static bool
member_is(const struct json *o, const char *name, const char *wanted)
{
	const char *text;

	return json_read_text(o, name, &text) == ERR_OK && strcmp(text, wanted) == 0;
}

static bool
member_is_or_absent(const struct json *o, const char *name, const char *wanted)
{
	return !has_member(o, name) || member_is(o, name, wanted);
}

/* key_ops, where given, must allow verifying (RFC 7517, 4.3). */
static bool
may_verify(const struct json *key)
{
	const struct json *ops;
	size_t i;

	if (!has_member(key, "key_ops"))
		return true;
	if (json_read_array(key, "key_ops", &ops) != ERR_OK)
		return false;
	for (i = 0; i < ops->n; i++)
		if (ops->items[i].kind == JSON_KIND_TEXT &&
		    strcmp(ops->items[i].text, "verify") == 0)
			return true;
	return false;
}

/* A number of the key: base64url text, and what it means. */
static bool
read_number(
    const char **text, struct bytes *b, struct arena *a, const struct json *key, const char *name)
{
	return json_read_text(key, name, text) == ERR_OK &&
	       base64url_decode(&b->v, &b->len, a, *text, strlen(*text)) == ERR_OK && b->len > 0;
}

/* A leading zero would pass a short key off as a long one (RFC 7518, 6.3.1.1 forbids it). */
static bool
read_rsa(struct key *k, struct arena *a, const struct json *key)
{
	struct bytes n, e;

	if (!read_number(&k->n, &n, a, key, "n") || !read_number(&k->e, &e, a, key, "e"))
		return false;
	k->modulus_bytes = n.len;
	return n.len >= RSA_BYTES_MIN && n.len <= RSA_BYTES_MAX && n.v[0] != 0 && e.len <= 8;
}

static bool
read_p256(struct key *k, struct arena *a, const struct json *key)
{
	struct bytes x, y;

	return member_is(key, "crv", "P-256") && read_number(&k->x, &x, a, key, "x") &&
	       read_number(&k->y, &y, a, key, "y") && x.len == P256_BYTES && y.len == P256_BYTES;
}

static bool
read_key(struct key *k, struct arena *a, const struct json *key, bool is_ec)
{
	*k = (struct key){ 0 };
	return member_is_or_absent(key, "use", "sig") &&
	       member_is_or_absent(key, "alg", is_ec ? "ES256" : "RS256") &&
	       member_is(key, "kty", is_ec ? "EC" : "RSA") && may_verify(key) &&
	       (is_ec ? read_p256(k, a, key) : read_rsa(k, a, key));
}

static enum oidc_token_result
find_key(struct key *found, struct arena *a, const struct token *t, const struct json *keys)
{
	size_t i, nkid = 0, nfit = 0;
	struct key k;

	for (i = 0; i < keys->n; i++) {
		if (!member_is(&keys->items[i], "kid", t->kid))
			continue;
		nkid++;
		if (!read_key(&k, a, &keys->items[i], t->is_ec))
			continue;
		nfit++;
		*found = k;
	}
	if (nkid == 0)
		return OIDC_TOKEN_UNKNOWN_KID;
	if (nfit == 0)
		return OIDC_TOKEN_UNFIT_KEY;
	return nfit == 1 ? OIDC_TOKEN_OK : OIDC_TOKEN_AMBIGUOUS_KID;
}

/* ------------------------------------------------------------------ the signature */

/* Written anew from the checked parts, so that cjose sees nothing else of the key set. */
static cjose_jwk_t *
import_key(struct arena *a, const struct key *k, bool is_ec)
{
	const char *jwk;

	if (is_ec)
		jwk = arena_printf(
		    a, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}", k->x, k->y);
	else
		jwk = arena_printf(a, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", k->n, k->e);
	return cjose_jwk_import(jwk, strlen(jwk), NULL);
}

static bool
verify_with(cjose_jwk_t *jwk, const struct token *t)
{
	cjose_jws_t *jws = cjose_jws_import(t->text, t->len, NULL);
	bool is_good = jws != NULL && cjose_jws_verify(jws, jwk, NULL);

	cjose_jws_release(jws);
	return is_good;
}

static enum oidc_token_result
check_signature(struct arena *a, const struct token *t, const struct key *k)
{
	cjose_jwk_t *jwk = import_key(a, k, t->is_ec);
	bool is_good;

	if (jwk == NULL)
		return OIDC_TOKEN_UNFIT_KEY;
	is_good = t->signature.len == (t->is_ec ? 2 * P256_BYTES : k->modulus_bytes) &&
		  verify_with(jwk, t);
	cjose_jwk_release(jwk);
	return is_good ? OIDC_TOKEN_OK : OIDC_TOKEN_SIGNATURE;
}

/* ------------------------------------------------------------------ the claims */

static bool
is_audience(const struct json *aud, const char *client_id, bool *is_ours)
{
	if (aud->kind != JSON_KIND_TEXT)
		return false;
	*is_ours = *is_ours || strcmp(aud->text, client_id) == 0;
	return true;
}

/* How many audiences there are, 0 if "aud" is not as it should be or we are not among them. */
static size_t
count_audiences(const struct json *payload, const char *client_id)
{
	const struct json *aud = json_read_member(payload, "aud");
	bool is_ours = false;
	size_t i;

	if (aud == NULL)
		return 0;
	if (aud->kind != JSON_KIND_ARRAY)
		return is_audience(aud, client_id, &is_ours) && is_ours;
	for (i = 0; i < aud->n; i++)
		if (!is_audience(&aud->items[i], client_id, &is_ours))
			return 0;
	return is_ours ? aud->n : 0;
}

static enum oidc_token_result
check_parties(const struct json *payload, const struct oidc_token_rules *rules)
{
	size_t naud = count_audiences(payload, rules->client_id);

	if (!member_is(payload, "iss", rules->issuer))
		return OIDC_TOKEN_ISSUER;
	if (naud == 0)
		return OIDC_TOKEN_AUDIENCE;
	if ((naud > 1 || has_member(payload, "azp")) &&
	    !member_is(payload, "azp", rules->client_id))
		return OIDC_TOKEN_PARTY;
	return OIDC_TOKEN_OK;
}

/* A NumericDate (RFC 7519, 2) may have a fraction. */
static bool
read_seconds(const struct json *payload, const char *name, int64_t *seconds)
{
	const struct json *v = json_read_member(payload, name);

	if (v != NULL && v->kind == JSON_KIND_REAL && fabs(v->real) < (double)SECONDS_MAX)
		*seconds = (int64_t)floor(v->real);
	else if (v != NULL && v->kind == JSON_KIND_INT && llabs(v->integer) < SECONDS_MAX)
		*seconds = v->integer;
	else
		return false;
	return true;
}

static enum oidc_token_result
check_auth_time(const struct json *payload, const struct oidc_token_rules *rules)
{
	int64_t auth_time;

	if (rules->max_age_s <= 0)
		return OIDC_TOKEN_OK;
	if (!read_seconds(payload, "auth_time", &auth_time) ||
	    auth_time < rules->now - rules->max_age_s - OIDC_TOKEN_SKEW_S)
		return OIDC_TOKEN_AUTH_TIME;
	return OIDC_TOKEN_OK;
}

static enum oidc_token_result
check_times(struct oidc_claims *c, const struct json *payload, const struct oidc_token_rules *rules)
{
	int64_t not_before = INT64_MIN;

	if (!read_seconds(payload, "exp", &c->expires_at) ||
	    !read_seconds(payload, "iat", &c->issued_at) ||
	    (has_member(payload, "nbf") && !read_seconds(payload, "nbf", &not_before)))
		return OIDC_TOKEN_PAYLOAD;
	if (c->expires_at <= rules->now - OIDC_TOKEN_SKEW_S)
		return OIDC_TOKEN_EXPIRED;
	if (c->issued_at > rules->now + OIDC_TOKEN_SKEW_S ||
	    not_before > rules->now + OIDC_TOKEN_SKEW_S)
		return OIDC_TOKEN_FUTURE;
	return check_auth_time(payload, rules);
}

/* PostgreSQL, logs and headers see the sub: printable ASCII, as the standard bounds it. */
static bool
is_subject(const char *s)
{
	size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
			       " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

	return len > 0 && len <= SUBJECT_BYTES_MAX && s[len] == '\0';
}

static enum oidc_token_result
check_person(
    struct oidc_claims *c, const struct json *payload, const struct oidc_token_rules *rules)
{
	/* Without a nonce of ours the token came by a refresh, straight from the provider. */
	if (rules->nonce != NULL && !member_is(payload, "nonce", rules->nonce))
		return OIDC_TOKEN_NONCE;
	if (json_read_text(payload, "sub", &c->sub) != ERR_OK || !is_subject(c->sub))
		return OIDC_TOKEN_SUBJECT;
	if (rules->subject != NULL && strcmp(c->sub, rules->subject) != 0)
		return OIDC_TOKEN_SUBJECT;
	if (!member_is_or_absent(payload, "typ", "ID"))
		return OIDC_TOKEN_TYPE;
	return OIDC_TOKEN_OK;
}

/* The left half of the hash of the access token (OpenID Connect Core 3.1.3.6). */
static enum oidc_token_result
check_at_hash(const struct json *payload, const char *access_token)
{
	unsigned char hash[DIGEST_BYTES];
	char half[BASE64URL_LENGTH(DIGEST_BYTES / 2) + 1];

	if (!has_member(payload, "at_hash"))
		return OIDC_TOKEN_OK;
	if (access_token == NULL)
		return OIDC_TOKEN_AT_HASH;
	digest_sha256(hash, access_token, strlen(access_token));
	base64url_encode(half, hash, DIGEST_BYTES / 2);
	return member_is(payload, "at_hash", half) ? OIDC_TOKEN_OK : OIDC_TOKEN_AT_HASH;
}

static void
read_short_text(const char **text, const struct json *claims, const char *name)
{
	const char *found;

	if (json_read_text(claims, name, &found) == ERR_OK && *found != '\0' &&
	    strlen(found) <= PROFILE_BYTES_MAX)
		*text = found;
}

/* An e-mail and its verification belong together: neither outlives the other's replacement. */
void
oidc_token_read_profile(struct oidc_claims *c, const struct json *claims)
{
	const char *email = NULL;

	read_short_text(&c->name, claims, "name");
	read_short_text(&email, claims, "email");
	if (email == NULL)
		return;
	c->email = email;
	c->email_verified = false;
	json_read_bool(claims, "email_verified", &c->email_verified);
}

/* The next name of a path like "realm_access.roles"; NULL at its end. */
static const char *
next_name(struct arena *a, const char **path)
{
	const char *s = *path;
	char *name, *out;

	if (*s == '\0')
		return NULL;
	name = out = arena_alloc(a, strlen(s) + 1);
	for (; *s != '\0' && *s != '.'; s++) {
		if (s[0] == '\\' && s[1] == '.')
			s++;
		*out++ = *s;
	}
	*path = *s == '.' ? s + 1 : s;
	return name;
}

static void
add_role(struct oidc_claims *c, const struct json *role)
{
	if (role->kind == JSON_KIND_TEXT && c->nroles < OIDC_TOKEN_ROLES_MAX)
		c->roles[c->nroles++] = role->text;
}

void
oidc_token_read_roles(
    struct oidc_claims *c, struct arena *a, const struct json *claims, const char *path)
{
	const struct json *v = claims;
	const char *name;
	size_t i;

	while (v != NULL && (name = next_name(a, &path)) != NULL)
		v = json_read_member(v, name);
	if (v == NULL || v->kind != JSON_KIND_ARRAY)
		return;
	c->has_roles = true;
	c->nroles = 0;
	c->roles = arena_array(a, v->n, sizeof(*c->roles));
	for (i = 0; i < v->n; i++)
		add_role(c, &v->items[i]);
}

bool
oidc_token_has_role(const struct oidc_claims *c, const char *role)
{
	size_t i;

	for (i = 0; i < c->nroles; i++)
		if (strcmp(c->roles[i], role) == 0)
			return true;
	return false;
}

static enum oidc_token_result
read_claims(struct oidc_claims *c, struct arena *a, const struct token *t,
    const struct oidc_token_rules *rules)
{
	enum oidc_token_result r;

	if ((r = check_parties(t->payload, rules)) != OIDC_TOKEN_OK ||
	    (r = check_times(c, t->payload, rules)) != OIDC_TOKEN_OK ||
	    (r = check_person(c, t->payload, rules)) != OIDC_TOKEN_OK ||
	    (r = check_at_hash(t->payload, rules->access_token)) != OIDC_TOKEN_OK)
		return r;
	read_short_text(&c->sid, t->payload, "sid");
	oidc_token_read_profile(c, t->payload);
	if (rules->roles_claim != NULL)
		oidc_token_read_roles(c, a, t->payload, rules->roles_claim);
	return OIDC_TOKEN_OK;
}

/* Form, header, key, signature; then the payload may be read. */
static enum oidc_token_result
open_token(struct token *t, struct arena *a, const struct oidc_token_rules *rules, const char *jwks,
    size_t jwks_len)
{
	const struct json *keys;
	struct key k = { 0 };
	enum oidc_token_result r;

	if ((r = read_header(t, a, rules)) != OIDC_TOKEN_OK)
		return r;
	if (!parse_jwks(&keys, a, jwks, jwks_len))
		return OIDC_TOKEN_JWKS;
	if ((r = find_key(&k, a, t, keys)) != OIDC_TOKEN_OK ||
	    (r = check_signature(a, t, &k)) != OIDC_TOKEN_OK)
		return r;
	return parse_object(&t->payload, a, &t->payload_bytes) ? OIDC_TOKEN_OK : OIDC_TOKEN_PAYLOAD;
}

enum oidc_token_result
oidc_token_verify(struct oidc_claims *claims, struct arena *a, const struct oidc_token_rules *rules,
    const char *jwks, size_t jwks_len, const char *token, size_t token_len)
{
	struct token t = { .text = token, .len = token_len };
	struct oidc_claims read = { 0 };
	enum oidc_token_result r;

	if ((r = open_token(&t, a, rules, jwks, jwks_len)) != OIDC_TOKEN_OK ||
	    (r = read_claims(&read, a, &t, rules)) != OIDC_TOKEN_OK)
		return r;
	*claims = read;
	return OIDC_TOKEN_OK;
}

/* ------------------------------------------------------------------ logout tokens */

/* The event's value is an object, and nothing in it means anything (Back-Channel Logout 2.4). */
static bool
has_logout_event(const struct json *payload)
{
	const struct json *events, *event;

	return json_read_object(payload, "events", &events) == ERR_OK &&
	       json_read_object(
		   events, "http://schemas.openid.net/event/backchannel-logout", &event) == ERR_OK;
}

/* NULL when it is not there; false: it is there and no text of a bearable length. */
static bool
read_optional_name(const char **text, const struct json *payload, const char *name)
{
	*text = NULL;
	if (!has_member(payload, name))
		return true;
	return json_read_text(payload, name, text) == ERR_OK && **text != '\0' &&
	       strlen(*text) <= PROFILE_BYTES_MAX;
}

static enum oidc_token_result
read_logout(struct oidc_logout *l, const struct json *payload, const struct oidc_token_rules *rules)
{
	struct oidc_claims times = { 0 };
	enum oidc_token_result r;

	if ((r = check_parties(payload, rules)) != OIDC_TOKEN_OK ||
	    (r = check_times(&times, payload, rules)) != OIDC_TOKEN_OK)
		return r;
	if (!has_logout_event(payload))
		return OIDC_TOKEN_EVENTS;
	if (has_member(payload, "nonce"))
		return OIDC_TOKEN_NONCE;
	if (!read_optional_name(&l->sid, payload, "sid") ||
	    !read_optional_name(&l->sub, payload, "sub") || (l->sid == NULL && l->sub == NULL))
		return OIDC_TOKEN_SUBJECT;
	if (!read_optional_name(&l->jti, payload, "jti") || l->jti == NULL)
		return OIDC_TOKEN_JTI;
	if (!member_is_or_absent(payload, "typ", "Logout"))
		return OIDC_TOKEN_TYPE;
	l->expires_at = times.expires_at;
	return OIDC_TOKEN_OK;
}

enum oidc_token_result
oidc_logout_token_verify(struct oidc_logout *logout, struct arena *a,
    const struct oidc_token_rules *rules, const char *jwks, size_t jwks_len, const char *token,
    size_t token_len)
{
	struct token t = { .type = "logout+jwt", .text = token, .len = token_len };
	struct oidc_token_rules all = *rules;
	struct oidc_logout read = { 0 };
	enum oidc_token_result r;

	all.max_age_s = 0; /* nobody has just signed in */
	if ((r = open_token(&t, a, &all, jwks, jwks_len)) != OIDC_TOKEN_OK ||
	    (r = read_logout(&read, t.payload, &all)) != OIDC_TOKEN_OK)
		return r;
	*logout = read;
	return OIDC_TOKEN_OK;
}
