#include "web/web_template.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/template.h"
#include "web/web_asset.h"

#ifdef PORTAL_DEV

static const char *
read_file(const char *path, struct arena *a)
{
	struct strbuf text = { 0 };
	char bytes[4096], *copy;
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return NULL;
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(&text, bytes, n);
	fclose(f);
	copy = arena_strdup(a, strbuf_text(&text));
	strbuf_free(&text);
	return copy;
}

/* templates/ has one level of folders, and every name stands in one of them only. */
static const char *
source(const char *file, void *arg)
{
	struct arena *a = arg;
	const char *text = NULL;
	glob_t found;

	if (glob(arena_printf(a, "%s/templates/*/%s", settings.home, file), 0, NULL, &found) == 0)
		text = read_file(found.gl_pathv[0], a);
	globfree(&found);
	return text;
}

#else

static const char *
source(const char *file, void *arg)
{
	size_t len;

	(void)arg;
	return web_asset_embedded(file, &len);
}

#endif

static enum err
bind_view(struct view_type *view)
{
	struct strbuf error = { 0 };
	struct arena arena = { 0 };
	enum err e = template_bind(view, source, &arena, &error);

	if (e != ERR_OK)
		log_error("template", "%s", strbuf_text(&error));
	strbuf_free(&error);
	arena_free(&arena);
	return e;
}

enum err
web_template_init(struct view_type *const *views, size_t n)
{
	enum err e = ERR_OK;
	size_t i;

	for (i = 0; i < n; i++)
		if (bind_view(views[i]) != ERR_OK)
			e = ERR_INVALID;
	return e;
}

enum err
web_template_render(struct view_type *type, const void *view, struct strbuf *out)
{
#ifdef PORTAL_DEV
	if (bind_view(type) != ERR_OK)
		return ERR_INTERNAL;
#endif
	template_render(type, view, out);
	return ERR_OK;
}
