/*
 * One HTTP call to an outside service, as data. A client (src/clients) fills the request and reads
 * the reply and never touches the network: web_call.c (from a page, without blocking) and
 * call_sync.c (from a task) do, with the same limits.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum call_method { CALL_GET, CALL_POST, CALL_PATCH, CALL_DELETE, CALL_PUT };

/* Who signs a call by AWS Signature Version 4, and for what. */
struct call_sigv4 {
	const char *scope; /* "aws:amz:us-east-1:s3" */
	const char *key_id, *secret;
};

/* What the head of an answer says beside its status; all zero when it says nothing. */
struct call_notes {
	char request_id[64];		     /* Request-Id, by which the service knows the call */
	int64_t retry_after_s;		     /* Retry-After, unless it is a date */
	bool should_retry, should_not_retry; /* Stripe-Should-Retry: true, false */
	int64_t date_at;		     /* Date: the service's clock, Unix seconds */
};

#define CALL_HEADERS_MAX 8

struct call_request {
	enum call_method method;
	const char *url;  /* NULL: no call is needed */
	const char *body; /* NULL: none */
	size_t body_len;
	const char *headers[CALL_HEADERS_MAX]; /* "name: value", NULL after the last */
	const struct call_sigv4 *sigv4;	       /* NULL: not signed; lives as long as the call */
	const char *ca_file;		    /* trust only these certificates; NULL: the system's */
	int connect_timeout_ms, timeout_ms; /* 0: 1000 and 2000 */
	size_t max_bytes;		    /* of the answer; 0: 1 MiB */
	struct call_notes *notes;	    /* filled when the call ends; NULL: of no interest */
};

/*
 * What a call came to: the same words for page, log and metric. All but CALL_STATUS are known when
 * the transfer ends; that one, and most of CALL_NOT_JSON, is what a client makes of an answer that
 * came (call_outcome()).
 */
enum call_result {
	CALL_OK,	/* of a transfer: an answer came, whatever its status */
	CALL_DNS,	/* no such name */
	CALL_REFUSED,	/* no connection */
	CALL_TIMEOUT,	/* no name, no connection or no whole answer within the limits */
	CALL_TLS,	/* no certificate that we trust for this name, or no TLS at all */
	CALL_CUT,	/* the connection ended before the answer did */
	CALL_TOO_LARGE, /* more than max_bytes */
	CALL_STATUS,	/* not 2xx; redirects, too, which are never followed */
	CALL_NOT_JSON,	/* not HTTP, not JSON, or not the JSON that was asked for */
	CALL__MAX
};

struct call_reply {
	enum call_result result;
	long status;	  /* 0 unless CALL_OK */
	const char *body; /* NUL-terminated; "" when empty; valid while the call is */
	size_t body_len;
	const char *detail;  /* for the log: what libcurl says of a failure; NULL: nothing */
	int64_t duration_us; /* of the whole call */
};

/* "refused", "timeout", … Never NULL. */
const char *call_result_word(enum call_result);
/* For people, after the name of the service: "cannot be reached". Never NULL. */
const char *call_result_phrase(enum call_result);
/*
 * ERR_OK only for CALL_OK; ERR_TIMEOUT; ERR_UNAVAILABLE where nobody answered; ERR_UPSTREAM where
 * the answer is none.
 */
enum err call_result_err(enum call_result);
/* The same of the whole reply, where its status means what HTTP says: 200 ERR_OK, 401 and 403
 * ERR_FORBIDDEN (our secret is not taken), 404 ERR_NOT_FOUND, others ERR_UPSTREAM. */
enum err call_reply_err(const struct call_reply *);
/* The whole call's result, once a client has read the reply and found `e`. */
enum call_result call_outcome(enum err e, const struct call_reply *);

/* Whether a secret may stand in a header: printable ASCII without blanks, or nothing. */
bool call_is_word(const char *);
/*
 * Adds "name: value", made in the arena; ends the process beyond CALL_HEADERS_MAX. The caller
 * vouches that neither holds CR or LF.
 */
void call_header(struct call_request *, struct arena *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
