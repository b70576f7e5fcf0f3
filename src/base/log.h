/*
 * The log: one JSON object a line on standard output. It gets the cause of an error, never a secret
 * or personal data. Lines of several processes never mix; their order is that of `time`, since
 * lines of requests and jobs are gathered for a moment (log_out.h).
 *
 *	{"time":"2026-11-20T10:00:00.123Z","level":"warn","area":"oidc","message":"…"}
 *
 * What is logged on behalf of a request carries its id as "request", as does the line that tells
 * how the request ended (web_log.h): the cause stands in the one, the effect in the other.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR, LOG_LEVEL__MAX };

/* "debug", "info", "warn" or "error"; false for another word, nothing changed. Default: info. */
bool log_set_level(const char *word);
const char *log_level_word(enum log_level);
/* True if lines of that level are written. */
bool log_has_level(enum log_level);
/*
 * The id of the request that this thread works for from now on, NULL for none. It must stay alive
 * until another one is set.
 */
void log_set_request(const char *id);
/* `area` is the slice or file that speaks. Control characters and bad UTF-8 become \uXXXX. */
void log_write(enum log_level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
