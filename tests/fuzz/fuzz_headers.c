/*
 * Heads of requests: the lines that Kore drops, values for answers and the log, who sent it. The
 * last reads the input as three lines: TRUSTED_PROXIES, the peer, X-Forwarded-For.
 */
#include <arpa/inet.h>

#include "account/user_agent.h"
#include "base/log_line.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "web/web_address.h"
#include "web/web_header_line.h"
#include "web/web_log.h"

/* ---- Lines ---- */

/* What a value of a header, whatever it is, becomes in an answer. */
static void
try_clean(const char *value)
{
	char *clean = xstrdup(value);
	size_t len = strlen(value);

	web_header_line_clean(clean);
	must(strlen(clean) == len);
	for (size_t i = 0; i < len; i++)
		must(((unsigned char)clean[i] >= ' ' && clean[i] != 0x7f) &&
		     (clean[i] == value[i] || clean[i] == ' '));
	free(clean);
}

/* One line, valid UTF-8, and not longer than a pipe takes at once. */
static void
try_log(const char *value)
{
	struct log_line l;

	log_line_begin(&l, LOG_LEVEL_INFO, "fuzz");
	log_line_text(&l, "value", value);
	log_line_text(&l, "again", value);
	log_line_number(&l, "number", (int64_t)strlen(value));
	log_line_end(&l);
	must(l.len <= LOG_LINE_BYTES);
	must(utf8_is_valid(l.s, l.len));
	for (size_t i = 0; i + 1 < l.len; i++)
		must((unsigned char)l.s[i] >= ' ' && l.s[i] != 0x7f);
	must(l.s[l.len - 2] == '}' && l.s[l.len - 1] == '\n');
}

static void
try_agent(struct arena *a, const char *value)
{
	const char *kept = user_agent_keep(a, value);

	must((kept == NULL) == (*value == '\0'));
	must(*user_agent_words(a, kept) != '\0');
	if (kept == NULL)
		return;
	must(strlen(kept) <= USER_AGENT_BYTES_MAX);
	for (; *kept != '\0'; kept++)
		must(*kept >= ' ' && *kept <= '~');
}

/* The head as Kore leaves it: the first line's CR and the one that ends the head are NUL. */
static char *
kore_head(const uint8_t *bytes, size_t len)
{
	char *head = xmalloc(len + 4), *cr;

	memcpy(head, bytes, len);
	memcpy(head + len, "\0\n\r\n", 4);
	for (cr = head; cr < head + len && memcmp(cr, "\r\n", 2) != 0;)
		cr++;
	*cr = '\0';
	return head;
}

static void
try_head(struct arena *a, const uint8_t *bytes, size_t len)
{
	char *head = kore_head(bytes, len), *name, *value, *rest = web_header_line_rest(head);
	const char *behind = head;

	while (web_header_line_take(&rest, &name, &value)) {
		must(name > behind && value > name && value + strlen(value) <= head + len);
		must(*name != '\0' && strpbrk(name, ":\r\n") == NULL);
		must(strpbrk(value, "\r\n") == NULL && *value != ' ' && *value != '\t');
		behind = value + strlen(value);
		try_clean(value);
		try_log(value);
		try_agent(a, value);
	}
	free(head);
}

/* ---- Addresses ---- */

static void
read_peer(union web_address *peer, const char *text)
{
	memset(peer, 0, sizeof(*peer));
	if (inet_pton(AF_INET6, text, &peer->v6.sin6_addr) == 1) {
		peer->v6.sin6_family = AF_INET6;
		return;
	}
	memset(peer, 0, sizeof(*peer));
	if (inet_pton(AF_INET, text, &peer->v4.sin_addr) != 1)
		peer->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->v4.sin_family = AF_INET;
}

static const char *
client_text(struct arena *a, const union web_address *peer, const char *forwarded)
{
	union web_address client, again;
	const char *text;

	web_address_client(&client, &peer->any, forwarded);
	text = web_address_text(&client, a);
	must(text != NULL);
	read_peer(&again, text); /* what is written reads as the same address */
	must(memcmp(&again, &client, sizeof(client)) == 0);
	return text;
}

/* A proxy of ours is believed, so a peer whose word changes nothing is none. */
static bool
is_stranger(struct arena *a, const char *text)
{
	union web_address peer;

	read_peer(&peer, text);
	return strcmp(client_text(a, &peer, "203.0.113.77"), text) == 0 &&
	       strcmp(client_text(a, &peer, "203.0.113.78"), text) == 0;
}

static void
try_address(struct arena *a, const char *list, const char *peer_text, const char *forwarded)
{
	union web_address peer;
	const char *text, *forged;

	read_peer(&peer, peer_text);
	if (web_address_trust(list) != ERR_OK || strspn(list, ", ") == strlen(list))
		must(strcmp(client_text(a, &peer, forwarded), client_text(a, &peer, NULL)) == 0);
	text = client_text(a, &peer, forwarded);
	forged = arena_printf(
	    a, "198.51.100.1, 10.0.0.1,%s%s", *forwarded != '\0' ? " " : "", forwarded);
	if (is_stranger(a, text))
		must(strcmp(client_text(a, &peer, forged), text) == 0);
	must(web_address_trust("") == ERR_OK);
}

/* ---- The id of a request ---- */

static void
try_id(void)
{
	char id[WEB_LOG_ID_SIZE], next[WEB_LOG_ID_SIZE];

	web_log_id(id);
	web_log_id(next);
	must(strlen(id) < sizeof(id) && strcmp(id, next) != 0);
	must(strspn(id, "0123456789abcdef-") == strlen(id));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len), *rest = text;
	const char *list, *peer, *forwarded;
	struct arena a = { 0 };

	try_head(&a, bytes, len);
	try_clean(text);
	try_log(text);
	try_agent(&a, text);
	list = strsep(&rest, "\n");
	peer = rest != NULL ? strsep(&rest, "\n") : "";
	forwarded = rest != NULL ? rest : "";
	try_address(&a, list, peer, forwarded);
	try_id();
	arena_free(&a);
	free(text);
	return 0;
}
