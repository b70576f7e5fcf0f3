/*
 * One HTTP call to an outside service, as data. A client (src/clients) fills the request and reads
 * the reply and never touches the network: web_call.c (from a page, without blocking) and
 * call_sync.c (from a task) do, with the same limits.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum call_method { CALL_GET, CALL_POST, CALL_PATCH, CALL_DELETE };

#define CALL_HEADERS_MAX 8

struct call_request {
	enum call_method method;
	const char *url;  /* NULL: no call is needed */
	const char *body; /* NULL: none */
	size_t body_len;
	const char *headers[CALL_HEADERS_MAX]; /* "name: value", NULL after the last */
	const char *ca_file;		    /* trust only these certificates; NULL: the system's */
	int connect_timeout_ms, timeout_ms; /* 0: 1000 and 2000 */
	size_t max_bytes;		    /* of the answer; 0: 1 MiB */
};

/* Why there is no answer, or what is wrong with it; words for page, log and metric. */
enum call_result {
	CALL_OK,      /* an answer came, whatever its status */
	CALL_REFUSED, /* no connection, or name not found */
	CALL_TIMEOUT,
	CALL_TLS,
	CALL_TOO_LARGE,
	CALL_BROKEN, /* the connection ended early, or it was not HTTP */
	CALL__MAX
};

struct call_reply {
	enum call_result result;
	long status;	  /* 0 unless CALL_OK */
	const char *body; /* NUL-terminated; "" when empty; valid while the call is */
	size_t body_len;
};

/* "refused", "timeout", … Never NULL. */
const char *call_result_word(enum call_result);
/* ERR_OK only for CALL_OK; else ERR_TIMEOUT, ERR_UPSTREAM (too large, broken) or ERR_UNAVAILABLE.
 */
enum err call_result_err(enum call_result);

/*
 * Adds "name: value", made in the arena; ends the process beyond CALL_HEADERS_MAX. The caller
 * vouches that neither holds CR or LF.
 */
void call_header(struct call_request *, struct arena *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
