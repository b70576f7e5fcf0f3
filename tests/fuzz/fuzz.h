/*
 * What the fuzz targets share. Each target is one file with one parser of what strangers send; it
 * not only looks for bytes read or written too far, but checks what the parser promises of whatever
 * it accepts.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"

/* Called by libFuzzer; the bytes stand in a block of exactly their length. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Ends the run, and libFuzzer keeps the input. */
#define must(promise)                                                                              \
	do {                                                                                       \
		if (!(promise)) {                                                                  \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);      \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* For parsers of texts: a copy of the bytes before the first NUL, with one at the end of its block.
 * The caller frees it. */
static inline char *
fuzz_text(const uint8_t *bytes, size_t len)
{
	size_t n = strnlen((const char *)bytes, len);
	char *text = xmalloc(n + 1);

	memcpy(text, bytes, n);
	text[n] = '\0';
	return text;
}

#endif
