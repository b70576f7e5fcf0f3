/*
 * Whose address a request comes from: the other side of the connection, or, where that is a proxy
 * of ours (TRUSTED_PROXIES), the client it names in X-Forwarded-For. No Kore here.
 */
#ifndef WEB_WEB_ADDRESS_H
#define WEB_WEB_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"

/* AF_INET or AF_INET6, without port; AF_UNSPEC: not known. An IPv4 client is always AF_INET. */
union web_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/*
 * Takes the addresses and networks whose word counts, divided by commas or blanks:
 * "10.0.0.0/8,::1";
 * "" is none. Replaces those of an earlier call; called once before the fork. ERR_INVALID: a word
 * is no network; none is trusted then.
 */
enum err web_address_trust(const char *list);
/*
 * `peer` is the other side of the connection, NULL if there is none. `forwarded` holds all values
 * of X-Forwarded-For in the order they came, with commas between them; NULL: none came. It is read
 * from its end, where the nearest proxy wrote, and no further than proxies of ours vouch for it:
 * the first address that is not trusted is the client. Where the list ends early, or holds what is
 * no address, it is the last proxy that could be named.
 */
void web_address_client(union web_address *, const struct sockaddr *peer, const char *forwarded);
/* "192.0.2.1" or "2001:db8::1"; NULL if not known. */
const char *web_address_text(const union web_address *, struct arena *);

#endif
