#include "base/err.h"

static const char *const words[ERR__MAX] = {
	[ERR_OK] = "ok",
	[ERR_INVALID] = "invalid",
	[ERR_UNAUTHORIZED] = "unauthorized",
	[ERR_FORBIDDEN] = "forbidden",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_METHOD] = "method",
	[ERR_TIMEOUT] = "timeout",
	[ERR_CONFLICT] = "conflict",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_TOO_MANY] = "too_many",
	[ERR_INTERNAL] = "internal",
	[ERR_UPSTREAM] = "upstream",
	[ERR_UNAVAILABLE] = "unavailable",
	[ERR_FULL] = "full",
};

const char *
err_word(enum err e)
{
	return e >= 0 && e < ERR__MAX ? words[e] : "unknown";
}
