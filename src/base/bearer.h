/*
 * Authorization: Bearer … (RFC 6750), with which programs prove themselves: our services to each
 * other with a shared secret, people's programs with an API token. Thread-safe.
 */
#ifndef BASE_BEARER_H
#define BASE_BEARER_H

#include <stdbool.h>

/* What stands after "Bearer " in the header, "" included; NULL: no header, or of another kind. */
const char *bearer_text(const char *header);
/*
 * Whether the header brings `secret` or, while that is replaced, `old`; "" is no secret and brought
 * by nobody. How long it takes tells nothing of them.
 */
bool bearer_is_secret(const char *header, const char *secret, const char *old);

#endif
