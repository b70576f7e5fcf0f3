/* One call to an outside service from a page, without blocking the worker (kore_curl, cured). */
#ifndef WEB_WEB_CALL_H
#define WEB_WEB_CALL_H

#include <kore/kore.h>
#include <kore/http.h>
#include <kore/curl.h>
#include <stdbool.h>

#include "base/call.h"
#include "base/strbuf.h"

/* All zero before the first web_call_start(). */
struct web_call {
	struct kore_curl curl;
	struct http_request *req;
	struct curl_slist *headers;
	struct strbuf body;
	size_t max_bytes;
	int64_t begun_us;
	bool is_started, is_impossible;
};

/* Begins; the call_request must live until web_call_end(). */
void web_call_start(struct web_call *, struct http_request *, const struct call_request *);
/* False: it waits, the request sleeps. True: *reply is there, valid until web_call_end(). */
bool web_call_step(struct web_call *, struct call_reply *);
/* Lets go of everything, in whatever state. Idempotent. */
void web_call_end(struct web_call *);

#endif
