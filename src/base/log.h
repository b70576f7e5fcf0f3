/*
 * The log: one JSON object a line on standard output, written with one write(2) so that lines of
 * several processes never mix. It gets the cause of an error, never a secret or personal data.
 *
 *	{"time":"2026-11-20T10:00:00.123Z","level":"warn","area":"oidc","message":"…"}
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL__MAX };

/* "debug", "info", "warn" or "error"; false for another word, nothing changed. Default: info. */
bool log_set_level(const char *word);
/* `area` is the slice or file that speaks. Control characters and bad UTF-8 become \uXXXX. */
void log_write(enum log_level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
