/*
 * usage: vectors FILE...
 *
 * Runs the cases of each file, whose shape it knows by its first case, and prints those that fail.
 * The last line is "N passed, N failed"; the exit status is 1 when anything failed.
 */
#include "vectors/vectors.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/strbuf.h"

void
vectors_passed(struct vectors *v)
{
	v->passed++;
}

void
vectors_failed(struct vectors *v, const char *name, const char *fmt, ...)
{
	va_list args;

	v->failed++;
	printf("%s: %s: ", v->file, name);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static bool
read_file(struct strbuf *out, const char *path)
{
	char bytes[65536];
	FILE *f = fopen(path, "r");
	bool is_good;
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(out, bytes, n);
	is_good = ferror(f) == 0;
	fclose(f);
	return is_good;
}

static void
run_cases(struct vectors *v, struct arena *a, const struct json *root)
{
	const struct json *cases = NULL;

	if (json_read_array(root, "vectors", &cases) != ERR_OK || cases->n == 0)
		vectors_failed(v, "vectors", "there are none");
	else if (json_read_member(&cases->items[0], "subscription") != NULL)
		vectors_mrr(v, a, root);
	else if (json_read_member(&cases->items[0], "header") != NULL)
		vectors_signature(v, a, root);
	else
		vectors_failed(v, "vectors", "they are of no shape that is known here");
}

static void
run_file(struct vectors *v, const char *path)
{
	const struct json *root;
	struct strbuf bytes = { 0 };
	struct arena arena = { 0 };

	v->file = path;
	if (!read_file(&bytes, path))
		vectors_failed(v, "file", "it cannot be read");
	else if (json_read_parse(&root, &arena, strbuf_text(&bytes), bytes.len) != ERR_OK)
		vectors_failed(v, "file", "it is no JSON, or more than 2 MB of it");
	else
		run_cases(v, &arena, root);
	strbuf_free(&bytes);
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	struct vectors v = { 0 };

	for (int i = 1; i < argc; i++)
		run_file(&v, argv[i]);
	printf("%d passed, %d failed\n", v.passed, v.failed);
	return v.failed == 0 && v.passed > 0 ? 0 : 1;
}
