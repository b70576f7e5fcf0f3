/*
 * How a person first came here: kept in a cookie at the first page and stored with the account at
 * its first sign-in, since it cannot be had later. The cookie is the visitor's to change, so what
 * is odd in it is ignored; nothing but statistics rests on it.
 */
#ifndef ACCOUNT_VISIT_H
#define ACCOUNT_VISIT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define VISIT_COOKIE_BYTES_MAX 300
#define VISIT_KEEP_S (INT64_C(90) * 86400) /* life of the cookie; an older record is ignored */
#define VISIT_TEXT_BYTES_MAX 100

/* Texts are UTF-8 without control characters, 1 to VISIT_TEXT_BYTES_MAX bytes; NULL: not known. */
struct visit {
	int64_t first_at;     /* Unix seconds */
	const char *source;   /* utm_source, else ref */
	const char *referrer; /* the host of the Referer header unless it is our own */
	const char *campaign; /* utm_campaign */
};

/*
 * What the first request tells. `query` (without "?"), `referer` (the header) and `own_url` may be
 * NULL; what is odd in them is left out.
 */
void visit_read_request(struct visit *, struct arena *, const char *query, const char *referer,
    const char *own_url, int64_t now);
/*
 * The value of the cookie, at most VISIT_COOKIE_BYTES_MAX characters of base64url; where all does
 * not fit, the campaign is left out first, then the referrer, then the source.
 */
const char *visit_encode(struct arena *, const struct visit *);
/*
 * Back from the cookie. ERR_INVALID for whatever visit_encode() would not have written, for times
 * ahead of `now` by more than a minute and for those older than VISIT_KEEP_S.
 */
enum err visit_decode(struct visit *, struct arena *, const char *cookie, int64_t now);

#endif
