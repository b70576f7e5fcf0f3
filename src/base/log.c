/* No heap and no lock: tasks log from their threads, and a log call works when little else does. */
#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log_line.h"
#include "base/log_out.h"

#define MESSAGE_BYTES 2048

static const char *const words[LOG_LEVEL__MAX] = { "debug", "info", "warn", "error" };
static enum log_level lowest = LOG_LEVEL_INFO;
static _Thread_local const char *request;

bool
log_set_level(const char *word)
{
	for (int i = 0; i < LOG_LEVEL__MAX; i++) {
		if (strcmp(word, words[i]) == 0) {
			lowest = (enum log_level)i;
			return true;
		}
	}
	return false;
}

const char *
log_level_word(enum log_level level)
{
	return words[level];
}

bool
log_has_level(enum log_level level)
{
	return level >= lowest && level < LOG_LEVEL__MAX;
}

void
log_set_request(const char *id)
{
	request = id;
}

void
log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	struct log_line l;
	char message[MESSAGE_BYTES];
	va_list ap;

	if (!log_has_level(level))
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	log_line_begin(&l, level, area);
	if (request != NULL)
		log_line_text(&l, "request", request);
	log_line_text(&l, "message", message);
	log_line_end(&l);
	log_out_now(l.s, l.len);
}
