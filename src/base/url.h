/* URLs: writing their parts and reading absolute http and https ones. */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

#define URL_BYTES_MAX 4096

/* An absolute URL without user, password and fragment. */
struct url {
	bool is_https;
	const char *host;  /* lower case; an IPv6 address without its brackets */
	int port;	   /* 80 or 443 where the URL names none */
	const char *path;  /* as it came, "/" for none */
	const char *query; /* as it came, without "?"; NULL: none */
};

/* Percent-encodes all but A-Z a-z 0-9 - . _ ~, so that the text is one part of a path or query. */
void url_add_encoded(struct strbuf *, const char *text);
char *url_encode(struct arena *, const char *text);
/*
 * One part of a path or query as it was before url_encode(); "+" stays what it is. ERR_INVALID: an
 * escape that is none, a NUL, a text that is not UTF-8.
 */
enum err url_decode(char **text, struct arena *, const char *part, size_t len);
/*
 * Appends name=value, both encoded, with "&" before it unless the buffer is empty: a query string
 * and a form body alike.
 */
void url_add_field(struct strbuf *, const char *name, const char *value);
/* The URL with the query string at its end, after "?" or, if it has one already, after "&". */
char *url_with_query(struct arena *, const char *url, const char *query);

/*
 * Reads scheme://host[:port][/path][?query]. ERR_INVALID for everything else: other schemes, user
 * names, fragments, bad ports, hosts that are neither names nor addresses, characters that RFC 3986
 * does not know, bad escapes, more than URL_BYTES_MAX bytes.
 */
enum err url_parse(struct url *, struct arena *, const char *text);
/* The same scheme, host and port (RFC 6454). */
bool url_same_origin(const struct url *, const struct url *);

#endif
