/* One call_request as libcurl's options: the same limits in pages (web_call) and tasks (call_sync).
 */
#ifndef CLIENTS_CALL_CURL_H
#define CLIENTS_CALL_CURL_H

#include <curl/curl.h>

#include "base/call.h"
#include "base/err.h"

/*
 * Sets everything but what receives the answer's body: method, body, signature, headers, limits,
 * certificates, and where the answer's head is noted; no redirects, nothing but http and https, no
 * proxy from the environment, no signals, no "Expect". The request must live as long as the call.
 * *headers is freed by the caller with curl_slist_free_all() after the call, whatever this returns;
 * it may be NULL. ERR_INTERNAL: libcurl refused an option.
 */
enum err call_curl_setup(CURL *, const struct call_request *, struct curl_slist **headers);
/*
 * What a finished transfer means. A receiver ends an answer that is beyond max_bytes by taking less
 * than it is given, which libcurl reports as CURLE_WRITE_ERROR: too large.
 */
enum call_result call_curl_result(CURLcode);
/* The limit of an answer in bytes, with the default filled in. */
size_t call_curl_max_bytes(const struct call_request *);

#endif
