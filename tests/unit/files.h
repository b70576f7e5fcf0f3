/* Files of the repository and golden files, for tests that run in its root. */
#ifndef UNIT_FILES_H
#define UNIT_FILES_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

/* False if there is no such file. */
static inline bool
file_read(const char *path, struct strbuf *out)
{
	char bytes[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(out, bytes, n);
	fclose(f);
	return true;
}

/* A template by its name, wherever it lies in templates/; what template_bind() asks for. */
static inline const char *
template_file(const char *file, void *arg)
{
	static const char *const folders[] = { "frame", "parts", "site", "account", "dashboard",
		"style", "pics", "txt", "billing", "bouncer" };
	static struct strbuf text;
	char path[256];

	(void)arg;
	strbuf_clear(&text);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "templates/%s/%s", folders[i], file);
		if (file_read(path, &text))
			return strbuf_text(&text);
	}
	return NULL;
}

/* Compares with tests/golden/<file>; with GOLDEN_UPDATE=1 in the environment writes it anew. */
static inline void
golden_check(const char *file, const struct strbuf *got)
{
	struct strbuf want = { 0 };
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/%s", file);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		f = fopen(path, "w");
		cr_assert_not_null(f, "cannot write %s", path);
		cr_assert_eq(fwrite(got->s, 1, got->len, f), got->len);
		cr_assert_eq(fclose(f), 0);
		return;
	}
	cr_assert(file_read(path, &want), "%s is missing: run with GOLDEN_UPDATE=1", path);
	cr_assert_str_eq(strbuf_text(got), strbuf_text(&want), "differs from %s", path);
	strbuf_free(&want);
}

#endif
