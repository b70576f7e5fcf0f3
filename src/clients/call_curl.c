#include "clients/call_curl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECT_TIMEOUT_MS 1000
#define TIMEOUT_MS 2000
#define MAX_BYTES ((size_t)1024 * 1024)

/*
 * An idle connection older than this is not used again: servers close theirs after 5 s and more,
 * and some (Kore 4.1.0) say 408 first, which would be read as the answer to the next request.
 */
#define IDLE_MAX_S 4

size_t
call_curl_max_bytes(const struct call_request *req)
{
	return req->max_bytes > 0 ? req->max_bytes : MAX_BYTES;
}

/* libcurl's own codes; 0 is CURLE_OK, so that one `or` of all tells whether any failed. */
static unsigned
set_method(CURL *c, const struct call_request *req)
{
	unsigned failed = 0;

	if (req->body != NULL || req->method == CALL_POST || req->method == CALL_PUT) {
		failed |=
		    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
		failed |=
		    curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body != NULL ? req->body : "");
	} else {
		failed |= curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	}
	if (req->method == CALL_PATCH)
		failed |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PATCH");
	if (req->method == CALL_DELETE)
		failed |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "DELETE");
	if (req->method == CALL_PUT)
		failed |= curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PUT");
	return failed;
}

/*
 * libcurl 7.88 signs all headers of ours and takes the hash of the body from x-amz-content-sha256;
 * without that header it sends none, which S3 refuses. It signs path and query as they stand:
 * the caller sees to it that they hold nothing that would have to be encoded or sorted.
 */
static unsigned
set_signature(CURL *c, const struct call_request *req)
{
	unsigned failed = 0;

	if (req->sigv4 == NULL)
		return 0;
	failed |= curl_easy_setopt(c, CURLOPT_AWS_SIGV4, req->sigv4->scope);
	failed |= curl_easy_setopt(c, CURLOPT_USERNAME, req->sigv4->key_id);
	failed |= curl_easy_setopt(c, CURLOPT_PASSWORD, req->sigv4->secret);
	return failed;
}

/* Debian's libcurl trusts a folder as well as a file; with a file of ours, only the file. */
static unsigned
set_trust(CURL *c, const struct call_request *req)
{
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	failed |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (req->ca_file != NULL) {
		failed |= curl_easy_setopt(c, CURLOPT_CAINFO, req->ca_file);
		failed |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	return failed;
}

/*
 * Without QUICK_EXIT the end of a call waits for the thread that looks its name up, however long
 * the name server takes: past every limit, and in the event loop (libcurl 7.88, asyn-thread.c).
 */
static unsigned
set_limits(CURL *c, const struct call_request *req)
{
	long connect_ms = req->connect_timeout_ms, total_ms = req->timeout_ms;
	unsigned failed = 0;

	failed |= curl_easy_setopt(
	    c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms > 0 ? connect_ms : CONNECT_TIMEOUT_MS);
	failed |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, total_ms > 0 ? total_ms : TIMEOUT_MS);
	failed |=
	    curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call_curl_max_bytes(req));
	failed |= curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)IDLE_MAX_S);
	failed |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	failed |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	failed |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	failed |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	return failed;
}

/* "Expect:" keeps libcurl from asking before it sends a body, which costs a second at many servers.
 */
static unsigned
set_headers(CURL *c, const struct call_request *req, struct curl_slist **headers)
{
	struct curl_slist *longer;
	size_t i;

	*headers = curl_slist_append(NULL, "Expect:");
	for (i = 0; i < CALL_HEADERS_MAX && req->headers[i] != NULL; i++) {
		longer = curl_slist_append(*headers, req->headers[i]);
		if (longer == NULL)
			return CURLE_OUT_OF_MEMORY;
		*headers = longer;
	}
	return (unsigned)curl_easy_setopt(c, CURLOPT_HTTPHEADER, *headers);
}

/* ---- The head of the answer ---- */

#define HEADER_MAX 256 /* longer ones are none of those that we read */

/* It goes into the log: anything but letters, digits, "_" and "-" is no such name. */
static void
note_request_id(struct call_notes *notes, const char *value)
{
	const char *c = value;

	while (*c == '_' || *c == '-' || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
	       (*c >= 'A' && *c <= 'Z'))
		c++;
	if (*c == '\0' && (size_t)(c - value) < sizeof(notes->request_id))
		memcpy(notes->request_id, value, (size_t)(c - value) + 1);
}

static void
note_retry_after(struct call_notes *notes, const char *value)
{
	const size_t len = strlen(value);

	if (len > 0 && len <= 9 && strspn(value, "0123456789") == len)
		notes->retry_after_s = strtoll(value, NULL, 10);
}

static void
note_date(struct call_notes *notes, const char *value)
{
	time_t at = curl_getdate(value, NULL);

	if (at > 0)
		notes->date_at = at;
}

static void
note(struct call_notes *notes, const char *name, const char *value)
{
	if (strcasecmp(name, "request-id") == 0)
		note_request_id(notes, value);
	else if (strcasecmp(name, "retry-after") == 0)
		note_retry_after(notes, value);
	else if (strcasecmp(name, "date") == 0)
		note_date(notes, value);
	else if (strcasecmp(name, "stripe-should-retry") == 0) {
		notes->should_retry = strcmp(value, "true") == 0;
		notes->should_not_retry = strcmp(value, "false") == 0;
	}
}

/* Each line of a head; a status line begins the next one, as after "100 Continue". */
static size_t
receive_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct call_notes *notes = arg;
	size_t len = size * n, end = len;
	char line[HEADER_MAX], *value;

	if (len >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
		*notes = (struct call_notes){ 0 };
	while (end > 0 && strchr("\r\n \t", bytes[end - 1]) != NULL)
		end--;
	if (end >= sizeof(line))
		return len;
	memcpy(line, bytes, end);
	line[end] = '\0';
	value = strchr(line, ':');
	if (value == NULL)
		return len;
	*value++ = '\0';
	note(notes, line, value + strspn(value, " \t"));
	return len;
}

static unsigned
set_notes(CURL *c, const struct call_request *req)
{
	unsigned failed = 0;

	if (req->notes == NULL)
		return 0;
	*req->notes = (struct call_notes){ 0 };
	failed |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, receive_header);
	failed |= curl_easy_setopt(c, CURLOPT_HEADERDATA, req->notes);
	return failed;
}

/* ---- All together ---- */

enum err
call_curl_setup(CURL *c, const struct call_request *req, struct curl_slist **headers)
{
	unsigned failed = 0;

	failed |= set_method(c, req);
	failed |= set_signature(c, req);
	failed |= set_trust(c, req);
	failed |= set_limits(c, req);
	failed |= set_headers(c, req, headers);
	failed |= set_notes(c, req);
	failed |= curl_easy_setopt(c, CURLOPT_URL, req->url);
	failed |= curl_easy_setopt(c, CURLOPT_USERAGENT, "portal");
	return failed == 0 ? ERR_OK : ERR_INTERNAL;
}

enum call_result
call_curl_result(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return CALL_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
		return CALL_DNS;
	case CURLE_COULDNT_CONNECT:
		return CALL_REFUSED;
	case CURLE_OPERATION_TIMEDOUT:
		return CALL_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return CALL_TLS;
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_WRITE_ERROR:
		return CALL_TOO_LARGE;
	case CURLE_UNSUPPORTED_PROTOCOL: /* of the answer: HTTP/0.9, which is none */
	case CURLE_WEIRD_SERVER_REPLY:
		return CALL_NOT_JSON;
	default:
		return CALL_CUT;
	}
}
