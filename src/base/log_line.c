#include "base/log_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Kept free for the end of the line and of a text. */
#define TAIL_BYTES 8

static void
line_add(struct log_line *l, const char *piece, size_t len)
{
	if (l->len + len > sizeof(l->s) - TAIL_BYTES)
		return;
	memcpy(l->s + l->len, piece, len);
	l->len += len;
}

static void
line_puts(struct log_line *l, const char *piece)
{
	line_add(l, piece, strlen(piece));
}

static void
line_escape(struct log_line *l, unsigned code)
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
line_text(struct log_line *l, const char *text)
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

/* The part that stays for a second is kept: making it costs more than the rest of a line. */
static void
line_time(struct log_line *l)
{
	static _Thread_local char seconds[32];
	static _Thread_local time_t kept = -1;
	char ms[] = ".000Z";
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != kept) {
		gmtime_r(&now.tv_sec, &tm);
		strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
		kept = now.tv_sec;
	}
	ms[1] += (char)(now.tv_nsec / 100000000);
	ms[2] += (char)(now.tv_nsec / 10000000 % 10);
	ms[3] += (char)(now.tv_nsec / 1000000 % 10);
	line_puts(l, seconds);
	line_puts(l, ms);
}

void
log_line_begin(struct log_line *l, enum log_level level, const char *area)
{
	l->len = 0;
	line_puts(l, "{\"time\":\"");
	line_time(l);
	line_puts(l, "\"");
	log_line_text(l, "level", log_level_word(level));
	log_line_text(l, "area", area);
}

static void
line_name(struct log_line *l, const char *name)
{
	line_puts(l, ",\"");
	line_puts(l, name);
	line_puts(l, "\":");
}

/* True if a member with a value of `len` bytes still has room; else the member is left out. */
static bool
has_room(const struct log_line *l, const char *name, size_t len)
{
	return l->len + strlen(name) + len + 4 <= sizeof(l->s) - TAIL_BYTES;
}

void
log_line_text(struct log_line *l, const char *name, const char *value)
{
	if (!has_room(l, name, 2))
		return;
	line_name(l, name);
	line_puts(l, "\"");
	line_text(l, value);
	l->s[l->len++] = '"'; /* from the TAIL_BYTES, if need be */
}

void
log_line_number(struct log_line *l, const char *name, int64_t value)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	*--at = '\0';
	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (value < 0)
		*--at = '-';
	if (!has_room(l, name, strlen(at)))
		return;
	line_name(l, name);
	line_puts(l, at);
}

void
log_line_null(struct log_line *l, const char *name)
{
	if (!has_room(l, name, 4))
		return;
	line_name(l, name);
	line_puts(l, "null");
}

void
log_line_end(struct log_line *l)
{
	l->s[l->len++] = '}';
	l->s[l->len++] = '\n';
}
