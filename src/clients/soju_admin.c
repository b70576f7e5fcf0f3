#define _GNU_SOURCE /* strcasestr */

#include "clients/soju_admin.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"

/* ---- Commands ---- */

/* Whether soju would get the word as it is: it reads lines, and it reads them as UTF-8. */
static bool
can_be_sent(const char *word)
{
	return strpbrk(word, "\r\n") == NULL && utf8_is_valid(word, strlen(word));
}

/*
 * Every word in double quotes, within which nothing but these two bytes means anything. Without
 * them an empty word would vanish, and a word whose last space is escaped would swallow the next.
 */
static void
add_quoted(struct strbuf *line, const char *word)
{
	strbuf_putc(line, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			strbuf_putc(line, '\\');
		strbuf_putc(line, *word);
	}
	strbuf_putc(line, '"');
}

enum err
soju_admin_command(struct strbuf *line, const char *const *words)
{
	const size_t before = line->len;
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (i > 0)
			strbuf_putc(line, ' ');
		if (can_be_sent(words[i]))
			add_quoted(line, words[i]);
		if (!can_be_sent(words[i]) || line->len - before > SOJU_COMMAND_MAX) {
			strbuf_cut(line, before);
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

void
soju_admin_delete_token(char token[7], const char *username)
{
	unsigned char hash[SHA_DIGEST_LENGTH];

	SHA1((const unsigned char *)username, strlen(username), hash);
	hex_encode(token, hash, 3);
}

/* ---- network status ---- */

const char *const soju_link_words[SOJU_LINK__MAX] = {
	[SOJU_LINK_CONNECTED] = "connected",
	[SOJU_LINK_DISCONNECTED] = "disconnected",
	[SOJU_LINK_DISABLED] = "disabled",
};

/* No soju_status has more; a server sends no longer ones. */
#define NICK_MAX 255

/* What stands in the brackets; the texts point into the line. */
struct brackets {
	enum soju_link link;
	const char *nick; /* NULL: not told */
	size_t nick_len;
};

static bool
starts(const char **at, const char *end, const char *word)
{
	const size_t len = strlen(word);

	if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
read_link(struct brackets *b, const char **at, const char *end)
{
	enum soju_link link;

	for (link = 0; link < SOJU_LINK__MAX; link++) {
		if (starts(at, end, soju_link_words[link])) {
			b->link = link;
			return true;
		}
	}
	return false;
}

/* " as NICK"; a nick has no space and no comma, but it may have brackets. */
static bool
read_nick(struct brackets *b, const char **at, const char *end)
{
	const char *from;

	b->nick = NULL;
	if (b->link != SOJU_LINK_CONNECTED || !starts(at, end, " as "))
		return true;
	from = *at;
	while (*at < end && **at != ' ' && **at != ',')
		++*at;
	b->nick = from;
	b->nick_len = (size_t)(*at - from);
	return b->nick_len > 0 && b->nick_len <= NICK_MAX;
}

static bool
read_brackets(struct brackets *b, const char *at, const char *end)
{
	if (!read_link(b, &at, end) || !read_nick(b, &at, end))
		return false;
	starts(&at, end, ", current");
	return at == end;
}

/* "12 channels" */
static bool
read_channels(int64_t *channels, const char *text)
{
	const size_t digits = strspn(text, "0123456789");
	size_t i;

	if (digits == 0 || digits > 9 ||
	    (strcmp(text + digits, " channels") != 0 && strcmp(text + digits, " channel") != 0))
		return false;
	for (*channels = 0, i = 0; i < digits; i++)
		*channels = *channels * 10 + (text[i] - '0');
	return true;
}

/* What follows the brackets must be what soju puts there for such a network. */
static bool
read_details(struct soju_status *s, struct arena *a, const char *rest)
{
	const bool has_details = strncmp(rest, ": ", 2) == 0;

	s->channels = -1;
	if (!has_details)
		return *rest == '\0';
	if (s->link == SOJU_LINK_CONNECTED)
		return read_channels(&s->channels, rest + 2);
	if (s->link == SOJU_LINK_DISCONNECTED && rest[2] != '\0')
		s->error = text_safe(a, rest + 2);
	return s->link == SOJU_LINK_DISCONNECTED;
}

/* "NAME (ADDRESS)" before the brackets, or an address alone, which has no space. */
static bool
read_name(struct soju_status *s, struct arena *a, const char *line, size_t len)
{
	const char *head = arena_strndup(a, line, len);
	char *open;

	s->name = s->address = head;
	if (len == 0)
		return false;
	if (strchr(head, ' ') == NULL)
		return true;
	open = strrchr(head, '(');
	if (open == NULL || open - head < 2 || open[-1] != ' ' || head[len - 1] != ')' ||
	    strchr(open, ' ') != NULL)
		return false;
	s->address = arena_strndup(a, open + 1, strlen(open) - 2);
	s->name = arena_strndup(a, head, (size_t)(open - head) - 1);
	return *s->address != '\0';
}

/* Whether the line can be read with its brackets between `open` and `close`. */
static bool
read_with(
    struct soju_status *s, struct arena *a, const char *line, const char *open, const char *close)
{
	struct brackets b;

	if (!read_brackets(&b, open + 1, close))
		return false;
	*s = (struct soju_status){ .link = b.link };
	if (!read_details(s, a, close + 1) || !read_name(s, a, line, (size_t)(open - line) - 1))
		return false;
	if (b.nick != NULL)
		s->nick = text_safe(a, arena_strndup(a, b.nick, b.nick_len));
	return true;
}

/*
 * Names are printed as they are, and they, nicks and errors may hold whatever else we look for: the
 * first pair of brackets counts with which all of the line makes sense.
 */
static bool
read_line(struct soju_status *s, struct arena *a, const char *line)
{
	const char *open, *close, *at;

	if (!utf8_is_valid(line, strlen(line)))
		line = text_safe(a, line);
	for (open = strstr(line, " ["); open != NULL; open = strstr(open + 1, " [")) {
		at = open + 2;
		if (strncmp(at, "connected", 9) != 0 && strncmp(at, "dis", 3) != 0)
			continue;
		for (close = strchr(at, ']'); close != NULL; close = strchr(close + 1, ']')) {
			if (close - at > NICK_MAX + 32)
				break;
			if (read_with(s, a, line, open + 1, close))
				return true;
		}
	}
	return false;
}

static bool
says_none(const char *line)
{
	return strncmp(line, "No network configured", 21) == 0;
}

enum err
soju_admin_read_status(
    struct soju_status_list *list, struct arena *a, const char *const *lines, size_t n)
{
	bool is_understood = n == 0;
	size_t i;

	*list = (struct soju_status_list){ .v = arena_array(a, n, sizeof(*list->v)) };
	for (i = 0; i < n; i++) {
		if (read_line(&list->v[list->n], a, lines[i]))
			list->n++;
		else if (says_none(lines[i]))
			is_understood = true;
	}
	return is_understood || list->n > 0 ? ERR_OK : ERR_UPSTREAM;
}

/* ---- Why a network is not connected ---- */

/* The first whose words occur in it, whatever their case; the exact ones come first. */
static const struct {
	const char *words, *sentence;
} plain[] = {
	/* Who we are to the network. */
	{ "nickname is already in use", "Somebody else uses this nick on the network." },
	{ "nickname already in use", "Somebody else uses this nick on the network." },
	{ "nick collision", "Somebody else uses this nick on the network." },
	{ "erroneous nickname", "The network does not allow this nick." },
	{ "invalid nickname", "The network does not allow this nick." },
	{ "sasl", "The network refused the account name or the password (SASL)." },
	{ "authentication failed", "The network refused the account name or the password." },
	{ "password incorrect", "The network refused the password of the server." },
	{ "password mismatch", "The network refused the password of the server." },
	{ "bad password", "The network refused the password of the server." },
	{ "invalid password", "The network refused the password of the server." },
	{ "password required", "The network wants a password of the server." },
	/* What it thinks of us. */
	{ "throttl", "The network wants fewer attempts; the bouncer tries again later." },
	{ "too fast", "The network wants fewer attempts; the bouncer tries again later." },
	{ "too many connections", "The network takes no more connections from here." },
	{ "too many host connections", "The network takes no more connections from here." },
	{ "too many user connections", "The network takes no more connections from here." },
	{ "no more connections", "The network takes no more connections from here." },
	{ "session limit", "The network takes no more connections from here." },
	{ "server is full", "The server is full." },
	{ "dnsbl", "The network has banned the address of this bouncer." },
	{ "k-line", "The network has banned this bouncer or its user." },
	{ "k:line", "The network has banned this bouncer or its user." },
	{ "g-line", "The network has banned this bouncer or its user." },
	{ "z-line", "The network has banned this bouncer or its user." },
	{ "d-line", "The network has banned this bouncer or its user." },
	{ "klined", "The network has banned this bouncer or its user." },
	{ "glined", "The network has banned this bouncer or its user." },
	{ "banned", "The network has banned this bouncer or its user." },
	{ "killed", "An operator of the network ended the connection." },
	{ "ping timeout", "The server lost sight of the bouncer; it will try again." },
	{ "registration timed out", "The server did not let the bouncer in within its time." },
	{ "registration timeout", "The server did not let the bouncer in within its time." },
	/* The certificate. */
	{ "certificate has expired", "The certificate of the server has expired." },
	{ "not yet valid", "The certificate of the server is not valid yet." },
	{ "unknown authority",
	    "The certificate of the server is not signed by a known authority." },
	{ "certificate is valid for", "The certificate of the server is for another name." },
	{ "not valid for any names", "The certificate of the server is for another name." },
	{ "cannot validate certificate", "The certificate of the server is for another name." },
	{ "fingerprint", "The certificate of the server is not the expected one." },
	{ "first record does not look like", "The server does not speak TLS on this port." },
	{ "x509", "The certificate of the server could not be checked." },
	{ "tls:", "No encrypted connection could be made with the server." },
	/* The way there. */
	{ "connection refused", "The server refused the connection." },
	{ "no such host", "There is no server of this name." },
	{ "server misbehaving", "The name of the server could not be looked up." },
	{ "temporary failure in name", "The name of the server could not be looked up." },
	{ "no suitable address", "There is no server of this name." },
	{ "missing address", "There is no server of this name." },
	{ "no route to host", "There is no way to the server at the moment." },
	{ "network is unreachable", "There is no way to the server at the moment." },
	{ "i/o timeout", "The server did not answer in time." },
	{ "deadline exceeded", "The server did not answer in time." },
	{ "timed out", "The server did not answer in time." },
	{ "connection reset", "The server closed the connection." },
	{ "broken pipe", "The server closed the connection." },
	{ "use of closed", "The connection was closed." },
	{ "closing link", "The server closed the connection." },
	{ "eof", "The server closed the connection." },
	{ "failed to register", "The network did not let the bouncer in." },
	{ "registration", "The network did not let the bouncer in." },
	{ "failed to connect", "The server could not be reached." },
};

#define QUOTED_MAX 200 /* bytes */

static const char *
quoted(struct arena *a, const char *error)
{
	const char *safe = text_safe(a, error);
	size_t len = strlen(safe);

	if (len <= QUOTED_MAX)
		return arena_printf(a, "It is not connected: “%s”.", safe);
	len = QUOTED_MAX;
	while (len > 0 && ((unsigned char)safe[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(a, "It is not connected: “%.*s…”.", (int)len, safe);
}

const char *
soju_admin_plain_error(struct arena *a, const char *error)
{
	size_t i;

	if (error == NULL || *error == '\0')
		return "It is not connected at the moment.";
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcasestr(error, plain[i].words) != NULL)
			return plain[i].sentence;
	return quoted(a, error);
}
