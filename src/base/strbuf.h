/* A growing buffer of bytes, always closed by a NUL that is not counted. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

/* All zero is a valid, empty buffer. Read `s` through strbuf_text(); it is NULL before the first
 * write. */
struct strbuf {
	char *s;
	size_t len, size;
};

/* The text, "" when empty; valid until the next write. */
const char *strbuf_text(const struct strbuf *);
/* Makes room for `more` further bytes at once. */
void strbuf_reserve(struct strbuf *, size_t more);
void strbuf_add(struct strbuf *, const void *bytes, size_t len);
void strbuf_puts(struct strbuf *, const char *);
void strbuf_putc(struct strbuf *, char);
void strbuf_printf(struct strbuf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));
/* Forgets all but the first `len` bytes; there must be as many. */
void strbuf_cut(struct strbuf *, size_t len);
/* Forgets the content, keeps the memory. */
void strbuf_clear(struct strbuf *);
/* Gives the memory back; the buffer is empty and usable again. */
void strbuf_free(struct strbuf *);

#endif
