/* Times as RFC 3339 writes them, to and from Unix seconds. */
#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stdint.h>

#include "base/err.h"

#define RFC3339_SIZE sizeof("2026-01-01T00:00:00Z")

/*
 * "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.25+02:00": upper case, a fraction of any length is
 * cut off, an offset is applied, the leap second 23:59:60 UTC counts as the second after it. The
 * years 0000 to 9999. ERR_INVALID for all else, days that do not exist and trailing bytes included.
 */
enum err rfc3339_parse(const char *text, int64_t *seconds);
/* In UTC, whole seconds. ERR_INVALID, and "" in out, outside the years 0000 to 9999. */
enum err rfc3339_format(char out[RFC3339_SIZE], int64_t seconds);
/* The day in UTC, month and day from 1. ERR_INVALID outside the years 0000 to 9999. */
enum err rfc3339_date(int64_t seconds, int *year, int *month, int *day);

#endif
