/*
 * Builds a line in a fixed buffer and hands it to one write(2). No heap and no lock: tasks log from
 * their threads, and a log call must work when little else does.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Linux writes up to 4096 bytes to a pipe in one piece: such lines never mix. */
#define LINE_BYTES 4096
#define MESSAGE_BYTES 2048
/* Kept free for the end of the line. */
#define TAIL_BYTES 8

static const char *const words[LOG_LEVEL__MAX] = { "debug", "info", "warn", "error" };
static enum log_level lowest = LOG_LEVEL_INFO;

struct line {
	char s[LINE_BYTES];
	size_t len;
};

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

/* A piece that does not fit is left out whole, so that no escape or character is cut. */
static void
line_add(struct line *l, const char *piece, size_t len)
{
	if (l->len + len > sizeof(l->s) - TAIL_BYTES)
		return;
	memcpy(l->s + l->len, piece, len);
	l->len += len;
}

static void
line_puts(struct line *l, const char *piece)
{
	line_add(l, piece, strlen(piece));
}

static void
line_escape(struct line *l, unsigned code)
{
	char piece[8];

	snprintf(piece, sizeof(piece), "\\u%04x", code & 0xffff);
	line_puts(l, piece);
}

/* The smallest code point that needs so many bytes: less is an overlong form. */
static const uint32_t utf8_least[5] = { 0, 0, 0x80, 0x800, 0x10000 };

/* Length of the UTF-8 character at s and its code point; 0: these bytes are none. */
static size_t
utf8_read(const unsigned char *s, uint32_t *code)
{
	size_t len = *s < 0x80	 ? 1
		     : *s < 0xc0 ? 0
		     : *s < 0xe0 ? 2
		     : *s < 0xf0 ? 3
		     : *s < 0xf8 ? 4
				 : 0;

	*code = len <= 1 ? *s : *s & (0xffU >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) /* the closing NUL stops here too */
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (len == 0 || *code < utf8_least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return len;
}

/* Controls, including C1, as \uXXXX; a bad byte as \uDCXX, which no good text can hold. */
static void
line_text(struct line *l, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t code;
	size_t len;

	for (; *s != '\0'; s += len) {
		len = utf8_read(s, &code);
		if (len == 0) {
			line_escape(l, 0xdc00 + *s);
			len = 1;
		} else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			line_escape(l, code);
		} else {
			if (code == '"' || code == '\\')
				line_puts(l, code == '"' ? "\\\"" : "\\\\");
			else
				line_add(l, (const char *)s, len);
		}
	}
}

static void
line_time(struct line *l)
{
	char piece[48], seconds[32];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(piece, sizeof(piece), "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
	line_puts(l, piece);
}

void
log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	struct line l = { .len = 0 };
	char message[MESSAGE_BYTES];
	va_list ap;
	ssize_t ignored;

	if (level < lowest || level >= LOG_LEVEL__MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	line_puts(&l, "{\"time\":\"");
	line_time(&l);
	line_puts(&l, "\",\"level\":\"");
	line_puts(&l, words[level]);
	line_puts(&l, "\",\"area\":\"");
	line_text(&l, area);
	line_puts(&l, "\",\"message\":\"");
	line_text(&l, message);
	memcpy(l.s + l.len, "\"}\n", 3);
	ignored = write(STDOUT_FILENO, l.s, l.len + 3);
	(void)ignored; /* nowhere to tell it */
}
