#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

const char *
strbuf_text(const struct strbuf *b)
{
	return b->s != NULL ? b->s : "";
}

void
strbuf_reserve(struct strbuf *b, size_t more)
{
	size_t need = b->len + more + 1, size = b->size > 0 ? b->size : 256;

	if (need <= b->size)
		return;
	while (size < need)
		size *= 2;
	b->s = xrealloc(b->s, size);
	b->size = size;
	b->s[b->len] = '\0';
}

void
strbuf_add(struct strbuf *b, const void *bytes, size_t len)
{
	strbuf_reserve(b, len);
	if (len > 0)
		memcpy(b->s + b->len, bytes, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void
strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void
strbuf_putc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void
strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len < 0)
		abort();
	strbuf_reserve(b, (size_t)len);
	vsnprintf(b->s + b->len, (size_t)len + 1, fmt, again);
	b->len += (size_t)len;
	va_end(again);
}

void
strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
strbuf_cut(struct strbuf *b, size_t len)
{
	b->len = len;
	if (b->s != NULL)
		b->s[len] = '\0';
}

void
strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

void
strbuf_free(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){ 0 };
}
