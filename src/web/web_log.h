/*
 * The log of requests: one line for each, when it has ended. Without path, address, name or any
 * other personal data; `request` is the id that the answer carried and an error page shows.
 *
 *	{"time":"…","level":"info","area":"request","request":"5c1f09ae-1f","route":"dashboard",
 *	 "method":"GET","status":200,"duration_us":1873}
 *
 * `status` is null when the visitor left before the answer, `duration_us` when nobody saw the
 * request begin; `error` is there if there was one.
 */
#ifndef WEB_WEB_LOG_H
#define WEB_WEB_LOG_H

#include <stdint.h>

#include "base/err.h"

#define WEB_LOG_ID_SIZE 32

struct web_log_entry {
	const char *id, *route, *method; /* the route is the name of its page */
	int status;			 /* 0: none, the visitor left */
	enum err err;			 /* why there is an error page, or ERR_OK */
	int64_t duration_us;		 /* below 0: unknown */
};

/* This process is a worker now: its ids differ from those of all others. */
void web_log_worker(void);
/* An id for a request, as no other request of the service has; nothing secret can be read off it.
 */
void web_log_id(char out[WEB_LOG_ID_SIZE]);
/* In the event loop only; costs less than 2 µs (make bench). */
void web_log_request(const struct web_log_entry *);
/* Writes what has been gathered; counts and tells what had to be dropped. Called twice a second. */
void web_log_tick(void);

#endif
