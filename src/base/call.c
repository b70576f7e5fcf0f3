/* What a call can come to, and its headers. */
#include "base/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *word, *phrase;
	enum err err;
} results[CALL__MAX] = {
	[CALL_OK] = { "ok", "answers", ERR_OK },
	[CALL_DNS] = { "dns", "cannot be found", ERR_UNAVAILABLE },
	[CALL_REFUSED] = { "refused", "cannot be reached", ERR_UNAVAILABLE },
	[CALL_TIMEOUT] = { "timeout", "does not answer", ERR_TIMEOUT },
	[CALL_TLS] = { "tls", "does not prove who it is", ERR_UNAVAILABLE },
	[CALL_CUT] = { "cut", "breaks off in the middle of its answer", ERR_UPSTREAM },
	[CALL_TOO_LARGE] = { "too_large", "answers far too much", ERR_UPSTREAM },
	[CALL_STATUS] = { "status", "answers with an error", ERR_UPSTREAM },
	[CALL_NOT_JSON] = { "not_json", "answers something that cannot be read", ERR_UPSTREAM },
};

static bool
is_known(enum call_result r)
{
	return r >= 0 && r < CALL__MAX;
}

const char *
call_result_word(enum call_result r)
{
	return is_known(r) ? results[r].word : "unknown";
}

const char *
call_result_phrase(enum call_result r)
{
	return is_known(r) ? results[r].phrase : "does something unknown";
}

enum err
call_result_err(enum call_result r)
{
	return is_known(r) ? results[r].err : ERR_INTERNAL;
}

enum err
call_reply_err(const struct call_reply *reply)
{
	if (reply->result != CALL_OK)
		return call_result_err(reply->result);
	switch (reply->status) {
	case 200:
		return ERR_OK;
	case 401:
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	default:
		return ERR_UPSTREAM;
	}
}

enum call_result
call_outcome(enum err e, const struct call_reply *reply)
{
	if (reply->result != CALL_OK || e == ERR_OK)
		return reply->result;
	return reply->status >= 200 && reply->status < 300 ? CALL_NOT_JSON : CALL_STATUS;
}

bool
call_is_word(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

void
call_header(struct call_request *req, struct arena *a, const char *name, const char *fmt, ...)
{
	va_list ap;
	size_t i = 0;

	while (i < CALL_HEADERS_MAX && req->headers[i] != NULL)
		i++;
	if (i == CALL_HEADERS_MAX) {
		fputs("portal: too many headers for a call\n", stderr);
		abort();
	}
	va_start(ap, fmt);
	req->headers[i] = arena_printf(a, "%s: %s", name, arena_vprintf(a, fmt, ap));
	va_end(ap);
}
