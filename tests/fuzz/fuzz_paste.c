/* The form of a paste as strangers may send it: read, checked, named. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "txt/paste_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct paste_draft *d)
{
	const struct paste p = { .title = (char *)(uintptr_t)d->title,
		.public_id = (char *)(uintptr_t)d->public_id };
	struct arena a = { 0 };

	if (!utf8_is_valid(d->body, d->len) || strlen(d->body) != d->len || d->lines < 1)
		abort();
	if (strpbrk(paste_file_name(&p, &a), "\"/\\\r\n;") != NULL)
		abort();
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded", NULL };
	struct arena a = { 0 };
	struct paste_form form;
	struct paste_draft d;
	const char *sentence = NULL;
	char *body;

	if (size == 0)
		return 0;
	body = malloc(size);
	memcpy(body, data + 1, size - 1);
	if (paste_form_read(&form, &a, types[data[0] % 3], body, size - 1, &sentence) == ERR_OK &&
	    paste_draft_init(&d, &form.input, 500, &a, &sentence) == CONTENT_STORED)
		check(&d);
	else if (sentence == NULL)
		abort();
	arena_free(&a);
	free(body);
	return 0;
}
