#include "base/mail_server.h"

#include <string.h>

#include "base/url.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define LOCAL_BYTES_MAX 64
#define HOST_BYTES_MAX 253

/* A name, or an IPv4 address: labels of letters, digits and hyphens. */
static bool
is_host_name(const char *s, size_t len)
{
	size_t label = 0;

	if (len == 0 || len > HOST_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.') {
			if (label == 0 || s[i - 1] == '-')
				return false;
			label = 0;
		} else if (strchr(LETTERS DIGITS "-", s[i]) == NULL ||
			   (label == 0 && s[i] == '-') || ++label > 63) {
			return false;
		}
	}
	return label > 0 && s[len - 1] != '-';
}

/* ---- The server ---- */

static bool
is_host(const char *s, size_t len)
{
	if (len > 2 && s[0] == '[' && s[len - 1] == ']')
		return strspn(s + 1, "0123456789abcdefABCDEF:.") == len - 2;
	return is_host_name(s, len);
}

static bool
is_loopback_host(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, DIGITS ".") == strlen(host));
}

static bool
is_port(const char *s)
{
	const size_t len = strlen(s);
	int n = 0;

	if (len == 0 || len > 5 || strspn(s, DIGITS) != len)
		return false;
	for (; *s != '\0'; s++)
		n = n * 10 + (*s - '0');
	return n >= 1 && n <= 65535;
}

/* Nothing that a line of the protocol could be ended with, even percent-encoded. */
static enum err
read_secret(const char **out, struct arena *a, const char *s, size_t len)
{
	char *text;

	if (len == 0 || url_decode(&text, a, s, len) != ERR_OK)
		return ERR_INVALID;
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return ERR_INVALID;
	*out = text;
	return ERR_OK;
}

static enum err
read_user(struct mail_server *m, struct arena *a, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	enum err e;

	if (colon == NULL)
		return ERR_INVALID;
	e = read_secret(&m->user, a, s, (size_t)(colon - s));
	if (e == ERR_OK)
		e = read_secret(&m->password, a, colon + 1, len - (size_t)(colon - s) - 1);
	return e;
}

static enum err
read_host(struct mail_server *m, struct arena *a, const char *s)
{
	const char *bracket = *s == '[' ? strchr(s, ']') : s;
	const char *colon = bracket != NULL ? strchr(bracket, ':') : NULL;
	const size_t len = colon != NULL ? (size_t)(colon - s) : strlen(s);

	if (!is_host(s, len) || (colon != NULL && !is_port(colon + 1)))
		return ERR_INVALID;
	m->host = arena_strndup(a, s, len);
	m->is_loopback = is_loopback_host(m->host);
	m->url = arena_printf(a, "%s://%s", m->is_smtps ? "smtps" : "smtp", s);
	return ERR_OK;
}

enum err
mail_server_parse(struct mail_server *m, struct arena *a, const char *url)
{
	const char *rest, *at;
	enum err e = ERR_OK;

	*m = (struct mail_server){ .is_smtps = strncmp(url, "smtps://", 8) == 0 };
	if (!m->is_smtps && strncmp(url, "smtp://", 7) != 0)
		return ERR_INVALID;
	rest = strchr(url, ':') + 3;
	if (strpbrk(rest, "/?# ") != NULL)
		return ERR_INVALID;
	at = strrchr(rest, '@');
	if (at != NULL)
		e = read_user(m, a, rest, (size_t)(at - rest));
	return e == ERR_OK ? read_host(m, a, at != NULL ? at + 1 : rest) : e;
}

/* ---- Addresses ---- */

/* RFC 5321's Dot-string. */
static bool
is_local_part(const char *s, size_t len)
{
	if (len == 0 || len > LOCAL_BYTES_MAX || s[0] == '.' || s[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
		if (strchr(LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.", s[i]) == NULL)
			return false;
	}
	return true;
}

bool
mail_address_is_fine(const char *address)
{
	const char *at = strchr(address, '@');

	return at != NULL && strlen(address) <= MAIL_ADDRESS_BYTES_MAX &&
	       is_local_part(address, (size_t)(at - address)) &&
	       is_host_name(at + 1, strlen(at + 1));
}
