#include "app/site_conf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err
fail(struct strbuf *problem, const char *path, const char *what, const char *name)
{
	strbuf_printf(problem, "%s: %s %s", path, what, name);
	return ERR_INVALID;
}

/* *p stands on "${"; afterwards behind the brace. */
static enum err
expand_one(struct strbuf *out, const char **p, const char *(*value)(const char *), const char *path,
    struct strbuf *problem)
{
	const char *end = strchr(*p, '}'), *text;
	char name[64];
	size_t len;

	if (end == NULL)
		return fail(problem, path, "no brace closes", *p);
	len = (size_t)(end - *p) - 2;
	if (len >= sizeof(name))
		return fail(problem, path, "too long a name:", *p);
	memcpy(name, *p + 2, len);
	name[len] = '\0';
	text = value(name);
	if (text == NULL)
		return fail(problem, path, "there is no", name);
	strbuf_puts(out, text);
	*p = end + 1;
	return ERR_OK;
}

static enum err
expand(struct strbuf *out, const char *text, const char *(*value)(const char *), const char *path,
    struct strbuf *problem)
{
	const char *p = text, *start;
	enum err e = ERR_OK;

	while (e == ERR_OK && (start = strstr(p, "${")) != NULL) {
		strbuf_add(out, p, (size_t)(start - p));
		p = start;
		e = expand_one(out, &p, value, path, problem);
	}
	if (e == ERR_OK)
		strbuf_puts(out, p);
	return e;
}

enum err
site_conf_expand(struct strbuf *out, const char *path, const char *(*value)(const char *name),
    struct strbuf *problem)
{
	struct strbuf text = { 0 };
	FILE *f = fopen(path, "r");
	char bytes[4096];
	enum err e;
	size_t n;

	if (f == NULL) {
		strbuf_printf(problem, "%s: %s", path, strerror(errno));
		return ERR_NOT_FOUND;
	}
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(&text, bytes, n);
	fclose(f);
	e = expand(out, strbuf_text(&text), value, path, problem);
	strbuf_free(&text);
	return e;
}

/* True if the line gives the name a number. */
static bool
read_number(int64_t *n, char *line, const char *name)
{
	char *save = NULL, *end = NULL;
	const char *word = strtok_r(line, " \t\n", &save);
	const char *value = strtok_r(NULL, " \t\n", &save);
	int64_t found;

	if (word == NULL || value == NULL || strcmp(word, name) != 0)
		return false;
	found = strtoll(value, &end, 10);
	if (*end != '\0')
		return false;
	*n = found;
	return true;
}

enum err
site_conf_number(int64_t *n, const char *path, const char *name)
{
	enum err e = ERR_NOT_FOUND;
	FILE *f = fopen(path, "r");
	char line[512];

	if (f == NULL)
		return e;
	while (e != ERR_OK && fgets(line, sizeof(line), f) != NULL)
		if (read_number(n, line, name))
			e = ERR_OK;
	fclose(f);
	return e;
}

int
site_conf_workers(int64_t setting)
{
	return setting > 0 ? (int)setting : (int)sysconf(_SC_NPROCESSORS_ONLN) + 1;
}
