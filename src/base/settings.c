/*
 * The one table of settings: name, kind, place in the struct, default, who needs it. All else in
 * this file is the check of each kind. conf/env.example explains every setting to its reader; a
 * test compares it with this table.
 */
#include "base/settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arena.h"

#define ENV_LINE_BYTES 8192
#define SECRET_FILE_BYTES 65536
#define SECRET_LEN_MIN 32
#define SESSION_KEY_DIGITS 64
const char *const role_words[ROLE__MAX] = { "portal", "txt", "pics" };
struct settings settings;

/* Where Kubernetes puts a pod's own credentials. */
static const char *pod_files = "/var/run/secrets/kubernetes.io/serviceaccount";

/* Holds every text of `settings`; replaced as a whole when they are loaded again. */
static struct arena memory;

struct setting;

/* What is known while settings are read. */
struct reading {
	struct settings s;
	struct arena arena;
	struct strbuf *problems;
	bool is_fine;
};

typedef void check_fn(struct reading *, const struct setting *, const char *value);

static check_fn check_text, check_role, check_level, check_switch, check_number, check_site,
    check_link, check_upstream, check_issuer, check_kube, check_bind, check_networks,
    check_database, check_key, check_secret, check_file;

enum {
	BASE = 1,   /* read by subcommands too */
	NEEDED = 2, /* must be given */
	SECRET = 4, /* may come from NAME_FILE; its value is never shown */
};

struct setting {
	const char *name;
	check_fn *check;
	size_t place;
	const char *fallback; /* NULL: none */
	int flags;
	int64_t max; /* bytes of a text, or the largest number; 0: no limit */
};

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
	{ "PORTAL_ROLE", check_role, AT(role), "portal", BASE, 0 },
	{ "PORTAL_HOME", check_text, AT(home), ".", BASE, 0 },
	{ "RUN_DIR", check_text, AT(run_dir), ".", 0, 0 },
	{ "LOG_LEVEL", check_level, AT(log_level), "info", BASE, 0 },
	{ "WORKERS", check_number, AT(workers), "0", 0, 250 },
	{ "PUBLIC_URL", check_site, AT(public_url), NULL, NEEDED, 0 },
	{ "PUBLIC_BIND", check_bind, AT(public_host), "127.0.0.1:8080", 0, 0 },
	{ "INTERNAL_BIND", check_bind, AT(internal_host), "127.0.0.1:9090", 0, 0 },
	{ "TRUSTED_PROXIES", check_networks, AT(trusted_proxies), NULL, 0, 0 },
	{ "RATE_LIMITS", check_switch, AT(has_rate_limits), "on", 0, 0 },
	{ "SITE_NAME", check_text, AT(site_name), "Portal", 0, 60 },
	{ "DATABASE_URL", check_database, AT(database_url), NULL, BASE | NEEDED | SECRET, 0 },
	{ "DATABASE_DIRECT_URL", check_database, AT(database_direct_url), NULL, BASE | SECRET, 0 },
	{ "DATABASE_REPLICA_URL", check_database, AT(database_replica_url), NULL, SECRET, 0 },
	{ "SOJU_DATABASE_URL", check_database, AT(soju_database_url), NULL, SECRET, 0 },
	{ "SESSION_KEY", check_key, AT(session_key), NULL, NEEDED | SECRET, 0 },
	{ "INTERNAL_SECRET", check_secret, AT(internal_secret), NULL, NEEDED | SECRET, 0 },
	{ "INTERNAL_SECRET_OLD", check_secret, AT(internal_secret_old), NULL, SECRET, 0 },
	{ "OIDC_ISSUER", check_issuer, AT(oidc_issuer), NULL, NEEDED, 0 },
	{ "OIDC_CLIENT_ID", check_text, AT(oidc_client_id), NULL, NEEDED, 0 },
	{ "OIDC_CLIENT_SECRET", check_text, AT(oidc_client_secret), NULL, NEEDED | SECRET, 0 },
	{ "OIDC_ROLES_CLAIM", check_text, AT(oidc_roles_claim), "realm_access.roles", 0, 0 },
	{ "TXT_INTERNAL_URL", check_upstream, AT(txt_internal_url), NULL, 0, 0 },
	{ "PIC_INTERNAL_URL", check_upstream, AT(pic_internal_url), NULL, 0, 0 },
	{ "TXT_URL", check_link, AT(txt_url), NULL, 0, 0 },
	{ "PICS_URL", check_link, AT(pics_url), NULL, 0, 0 },
	{ "KUBERNETES_API_URL", check_kube, AT(kubernetes_api_url), NULL, 0, 0 },
	{ "KUBERNETES_NAMESPACE", check_text, AT(kubernetes_namespace), NULL, 0, 63 },
	{ "KUBERNETES_TOKEN_FILE", check_file, AT(kubernetes_token_file), NULL, 0, 0 },
	{ "KUBERNETES_CA_FILE", check_file, AT(kubernetes_ca_file), NULL, 0, 0 },
	{ "EVENTS_KEEP_DAYS", check_number, AT(events_keep_days), "0", 0, 36500 },
};
#define NSETTINGS (sizeof(table) / sizeof(table[0]))

/* --- Telling what is wrong, and keeping what is right --- */

static void problem(struct reading *, const struct setting *, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
problem(struct reading *r, const struct setting *set, const char *fmt, ...)
{
	va_list ap;

	r->is_fine = false;
	strbuf_printf(r->problems, "%s ", set->name);
	va_start(ap, fmt);
	strbuf_vprintf(r->problems, fmt, ap);
	va_end(ap);
	strbuf_puts(r->problems, ".\n");
}

/* Every text member is a const char * at the place its row names. */
static const char **
text_at(struct reading *r, size_t place)
{
	return (const char **)(void *)((char *)&r->s + place);
}

static void
keep(struct reading *r, const struct setting *set, const char *value)
{
	*text_at(r, set->place) = arena_strdup(&r->arena, value);
}

/* The value without one final slash, so that paths can be appended. */
static void
keep_url(struct reading *r, const struct setting *set, const char *url)
{
	size_t len = strlen(url);

	if (len > 0 && url[len - 1] == '/')
		len--;
	*text_at(r, set->place) = arena_strndup(&r->arena, url, len);
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
		problem(r, set, "holds a control character; it must be one line of text");
	else if (set->max > 0 && strlen(value) > (size_t)set->max)
		problem(r, set, "is too long; at most %lld bytes", (long long)set->max);
	else
		keep(r, set, value);
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
	problem(r, set, "must be portal, txt or pics");
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
	problem(r, set, "must be debug, info, warn or error");
}

static void
check_switch(struct reading *r, const struct setting *set, const char *value)
{
	bool is_on = strcmp(value, "on") == 0;

	if (!is_on && strcmp(value, "off") != 0)
		problem(r, set, "must be on or off");
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
		problem(r, set, "must be a whole number from 0 to %lld", (long long)set->max);
	else
		memcpy((char *)&r->s + set->place, &n, sizeof(n));
}

static void
check_file(struct reading *r, const struct setting *set, const char *value)
{
	if (access(value, R_OK) != 0)
		problem(r, set, "names a file that cannot be read: %s", strerror(errno));
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
		problem(r, set,
		    "must be an address such as https://portal.example.org, "
		    "without a path");
	else if (!u.is_https && !u.is_loopback)
		problem(r, set,
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
		problem(r, set, "must be a http or https address such as https://txt.example.org");
	else
		keep_url(r, set, value);
}

static void
check_upstream(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u))
		problem(r, set, "must be a http or https address such as http://txt:9090");
	else
		keep_url(r, set, value);
}

/* Kept to the byte: the provider's tokens must repeat it exactly. */
static void
check_issuer(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u))
		problem(r, set, "must be an address such as https://id.example.org/realms/irc");
	else if (!u.is_https && !u.is_loopback)
		problem(r, set, "must begin with https:// (plain http only on loopback)");
	else
		keep(r, set, value);
}

/* The token goes there with every request. */
static void
check_kube(struct reading *r, const struct setting *set, const char *value)
{
	struct url u;

	if (!parse_url(value, &u) || (!u.is_https && !u.is_loopback))
		problem(r, set, "must begin with https:// (plain http only on loopback)");
	else
		keep_url(r, set, value);
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
		problem(r, set,
		    "must be an address and a port, such as 127.0.0.1:8080 or "
		    "[::1]:8080");
		return;
	}
	*text_at(r, set->place) = text;
	*text_at(r, set->place + sizeof(char *)) = arena_strdup(&r->arena, colon + 1);
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
			problem(r, set,
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
		problem(r, set, "must begin with postgresql://");
	else if (has_control(value) || strchr(value, ' ') != NULL)
		problem(r, set, "holds a blank or a control character; write it as %%20 and so on");
	else if (has_wrong_brace(value, is_soju))
		problem(r, set,
		    is_soju ? "may hold {bouncer} once and no other brace"
			    : "must not hold a brace");
	else
		keep(r, set, value);
}

static void
check_key(struct reading *r, const struct setting *set, const char *value)
{
	if (strlen(value) != SESSION_KEY_DIGITS ||
	    strspn(value, "0123456789abcdefABCDEF") != SESSION_KEY_DIGITS)
		problem(
		    r, set, "must be 64 hexadecimal digits; make one with: openssl rand -hex 32");
	else
		keep(r, set, value);
}

static void
check_secret(struct reading *r, const struct setting *set, const char *value)
{
	if (strlen(value) < SECRET_LEN_MIN)
		problem(r, set,
		    "is too short; at least %d characters, for example from: "
		    "openssl rand -hex 32",
		    SECRET_LEN_MIN);
	else if (has_control(value) || strchr(value, ' ') != NULL)
		problem(r, set, "holds a blank or a control character; it is sent in a header");
	else
		keep(r, set, value);
}

/* --- Reading --- */

/* Without the line end that editors and `kubectl create secret` leave. NULL: told as a problem. */
static const char *
read_secret_file(struct reading *r, const struct setting *set, const char *path)
{
	char *text = arena_alloc(&r->arena, SECRET_FILE_BYTES + 1);
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL) {
		problem(r, set, "cannot be read from the file in %s_FILE: %s", set->name,
		    strerror(errno));
		return NULL;
	}
	len = fread(text, 1, SECRET_FILE_BYTES, f);
	if (ferror(f) || strlen(text) != len || len == SECRET_FILE_BYTES) {
		problem(r, set, "cannot be read from the file in %s_FILE: it is no short text",
		    set->name);
		text = NULL;
	}
	fclose(f);
	if (text != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

/* An empty variable counts as not given: compose files and charts write them so. */
static const char *
env_text(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* NULL: not given, or told as a problem. */
static const char *
value_of(struct reading *r, const struct setting *set)
{
	const char *value = env_text(set->name), *path;

	if (!(set->flags & SECRET))
		return value;
	path = env_text(arena_printf(&r->arena, "%s_FILE", set->name));
	if (path == NULL)
		return value;
	if (value != NULL) {
		problem(r, set, "is given twice, here and as %s_FILE; give one", set->name);
		return NULL;
	}
	return read_secret_file(r, set, path);
}

static void
read_setting(struct reading *r, const struct setting *set)
{
	bool was_fine = r->is_fine;
	const char *value;

	r->is_fine = true; /* tells "not given" from "given wrongly" below */
	value = value_of(r, set);
	if (r->is_fine && (value == NULL || *value == '\0')) {
		if (set->flags & NEEDED)
			problem(r, set, "is missing; conf/env.example explains it");
		value = set->fallback;
	}
	if (r->is_fine && value != NULL)
		set->check(r, set, value);
	r->is_fine = r->is_fine && was_fine;
}

/* --- What a pod knows of itself --- */

/* The path of one of the pod's files; "" when the pod has none or this is no pod. */
static const char *
pod_file(struct reading *r, const char *name)
{
	const char *path = arena_printf(&r->arena, "%s/%s", pod_files, name);

	return access(path, R_OK) == 0 ? path : "";
}

static const char *
pod_namespace(struct reading *r)
{
	char word[64] = "";
	FILE *f = fopen(pod_file(r, "namespace"), "re");

	if (f == NULL)
		return "";
	if (fgets(word, sizeof(word), f) == NULL)
		word[0] = '\0';
	fclose(f);
	word[strcspn(word, "\r\n")] = '\0';
	return arena_strdup(&r->arena, word);
}

/* The host is an address; the API's certificate is promised for it, not for a name. "": no pod. */
static const char *
pod_api_url(struct reading *r)
{
	const char *host = env_text("KUBERNETES_SERVICE_HOST");
	const char *port = env_text("KUBERNETES_SERVICE_PORT_HTTPS");
	bool is_v6 = host != NULL && strchr(host, ':') != NULL;

	if (host == NULL || *r->s.kubernetes_token_file == '\0')
		return "";
	return arena_printf(&r->arena, is_v6 ? "https://[%s]:%s" : "https://%s:%s", host,
	    port != NULL ? port : "443");
}

/* What is not given comes from the pod; a pod without a token simply has no Kubernetes to ask. */
static void
fill_from_pod(struct reading *r)
{
	struct settings *s = &r->s;

	if (*s->kubernetes_token_file == '\0')
		s->kubernetes_token_file = pod_file(r, "token");
	if (*s->kubernetes_ca_file == '\0')
		s->kubernetes_ca_file = pod_file(r, "ca.crt");
	if (*s->kubernetes_namespace == '\0')
		s->kubernetes_namespace = pod_namespace(r);
	if (*s->kubernetes_api_url == '\0')
		s->kubernetes_api_url = pod_api_url(r);
}

static void
check_kube_whole(struct reading *r)
{
	const char *missing = NULL;

	if (*r->s.kubernetes_api_url == '\0')
		return;
	if (*r->s.kubernetes_token_file == '\0')
		missing = "KUBERNETES_TOKEN_FILE";
	else if (*r->s.kubernetes_namespace == '\0')
		missing = "KUBERNETES_NAMESPACE";
	if (missing == NULL)
		return;
	r->is_fine = false;
	strbuf_printf(
	    r->problems, "%s is missing, but the Kubernetes API is configured.\n", missing);
}

/* --- The whole --- */

static bool
is_text(const struct setting *set)
{
	return set->check != check_number && set->check != check_role && set->check != check_switch;
}

/* Texts of settings that are neither given nor have a default. */
static void
fill_empty(struct reading *r)
{
	for (size_t i = 0; i < NSETTINGS; i++) {
		if (is_text(&table[i]) && *text_at(r, table[i].place) == NULL)
			*text_at(r, table[i].place) = "";
	}
	if (*r->s.database_direct_url == '\0')
		r->s.database_direct_url = r->s.database_url;
}

enum err
settings_load(bool serving, struct strbuf *problems)
{
	struct reading r = { .problems = problems, .is_fine = true };

	for (size_t i = 0; i < NSETTINGS; i++) {
		if (serving || (table[i].flags & BASE))
			read_setting(&r, &table[i]);
		else if (table[i].fallback != NULL)
			table[i].check(&r, &table[i], table[i].fallback);
	}
	fill_empty(&r);
	if (serving) {
		fill_from_pod(&r);
		check_kube_whole(&r);
	}
	if (!r.is_fine) {
		arena_free(&r.arena);
		return ERR_INVALID;
	}
	arena_free(&memory);
	memory = r.arena;
	settings = r.s;
	return ERR_OK;
}

/* Blank lines and comments are fine; anything else must be NAME=value. */
static enum err
load_line(char *line)
{
	char *equals = strchr(line, '=');

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return ERR_OK;
	if (equals == NULL || equals == line)
		return ERR_INVALID;
	*equals = '\0';
	return setenv(line, equals + 1, 0) == 0 ? ERR_OK : ERR_INVALID;
}

enum err
settings_load_file(const char *path)
{
	char line[ENV_LINE_BYTES];
	enum err e = ERR_OK;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return ERR_NOT_FOUND;
	while (e == ERR_OK && fgets(line, sizeof(line), f) != NULL)
		e = load_line(line);
	fclose(f);
	return e;
}
