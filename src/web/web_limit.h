/*
 * Who asks too often waits: token buckets in memory that all workers share, made before the fork.
 * A page names its class in its description (`.limit`); web_flow.c asks here.
 *
 * The table has a fixed size, whoever knocks. A bucket's place comes from a hash of class and
 * address or account under a random key of this start, so nobody can aim at one, and neither
 * addresses nor accounts are kept. Where a new bucket finds no free place it takes that of the
 * fullest one, which has the least to remember: those who exhausted theirs stay.
 */
#ifndef WEB_WEB_LIMIT_H
#define WEB_WEB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

/* Rates stand in web_limit.c, in one table. */
enum web_limit {
	LIMIT_FORM, /* what a page has that names none: POSTs per account; of strangers, per address
		     */
	LIMIT_NONE, /* no limit at all */
	LIMIT_SIGNIN,	   /* sign-ins begun, per address */
	LIMIT_CALLBACK,	   /* sign-ins brought to an end, per address */
	LIMIT_BACKCHANNEL, /* messages of the provider, per address */
	LIMIT_API,	   /* what programs with a token change, per account */
	LIMIT_TOKEN,	   /* API tokens that turned out to be none, per address; see web_token.h */
	LIMIT_WEBHOOK,	   /* webhooks that nobody has signed, per address; see webhook_http.c */
	LIMIT_RETURN,	   /* looks at a payment that one comes back from, per account */
	LIMIT__MAX
};

/*
 * Makes the table, in the parent before the fork; ends the process when there is no memory. Without
 * it (RATE_LIMITS off, unit tests) nothing is limited.
 */
void web_limit_init(void);
/* True if the address is all that counts: then it is asked before anything costs. */
bool web_limit_is_by_address(enum web_limit);
/* Says to a person what was too much. NULL for LIMIT_NONE. */
const char *web_limit_sentence(enum web_limit);

/*
 * Takes one token from the bucket of an address: all of an IPv4 address, or the first 64 bits of an
 * IPv6 one, since one visitor usually has that many. NULL and other families have no limit.
 * `now_ms` is on the monotonic clock. ERR_TOO_MANY: counted as a metric; `retry_after_s`, else
 * untouched, is the number of seconds after which there is a token, rounded up.
 */
enum err web_limit_address(
    enum web_limit, const struct sockaddr *, int64_t now_ms, int *retry_after_s);
/* The same, but nothing is taken: whether there would be a token. */
enum err web_limit_look(
    enum web_limit, const struct sockaddr *, int64_t now_ms, int *retry_after_s);
/* The same from the bucket of an account. */
enum err web_limit_account(enum web_limit, int64_t user_id, int64_t now_ms, int *retry_after_s);

#endif
