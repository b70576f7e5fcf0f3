#include "bouncer/network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/url.h"
#include "base/utf8.h"

/* ---- One click away ---- */

const struct network_preset network_presets[] = {
	{ "libera", "Libera.Chat", "libera", "ircs://irc.libera.chat:6697",
	    "Free software and peer projects; the largest network", "#libera #soju" },
	{ "oftc", "OFTC", "oftc", "ircs://irc.oftc.net:6697", "Debian, Tor and other free software",
	    "#oftc #debian" },
	{ "hackint", "hackint", "hackint", "ircs://irc.hackint.org:6697",
	    "Hackerspaces and their events", "#hackint" },
	{ "tilde", "tilde.chat", "tilde", "ircs://irc.tilde.chat:6697",
	    "Small shared servers that people keep for each other", "#meta" },
	{ "espernet", "EsperNet", "espernet", "ircs://irc.esper.net:6697",
	    "Games, and people who write them", "#help" },
	{ "rizon", "Rizon", "rizon", "ircs://irc.rizon.net:6697", "Anime, and much else", "#chat" },
	{ "ergo", "Ergo testnet", "ergo", "ircs://testnet.ergo.chat:6697",
	    "Where the server Ergo is tried out", "#chat" },
};
const size_t network_presets_n = sizeof(network_presets) / sizeof(network_presets[0]);

const struct network_preset *
network_preset_find(const char *word)
{
	size_t i;

	for (i = 0; i < network_presets_n; i++)
		if (strcmp(network_presets[i].word, word) == 0)
			return &network_presets[i];
	return NULL;
}

/* ---- Private hosts ---- */

/* Networks of IPv4 that are not the internet, or not a host in it. */
static const struct {
	uint32_t network;
	int bits;
} private_v4[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* RFC 1918 */
	{ 0x64400000, 10 }, /* RFC 6598 */
	{ 0x7f000000, 8 },  /* this machine */
	{ 0xa9fe0000, 16 }, /* link-local */
	{ 0xac100000, 12 }, /* RFC 1918 */
	{ 0xc0000000, 24 }, /* RFC 6890 */
	{ 0xc0a80000, 16 }, /* RFC 1918 */
	{ 0xc6120000, 15 }, /* RFC 2544 */
	{ 0xe0000000, 4 },  /* to many */
	{ 0xf0000000, 4 },  /* reserved, and to all */
};

static bool
is_private_v4(uint32_t address)
{
	size_t i;

	for (i = 0; i < sizeof(private_v4) / sizeof(private_v4[0]); i++)
		if ((address ^ private_v4[i].network) >> (32 - private_v4[i].bits) == 0)
			return true;
	return false;
}

static uint32_t
v4_at(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Also what leads to an IPv4 address: mapped, compatible, NAT64, 6to4; and Teredo, whatever it is.
 */
static bool
is_private_v6(const unsigned char *b)
{
	static const unsigned char zeros[12], nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (memcmp(b, zeros, 12) == 0 || memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
		return is_private_v4(v4_at(b + 12));
	if (b[0] == 0x20 && b[1] == 0x02)
		return is_private_v4(v4_at(b + 2));
	if (memcmp(b, "\x20\x01\x00\x00", 4) == 0 || memcmp(b, "\x00\x64\xff\x9b\x00\x01", 6) == 0)
		return true;
	return (b[0] & 0xfe) == 0xfc || b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0x80) == 0x80);
}

static bool
ends_with(const char *text, size_t len, const char *end)
{
	const size_t n = strlen(end);

	return len > n && strncasecmp(text + len - n, end, n) == 0;
}

/* Names of one word are looked up beside us, and these ends are nobody's on the internet. */
static bool
is_private_name(const char *host, size_t len)
{
	static const char *const ends[] = { ".localhost", ".localdomain", ".local", ".internal",
		".intranet", ".private", ".lan", ".home", ".corp", ".home.arpa", ".svc", ".test" };
	size_t i;

	if (memchr(host, '.', len) == NULL)
		return true;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(host, len, ends[i]))
			return true;
	return false;
}

/* Whether the last word is a number, so that some would read all of it as an address of IPv4. */
static bool
looks_like_v4(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last != NULL ? last + 1 : host;
	if (strncasecmp(last, "0x", 2) == 0)
		return true;
	return *last != '\0' && last[strspn(last, "0123456789")] == '\0';
}

bool
network_is_private_host(const char *host)
{
	char text[NETWORK_ADDRESS_MAX + 1];
	unsigned char b[16];
	size_t len = strlen(host);

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	while (len > 0 && host[len - 1] == '.')
		len--;
	if (len == 0 || len > NETWORK_ADDRESS_MAX)
		return true;
	memcpy(text, host, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, b) == 1)
		return is_private_v4(v4_at(b));
	if (strchr(text, ':') != NULL) /* one with a zone is none of these */
		return inet_pton(AF_INET6, text, b) != 1 || is_private_v6(b);
	return looks_like_v4(text) || is_private_name(text, len);
}

/* ---- Parts of a form ---- */

/* Nothing that ends a line, is invisible or changes the direction. */
static bool
is_plain(const char *text, struct arena *a)
{
	return utf8_is_valid(text, strlen(text)) && strcmp(text_safe(a, text), text) == 0;
}

/* A secret may hold anything that can be sent in a line. */
static bool
can_be_sent(const char *text, size_t max)
{
	const size_t len = strlen(text);

	return len <= max && strpbrk(text, "\r\n") == NULL && utf8_is_valid(text, len);
}

static const char *
trimmed(struct arena *a, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return arena_strndup(a, text, len);
}

/* Clients put it into their user name, "alice/libera@phone", and soju prints it between brackets.
 */
static const char *
name_problem(const char *name, struct arena *a)
{
	if (*name == '\0')
		return "Give the network a name, such as libera.";
	if (strlen(name) > NETWORK_NAME_MAX)
		return "The name is too long: 32 characters at most.";
	if (!is_plain(name, a) || strpbrk(name, " /@\"\\()[]") != NULL)
		return "The name may have letters, digits and signs such as - and _, but no "
		       "spaces.";
	if (*name == '-' || strcmp(name, "*") == 0)
		return "The name must begin with a letter or a digit.";
	return NULL;
}

static const char *
nick_problem(const char *nick, struct arena *a)
{
	const char *c;

	if (strlen(nick) > NETWORK_NICK_MAX)
		return "The nick is too long: 30 characters at most.";
	if (*nick == '-' || isdigit((unsigned char)*nick))
		return "A nick cannot begin with a digit or a hyphen.";
	for (c = nick; *c != '\0'; c++)
		if (!(*c & 0x80) && !isalnum((unsigned char)*c) &&
		    strchr("-[]\\`^{}|_", *c) == NULL)
			return "A nick has letters, digits and -_[]{}\\`^| only.";
	return is_plain(nick, a) ? NULL : "A nick has letters, digits and -_[]{}\\`^| only.";
}

static const char *
username_problem(const char *username, struct arena *a)
{
	if (strlen(username) > 32)
		return "The user name is too long: 32 characters at most.";
	if (!is_plain(username, a) || strpbrk(username, " @:!") != NULL)
		return "The user name may have letters, digits and signs, but no spaces.";
	return NULL;
}

static const char *
realname_problem(const char *realname, struct arena *a)
{
	if (strlen(realname) > 150)
		return "The real name is too long: 150 characters at most.";
	return is_plain(realname, a) ? NULL : "The real name has characters that cannot be sent.";
}

static const char *
sasl_problem(const struct network_form *f)
{
	if (!can_be_sent(f->sasl_login, 255) || !can_be_sent(f->sasl_password, 255))
		return "The account name or its password cannot be sent: at most 255 characters, "
		       "and no line breaks.";
	if (*f->sasl_login != '\0' && *f->sasl_password == '\0')
		return "The account of the network needs its password as well.";
	if (*f->sasl_login == '\0' && *f->sasl_password != '\0')
		return "The password of the account needs its name as well.";
	return NULL;
}

/* ---- The address ---- */

#define ADDRESS_FORM                                                                               \
	"This is no address of a server. It looks like irc.example.org, or "                       \
	"ircs://irc.example.org:6697."

/* What stands behind the scheme; NULL: it is not one of the two. */
static const char *
behind_scheme(const char *address, bool *is_tls)
{
	*is_tls = true;
	if (strstr(address, "://") == NULL)
		return address;
	if (strncasecmp(address, "ircs://", 7) == 0)
		return address + 7;
	*is_tls = false;
	return strncasecmp(address, "irc+insecure://", 15) == 0 ? address + 15 : NULL;
}

static bool
has_port(const char *place)
{
	const char *end = strrchr(place, ']');

	return strchr(end != NULL ? end : place, ':') != NULL;
}

/* host[:port] by the rules of URLs. */
static bool
read_place(struct url *u, struct arena *a, const char *place, bool is_tls)
{
	size_t len = strlen(place);
	const char *port = "";

	if (len > 0 && place[len - 1] == '/')
		len--;
	place = arena_strndup(a, place, len);
	if (!has_port(place))
		port = is_tls ? ":6697" : ":6667";
	if (strpbrk(place, "/?#@") != NULL)
		return false;
	return url_parse(u, a, arena_printf(a, "http://%s%s", place, port)) == ERR_OK &&
	       u->port > 0;
}

static const char *
take_address(struct network_form *f, struct arena *a, bool is_private_allowed)
{
	const char *address = trimmed(a, f->address), *place;
	bool is_tls, is_v6;
	struct url u;

	if (*address == '\0')
		return "Give the address of a server, such as irc.example.org.";
	place = behind_scheme(address, &is_tls);
	if (place == NULL)
		return "Only ircs:// and, without encryption, irc+insecure:// can be used.";
	if (!read_place(&u, a, place, is_tls))
		return ADDRESS_FORM;
	is_v6 = strchr(u.host, ':') != NULL;
	address = arena_printf(a, "%s://%s%s%s:%d", is_tls ? "ircs" : "irc+insecure",
	    is_v6 ? "[" : "", u.host, is_v6 ? "]" : "", u.port);
	if (strlen(address) > NETWORK_ADDRESS_MAX)
		return "The address is too long.";
	if (!is_private_allowed && network_is_private_host(u.host))
		return "Bouncers do not connect to private addresses.";
	f->address = address;
	return NULL;
}

/* ---- Channels ---- */

#define CHANNEL_MAX 64 /* bytes */
#define BETWEEN ", \t\r\n"

static bool
is_listed(const char *const *channels, size_t n, const char *channel)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcasecmp(channels[i], channel) == 0)
			return true;
	return false;
}

const char *const *
network_channels(const char *typed, struct arena *a)
{
	const char **channels = arena_array(a, strlen(typed) / 2 + 2, sizeof(*channels));
	const char *channel;
	size_t n = 0, len;

	for (typed += strspn(typed, BETWEEN); *typed != '\0'; typed += strspn(typed, BETWEEN)) {
		len = strcspn(typed, BETWEEN);
		channel = arena_strndup(a, typed, len);
		if (!is_listed(channels, n, channel))
			channels[n++] = channel;
		typed += len;
	}
	return channels;
}

/* soju takes "#channel/network", so that a slash would choose another network. */
static const char *
channel_problem(const char *channel, struct arena *a)
{
	if (strchr("#&!+", *channel) == NULL)
		return "Each channel begins with #, such as #help.";
	if (channel[1] == '\0' || strlen(channel) > CHANNEL_MAX || strchr(channel, '/') != NULL ||
	    strchr(channel, ':') != NULL || !is_plain(channel, a))
		return "One of the channels has a name that cannot be joined.";
	return NULL;
}

static const char *
channels_problem(const char *typed, struct arena *a)
{
	const char *const *channels, *problem = NULL;
	size_t n;

	if (strlen(typed) > NETWORK_CHANNELS_MAX * (CHANNEL_MAX + 2))
		return "These are too many channels: 20 at most.";
	channels = network_channels(typed, a);
	for (n = 0; channels[n] != NULL && problem == NULL; n++)
		problem = channel_problem(channels[n], a);
	return n > NETWORK_CHANNELS_MAX ? "These are too many channels: 20 at most." : problem;
}

/* ---- All of it ---- */

bool
network_problems_any(const struct network_problems *p)
{
	return p->name != NULL || p->address != NULL || p->nick != NULL || p->username != NULL ||
	       p->realname != NULL || p->pass != NULL || p->sasl != NULL || p->channels != NULL;
}

bool
network_form_check(
    struct network_form *f, struct network_problems *p, struct arena *a, bool is_private_allowed)
{
	f->name = trimmed(a, f->name);
	f->nick = trimmed(a, f->nick);
	f->username = trimmed(a, f->username);
	*p = (struct network_problems){
		.name = name_problem(f->name, a),
		.address = take_address(f, a, is_private_allowed),
		.nick = nick_problem(f->nick, a),
		.username = username_problem(f->username, a),
		.realname = realname_problem(f->realname, a),
		.pass = can_be_sent(f->pass, 255) ? NULL
						  : "This password cannot be sent: at most 255 "
						    "characters, and no line breaks.",
		.sasl = sasl_problem(f),
		.channels = channels_problem(f->channels, a),
	};
	return !network_problems_any(p);
}
