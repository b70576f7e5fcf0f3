/* The check of each kind of setting: what fits is kept, what does not is told in a sentence. */
#include "base/settings_rule.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECRET_LEN_MIN 32
#define SESSION_KEY_DIGITS 64

/* --- Keeping what is right --- */

static void
keep(struct reading *r, const struct setting *set, const char *value)
{
	*settings_text_at(r, set->place) = arena_strdup(&r->arena, value);
}

/* The value without one final slash, so that paths can be appended. */
static void
keep_url(struct reading *r, const struct setting *set, const char *url)
{
	size_t len = strlen(url);

	if (len > 0 && url[len - 1] == '/')
		len--;
	*settings_text_at(r, set->place) = arena_strndup(&r->arena, url, len);
}

/* --- Texts and numbers --- */

/* Kore's configuration is made of words and lines, HTTP headers of lines. */
static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

static void
check_text(struct reading *r, const struct setting *set, const char *value)
{
	if (has_control(value))
		settings_problem(r, set, "holds a control character; it must be one line of text");
	else if (set->max > 0 && strlen(value) > (size_t)set->max)
		settings_problem(r, set, "is too long; at most %lld bytes", (long long)set->max);
	else
		keep(r, set, value);
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME_BYTES LETTERS "0123456789-._"

static void
check_name(struct reading *r, const struct setting *set, const char *value)
{
	if (value[strspn(value, NAME_BYTES)] != '\0')
		settings_problem(r, set, "must be a name of letters, digits and \"-._\"");
	else
		check_text(r, set, value);
}

static void
check_role(struct reading *r, const struct setting *set, const char *value)
{
	for (int i = 0; i < ROLE__MAX; i++) {
		if (strcmp(value, role_words[i]) == 0) {
			r->s.role = (enum role)i;
			return;
		}
	}
	settings_problem(r, set, "must be portal, txt or pics");
}

static void
check_level(struct reading *r, const struct setting *set, const char *value)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(value, levels[i]) == 0) {
			keep(r, set, value);
			return;
		}
	}
	settings_problem(r, set, "must be debug, info, warn or error");
}

static void
check_provisioner(struct reading *r, const struct setting *set, const char *value)
{
	if (strcmp(value, "none") != 0 && strcmp(value, "soju") != 0 &&
	    strcmp(value, "kubernetes") != 0)
		settings_problem(r, set, "must be none, soju or kubernetes");
	else
		keep(r, set, value);
}

static void
check_switch(struct reading *r, const struct setting *set, const char *value)
{
	bool is_on = strcmp(value, "on") == 0;

	if (!is_on && strcmp(value, "off") != 0)
		settings_problem(r, set, "must be on or off");
	else
		memcpy((char *)&r->s + set->place, &is_on, sizeof(is_on));
}

/* Digits only: strtoll alone would take blanks, signs and an empty text. */
static bool
parse_number(const char *s, int64_t max, int64_t *n)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*n = strtoll(s, &end, 10);
	return errno == 0 && *end == '\0' && *n <= max;
}

static void
check_number(struct reading *r, const struct setting *set, const char *value)
{
	int64_t n;

	if (!parse_number(value, set->max, &n))
		settings_problem(
		    r, set, "must be a whole number from 0 to %lld", (long long)set->max);
	else
		memcpy((char *)&r->s + set->place, &n, sizeof(n));
}

static void
check_file(struct reading *r, const struct setting *set, const char *value)
{
	if (access(value, R_OK) != 0)
		settings_problem(r, set, "names a file that cannot be read: %s", strerror(errno));
	else
		keep(r, set, value);
}

/* --- Addresses --- */

static bool
is_loopback(const char *host, size_t len)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && strncasecmp(names[i], host, len) == 0)
			return true;
	}
	return false;
}

static bool
is_port(const char *s)
{
	int64_t n;

	return parse_number(s, 65535, &n) && n > 0;
}

/* What stands between "://" and the path of an http or https URL. */
struct url {
	bool is_https, is_loopback, has_path;
};

/* Host name or bracketed address, then perhaps a port; no user, as nothing here takes one. */
static bool
parse_authority(const char *s, size_t len, bool *loopback)
{
	size_t host = 0;
	char port[8];

	if (len > 0 && s[0] == '[') {
		while (host < len && s[host] != ']')
			host++;
		host++;
	} else {
		while (host < len && (isalnum((unsigned char)s[host]) || strchr("-._", s[host])))
			host++;
	}
	*loopback = is_loopback(s, host);
	if (host == 0 || host >= len)
		return host == len && host > 0;
	if (s[host] != ':' || len - host - 1 >= sizeof(port))
		return false;
	snprintf(port, sizeof(port), "%.*s", (int)(len - host - 1), s + host + 1);
	return is_port(port);
}

static bool
parse_url(const char *s, struct url *u)
{
	const char *rest;
	size_t len;

	u->is_https = strncmp(s, "https://", 8) == 0;
	if (!u->is_https && strncmp(s, "http://", 7) != 0)
		return false;
	rest = strchr(s, ':') + 3;
	len = strcspn(rest, "/?#");
	u->has_path = rest[len] != '\0' && strcmp(rest + len, "/") != 0;
	for (const char *c = s; *c != '\0'; c++) {
		if (*c <= 0x20 || *c >= 0x7f || strchr("?#\"<>\\", *c) != NULL)
			return false;
	}
	return parse_authority(rest, len, &u->is_loopback);
}

/* The portal's own address: cookies and redirects are made for the whole host. */
static void
check_site(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u) || u.has_path)
		settings_problem(r, set,
		    "must be an address such as https://portal.example.org, "
		    "without a path");
	else if (!u.is_https && !u.is_loopback)
		settings_problem(r, set,
		    "must begin with https:// (plain http only on 127.0.0.1, [::1] "
		    "or localhost)");
	else {
		keep_url(r, set, value);
		r->s.is_https = u.is_https;
	}
}

static void
check_link(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u))
		settings_problem(
		    r, set, "must be a http or https address such as https://txt.example.org");
	else
		keep_url(r, set, value);
}

static void
check_upstream(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u))
		settings_problem(r, set, "must be a http or https address such as http://txt:9090");
	else
		keep_url(r, set, value);
}

/* Kept to the byte: the provider's tokens must repeat it exactly. */
static void
check_issuer(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u))
		settings_problem(
		    r, set, "must be an address such as https://id.example.org/realms/irc");
	else if (!u.is_https && !u.is_loopback)
		settings_problem(r, set, "must begin with https:// (plain http only on loopback)");
	else
		keep(r, set, value);
}

/* The token goes there with every request. */
static void
check_kube(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u) || (!u.is_https && !u.is_loopback))
		settings_problem(r, set, "must begin with https:// (plain http only on loopback)");
	else
		keep_url(r, set, value);
}

/* Requests are signed for the address as it stands; see clients/s3_api.h. */
static void
check_s3(struct reading *r, const struct setting *set, const char *value)
{
	if (value[strspn(value, NAME_BYTES "~/:[]")] != '\0')
		settings_problem(r, set,
		    "must be an address such as https://s3.example.org, of letters, digits and "
		    "\"-._~/:\"");
	else
		check_kube(r, set, value);
}

/* "127.0.0.1:8080" or "[::1]:8080" into the two members host and port, neighbours in the struct. */
static void
check_bind(struct reading *r, const struct setting *set, const char *value)
{
	const char *colon = strrchr(value, ':'), *host = value;
	size_t len = colon != NULL ? (size_t)(colon - value) : 0;
	unsigned char address[16];
	char *text;

	if (len > 2 && value[0] == '[' && value[len - 1] == ']') {
		host++;
		len -= 2;
	}
	text = arena_strndup(&r->arena, host, len);
	if (colon == NULL || !is_port(colon + 1) ||
	    inet_pton(host == value ? AF_INET : AF_INET6, text, address) != 1) {
		settings_problem(r, set,
		    "must be an address and a port, such as 127.0.0.1:8080 or "
		    "[::1]:8080");
		return;
	}
	*settings_text_at(r, set->place) = text;
	*settings_text_at(r, set->place + sizeof(char *)) = arena_strdup(&r->arena, colon + 1);
}

static bool
is_network(const char *word)
{
	char address[INET6_ADDRSTRLEN] = "";
	size_t len = strcspn(word, "/");
	unsigned char bytes[16];
	int64_t prefix;
	int family;

	if (len >= sizeof(address))
		return false;
	memcpy(address, word, len);
	family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	if (inet_pton(family, address, bytes) != 1)
		return false;
	return word[len] == '\0' ||
	       parse_number(word + len + 1, family == AF_INET ? 32 : 128, &prefix);
}

static void
check_networks(struct reading *r, const struct setting *set, const char *value)
{
	char *words = arena_strdup(&r->arena, value), *save = NULL;

	for (char *w = strtok_r(words, ", ", &save); w != NULL; w = strtok_r(NULL, ", ", &save)) {
		if (!is_network(w)) {
			settings_problem(r, set,
			    "must list addresses or networks with commas, such as "
			    "10.0.0.0/8,::1");
			return;
		}
	}
	keep(r, set, value);
}

/* --- Secrets. Their values never reach a message. --- */

/* "{bouncer}" is the one brace a URL may hold, and only that of soju. */
static bool
has_wrong_brace(const char *url, bool is_soju)
{
	const char *brace = strchr(url, '{');

	if (brace == NULL)
		return false;
	return !is_soju || strncmp(brace, "{bouncer}", 9) != 0 || strchr(brace + 1, '{') != NULL;
}

static void
check_database(struct reading *r, const struct setting *set, const char *value)
{
	bool is_soju = set->place == AT(soju_database_url);

	if (strncmp(value, "postgres://", 11) != 0 && strncmp(value, "postgresql://", 13) != 0)
		settings_problem(r, set, "must begin with postgresql://");
	else if (has_control(value) || strchr(value, ' ') != NULL)
		settings_problem(
		    r, set, "holds a blank or a control character; write it as %%20 and so on");
	else if (has_wrong_brace(value, is_soju))
		settings_problem(r, set,
		    is_soju ? "may hold {bouncer} once and no other brace"
			    : "must not hold a brace");
	else
		keep(r, set, value);
}

/* --- Addresses with {bouncer} in them --- */

/* As it is for a bouncer with a name of one letter; NULL, told as a problem: a wrong brace. */
static char *
for_some_bouncer(struct reading *r, const struct setting *set, const char *value)
{
	const char *brace = strchr(value, '{');

	if (has_wrong_brace(value, true) || strchr(value, '}') != strrchr(value, '}') ||
	    (brace == NULL && strchr(value, '}') != NULL)) {
		settings_problem(r, set, "may hold {bouncer} once and no other brace");
		return NULL;
	}
	if (brace == NULL)
		return arena_strdup(&r->arena, value);
	return arena_printf(&r->arena, "%.*sx%s", (int)(brace - value), value, brace + 9);
}

#define SOCKET_BYTES_MAX 107 /* what the kernel takes as the path of a socket */

static void
check_socket(struct reading *r, const struct setting *set, const char *value)
{
	const char *path = for_some_bouncer(r, set, value);

	if (path == NULL)
		return;
	if (*path != '/' || strlen(path) > SOCKET_BYTES_MAX || has_control(path))
		settings_problem(
		    r, set, "must be the path of a socket, of at most %d bytes", SOCKET_BYTES_MAX);
	else
		keep(r, set, value);
}

static void
check_irc(struct reading *r, const struct setting *set, const char *value)
{
	const char *address = for_some_bouncer(r, set, value), *place;
	bool is_loopback_too;
	size_t len;

	if (address == NULL)
		return;
	place = strncmp(address, "ircs://", 7) == 0	       ? address + 7
		: strncmp(address, "irc+insecure://", 15) == 0 ? address + 15
							       : "";
	len = strlen(place);
	len -= len > 0 && place[len - 1] == '/';
	if (!parse_authority(place, len, &is_loopback_too))
		settings_problem(r, set,
		    "must be an address such as ircs://soju.example.org:6697, or with "
		    "irc+insecure:// inside a cluster");
	else
		keep_url(r, set, value);
}

static void
check_metrics(struct reading *r, const struct setting *set, const char *value)
{
	const char *address = for_some_bouncer(r, set, value);
	struct url u;

	if (address == NULL)
		return;
	if (!parse_url(address, &u))
		settings_problem(
		    r, set, "must be a http or https address such as http://soju:9099/metrics");
	else
		keep(r, set, value);
}

static void
check_host(struct reading *r, const struct setting *set, const char *value)
{
	const char *host = for_some_bouncer(r, set, value);

	if (host == NULL)
		return;
	if (host[strspn(host, NAME_BYTES)] != '\0' || strchr("-.", *host) != NULL)
		settings_problem(r, set, "must be the name of a host, without a port");
	else
		check_text(r, set, value);
}

static void
check_key(struct reading *r, const struct setting *set, const char *value)
{
	if (strlen(value) != SESSION_KEY_DIGITS ||
	    strspn(value, "0123456789abcdefABCDEF") != SESSION_KEY_DIGITS)
		settings_problem(
		    r, set, "must be 64 hexadecimal digits; make one with: openssl rand -hex 32");
	else
		keep(r, set, value);
}

static void
check_secret(struct reading *r, const struct setting *set, const char *value)
{
	if (strlen(value) < SECRET_LEN_MIN)
		settings_problem(r, set,
		    "is too short; at least %d characters, for example from: "
		    "openssl rand -hex 32",
		    SECRET_LEN_MIN);
	else if (has_control(value) || strchr(value, ' ') != NULL)
		settings_problem(
		    r, set, "holds a blank or a control character; it is sent in a header");
	else
		keep(r, set, value);
}

static void
check_currency(struct reading *r, const struct setting *set, const char *value)
{
	char code[4] = "";

	if (strlen(value) != 3 || strspn(value, LETTERS) != 3) {
		settings_problem(r, set, "must be the three letters of a currency, such as EUR");
		return;
	}
	for (int i = 0; i < 3; i++)
		code[i] = (char)tolower((unsigned char)value[i]);
	keep(r, set, code);
}

/* The publishable key, pk_…, is the one that people confuse it with. */
static void
check_stripe(struct reading *r, const struct setting *set, const char *value)
{
	bool has_kind = strncmp(value, "sk_", 3) == 0 || strncmp(value, "rk_", 3) == 0;

	if (!has_kind ||
	    (strncmp(value + 3, "live_", 5) != 0 && strncmp(value + 3, "test_", 5) != 0))
		settings_problem(r, set,
		    "must be a secret or restricted key of Stripe: it begins with sk_live_, "
		    "sk_test_, rk_live_ or rk_test_");
	else if (has_control(value) || strchr(value, ' ') != NULL)
		settings_problem(
		    r, set, "holds a blank or a control character; it is sent in a header");
	else
		keep(r, set, value);
}

/* The whole of it is the key of the signature, prefix included. */
static void
check_webhook(struct reading *r, const struct setting *set, const char *value)
{
	if (strncmp(value, "whsec_", 6) != 0 || value[6] == '\0')
		settings_problem(r, set,
		    "must be the signing secret of a webhook endpoint of Stripe: it begins with "
		    "whsec_");
	else if (has_control(value) || strchr(value, ' ') != NULL)
		settings_problem(r, set, "holds a blank or a control character; Stripe's has none");
	else
		keep(r, set, value);
}

/* --- By kind --- */

typedef void check_fn(struct reading *, const struct setting *, const char *value);

static check_fn *const checks[KIND__MAX] = {
	[KIND_TEXT] = check_text,
	[KIND_ROLE] = check_role,
	[KIND_LEVEL] = check_level,
	[KIND_SWITCH] = check_switch,
	[KIND_NUMBER] = check_number,
	[KIND_FILE] = check_file,
	[KIND_SITE] = check_site,
	[KIND_LINK] = check_link,
	[KIND_UPSTREAM] = check_upstream,
	[KIND_ISSUER] = check_issuer,
	[KIND_KUBE] = check_kube,
	[KIND_BIND] = check_bind,
	[KIND_NETWORKS] = check_networks,
	[KIND_DATABASE] = check_database,
	[KIND_KEY] = check_key,
	[KIND_SECRET] = check_secret,
	[KIND_NAME] = check_name,
	[KIND_S3] = check_s3,
	[KIND_CURRENCY] = check_currency,
	[KIND_STRIPE] = check_stripe,
	[KIND_WEBHOOK] = check_webhook,
	[KIND_PROVISIONER] = check_provisioner,
	[KIND_SOCKET] = check_socket,
	[KIND_IRC] = check_irc,
	[KIND_METRICS] = check_metrics,
	[KIND_HOST] = check_host,
};

void
settings_check(struct reading *r, const struct setting *set, const char *value)
{
	checks[set->kind](r, set, value);
}
