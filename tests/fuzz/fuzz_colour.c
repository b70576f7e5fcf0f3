/* Any text in any language: no bad memory, lines stay lines. The first byte chooses the language.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "txt/colour.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
count_lines(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf out = { 0 };
	char *text;

	if (size == 0 || memchr(data, '\0', size) != NULL)
		return 0;
	text = malloc(size); /* to the byte, so that reading past it is seen */
	memcpy(text, data + 1, size - 1);
	colour_html(&out, (enum syntax)(data[0] % SYNTAX__MAX), text, size - 1);
	if (count_lines(strbuf_text(&out), out.len) != count_lines(text, size - 1))
		abort();
	free(text);
	strbuf_free(&out);
	return 0;
}
