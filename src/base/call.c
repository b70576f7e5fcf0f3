/* The words of a call's outcome, and its headers. */
#include "base/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const words[CALL__MAX] = {
	[CALL_OK] = "ok",
	[CALL_REFUSED] = "refused",
	[CALL_TIMEOUT] = "timeout",
	[CALL_TLS] = "tls",
	[CALL_TOO_LARGE] = "too_large",
	[CALL_BROKEN] = "broken",
};

static const enum err errs[CALL__MAX] = {
	[CALL_OK] = ERR_OK,
	[CALL_REFUSED] = ERR_UNAVAILABLE,
	[CALL_TIMEOUT] = ERR_TIMEOUT,
	[CALL_TLS] = ERR_UNAVAILABLE,
	[CALL_TOO_LARGE] = ERR_UPSTREAM,
	[CALL_BROKEN] = ERR_UPSTREAM,
};

const char *
call_result_word(enum call_result r)
{
	return r >= 0 && r < CALL__MAX ? words[r] : "unknown";
}

enum err
call_result_err(enum call_result r)
{
	return r >= 0 && r < CALL__MAX ? errs[r] : ERR_INTERNAL;
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
