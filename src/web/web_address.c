/* See web_address.h. Within this file an address is 16 bytes, IPv4 as ::ffff:a.b.c.d (RFC 4291). */
#include "web/web_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BITS 128
#define MAPPED_BITS 96 /* before the four bytes of an IPv4 address */
#define PORT_DIGITS_MAX 5

static const unsigned char mapped[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };

static struct {
	struct arena arena;
	struct network {
		struct in6_addr address;
		int bits;
	} * v;
	size_t n;
} trusted;

/* ---- Reading ---- */

static bool
read_address(struct in6_addr *a, const char *text, size_t len)
{
	char copy[INET6_ADDRSTRLEN];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET6, copy, a) == 1)
		return true;
	memcpy(a->s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, a->s6_addr + sizeof(mapped)) == 1;
}

static bool
is_port(const char *s, size_t len)
{
	if (len == 0 || len > PORT_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* Some proxies write the port as well: "192.0.2.1:443", "[2001:db8::1]:443". */
static bool
read_hop(struct in6_addr *a, const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len), *end;

	if (len > 0 && *s == '[') {
		end = memchr(s, ']', len);
		if (end == NULL || memchr(s, ':', (size_t)(end - s)) == NULL)
			return false;
		if (end + 1 < s + len &&
		    (end[1] != ':' || !is_port(end + 2, len - (size_t)(end + 2 - s))))
			return false;
		return read_address(a, s + 1, (size_t)(end - s) - 1);
	}
	if (colon != NULL && memchr(s, '.', (size_t)(colon - s)) != NULL)
		return is_port(colon + 1, len - (size_t)(colon + 1 - s)) &&
		       read_address(a, s, (size_t)(colon - s));
	return read_address(a, s, len);
}

static bool
read_network(struct network *n, const char *word)
{
	size_t len = strcspn(word, "/");
	bool is_v4 = memchr(word, ':', len) == NULL;
	const char *digits = word + len + 1;
	int bits;

	if (!read_address(&n->address, word, len))
		return false;
	n->bits = BITS;
	if (word[len] == '\0')
		return true;
	if (strlen(digits) > 3 || !is_port(digits, strlen(digits)))
		return false;
	bits = (int)strtol(digits, NULL, 10);
	n->bits = is_v4 ? MAPPED_BITS + bits : bits;
	return n->bits <= BITS;
}

enum err
web_address_trust(const char *list)
{
	char *words, *save = NULL;

	arena_free(&trusted.arena);
	trusted.n = 0;
	trusted.v = arena_array(&trusted.arena, strlen(list) / 2 + 1, sizeof(*trusted.v));
	words = arena_strdup(&trusted.arena, list);
	for (char *w = strtok_r(words, ", ", &save); w != NULL; w = strtok_r(NULL, ", ", &save)) {
		if (!read_network(&trusted.v[trusted.n], w)) {
			trusted.n = 0;
			return ERR_INVALID;
		}
		trusted.n++;
	}
	return ERR_OK;
}

/* ---- Judging ---- */

static bool
is_in(const struct in6_addr *a, const struct network *n)
{
	const unsigned char *x = a->s6_addr, *y = n->address.s6_addr;
	const size_t whole = (size_t)n->bits / 8;
	const int rest = n->bits % 8;

	if (memcmp(x, y, whole) != 0)
		return false;
	return rest == 0 || ((x[whole] ^ y[whole]) >> (8 - rest)) == 0;
}

static bool
is_trusted(const struct in6_addr *a)
{
	for (size_t i = 0; i < trusted.n; i++)
		if (is_in(a, &trusted.v[i]))
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The last part of the `*len` bytes at `list`, which is taken off them. */
static bool
take_last_hop(struct in6_addr *a, const char *list, size_t *len)
{
	size_t end = *len, start;

	while (end > 0 && is_blank(list[end - 1]))
		end--;
	for (start = end; start > 0 && list[start - 1] != ',';)
		start--;
	*len = start > 0 ? start - 1 : 0;
	while (start < end && is_blank(list[start]))
		start++;
	return read_hop(a, list + start, end - start);
}

static bool
from_peer(struct in6_addr *a, const struct sockaddr *peer)
{
	if (peer != NULL && peer->sa_family == AF_INET6) {
		*a = ((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
		return true;
	}
	if (peer == NULL || peer->sa_family != AF_INET)
		return false;
	memcpy(a->s6_addr, mapped, sizeof(mapped));
	memcpy(a->s6_addr + sizeof(mapped),
	    &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
	return true;
}

static void
to_client(union web_address *client, const struct in6_addr *a)
{
	if (memcmp(a->s6_addr, mapped, sizeof(mapped)) == 0) {
		client->v4.sin_family = AF_INET;
		memcpy(&client->v4.sin_addr, a->s6_addr + sizeof(mapped), 4);
		return;
	}
	client->v6.sin6_family = AF_INET6;
	client->v6.sin6_addr = *a;
}

void
web_address_client(union web_address *client, const struct sockaddr *peer, const char *forwarded)
{
	size_t len = forwarded != NULL ? strlen(forwarded) : 0;
	struct in6_addr a, next;

	memset(client, 0, sizeof(*client)); /* AF_UNSPEC */
	if (!from_peer(&a, peer))
		return;
	while (len > 0 && is_trusted(&a) && take_last_hop(&next, forwarded, &len))
		a = next;
	to_client(client, &a);
}

const char *
web_address_text(const union web_address *client, struct arena *arena)
{
	const void *bytes = client->any.sa_family == AF_INET ? (const void *)&client->v4.sin_addr
							     : (const void *)&client->v6.sin6_addr;
	char text[INET6_ADDRSTRLEN];

	if (client->any.sa_family == AF_UNSPEC)
		return NULL;
	inet_ntop(client->any.sa_family, bytes, text, sizeof(text));
	return arena_strdup(arena, text);
}
