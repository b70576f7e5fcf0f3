/*
 * One line of the log: a JSON object in a fixed buffer, without heap and without lock, so that it
 * can be made when little else works. What does not fit is left out whole; no escape is ever cut.
 */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/* Linux writes up to 4096 bytes to a pipe in one piece: such lines never mix. */
#define LOG_LINE_BYTES 4096

struct log_line {
	size_t len;
	char s[LOG_LINE_BYTES];
};

/* Time (now), level and area. Thread-safe, as all of this file. */
void log_line_begin(struct log_line *, enum log_level, const char *area);
/* Names come from the code. In values control characters and bad UTF-8 become \uXXXX. */
void log_line_text(struct log_line *, const char *name, const char *value);
void log_line_number(struct log_line *, const char *name, int64_t value);
/* For what has no number or is not known. */
void log_line_null(struct log_line *, const char *name);
/* The line is whole now, its line end included. */
void log_line_end(struct log_line *);

#endif
