/*
 * Cookies, read and written by us: Kore's own reader stops at ten and cuts values at "=" signs.
 * Rules: RFC 6265 and, for the __Host- prefix, its successor draft.
 */
#ifndef WEB_WEB_COOKIE_H
#define WEB_WEB_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define WEB_COOKIE_SESSION INT64_C(-1) /* max_age_s: until the browser is closed */
#define WEB_COOKIE_BYTES_MAX 4000      /* of name and value; browsers keep 4096 */

/* "__Host-portal" over https, where it keeps other hosts from setting it; "portal" without. */
const char *web_cookie_name(struct arena *, const char *name, bool is_https);
/*
 * The value of the first cookie of exactly that (full) name in a Cookie header, which may be NULL;
 * NULL when there is none. Upper and lower case differ. The value is as sent, "=" included.
 */
char *web_cookie_find(struct arena *, const char *header, const char *full_name);
/*
 * The value of a Set-Cookie header: HttpOnly, SameSite=Lax, Path=/, and Secure with the __Host-
 * prefix over https; `name` comes without the prefix. max_age_s 0 deletes the cookie. ERR_INVALID:
 * a name or value with characters that cookies cannot carry; ERR_TOO_LARGE.
 */
enum err web_cookie_format(char **line, struct arena *, const char *name, const char *value,
    int64_t max_age_s, bool is_https);

#endif
