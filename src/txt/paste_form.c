#include "txt/paste_form.h"

#include <string.h>

#include "base/form_data.h"
#include "base/multipart.h"
#include "base/utf8.h"

#define FIELDS_MAX 16

struct field {
	const char *name, *file_name; /* NULL: it is no file */
	char *value;
	size_t len;
};

struct gathering {
	struct arena *arena;
	struct field fields[FIELDS_MAX];
	size_t n;
	char *room; /* for all values, each with a NUL behind it */
	const char *sentence;
};

static enum err
begin_field(void *arg, const struct multipart_part *part)
{
	struct gathering *g = arg;

	if (g->n == FIELDS_MAX) {
		g->sentence = "The form has more fields than this page knows.";
		return ERR_INVALID;
	}
	g->fields[g->n] = (struct field){ .name = arena_strdup(g->arena, part->name),
		.file_name = arena_strdup(g->arena, part->filename),
		.value = g->room };
	return ERR_OK;
}

static enum err
add_bytes(void *arg, const char *bytes, size_t len)
{
	struct gathering *g = arg;

	memcpy(g->room, bytes, len);
	g->room += len;
	g->fields[g->n].len += len;
	return ERR_OK;
}

static enum err
end_field(void *arg)
{
	struct gathering *g = arg;

	g->room++;
	g->n++;
	return ERR_OK;
}

static enum err
read_multipart(
    struct gathering *g, const char *type, const char *bytes, size_t len, const char **sentence)
{
	static const struct multipart_handler handler = { begin_field, add_bytes, end_field };
	struct multipart *m;
	enum err e = multipart_new(&m, g->arena, type, &handler, g);

	if (e == ERR_OK) {
		g->room = arena_alloc(g->arena, len + 1);
		multipart_feed(m, bytes, len);
		e = multipart_end(m);
	}
	if (e != ERR_OK)
		*sentence = g->sentence != NULL ? g->sentence : multipart_sentence(m);
	return e;
}

static enum err
read_plain(struct gathering *g, const char *bytes, size_t len, const char **sentence)
{
	struct form_data data;
	enum err e = form_data_parse(&data, g->arena, bytes, len);

	for (size_t i = 0; e == ERR_OK && i < data.n && g->n < FIELDS_MAX; i++)
		g->fields[g->n++] = (struct field){ .name = data.fields[i].name,
			.value = arena_strdup(g->arena, data.fields[i].value),
			.len = strlen(data.fields[i].value) };
	*sentence = "The form could not be read.";
	return e;
}

/* Browsers send CR LF for each line that was typed. */
static void
mend_lines(struct field *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->len; i++)
		if (f->value[i] != '\r' || i + 1 == f->len || f->value[i + 1] != '\n')
			f->value[n++] = f->value[i];
	f->len = n;
	f->value[n] = '\0';
}

static void
take_field(struct paste_form *form, struct field *f)
{
	static const char *const names[] = { "title", "syntax", "expires", "visibility", "csrf" };
	const char **const places[] = { &form->input.title, &form->input.syntax,
		&form->input.expires, &form->input.visibility, &form->csrf };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(f->name, names[i]) == 0 && f->file_name == NULL)
			*places[i] = f->value;
	if (strcmp(f->name, "body") == 0 && f->file_name == NULL) {
		mend_lines(f);
		form->typed = f->value;
		form->has_both = form->input.len > 0 && f->len > 0;
		if (form->input.len == 0) {
			form->input.body = f->value;
			form->input.len = f->len;
		}
	} else if (strcmp(f->name, "file") == 0 && f->file_name != NULL && f->len > 0) {
		form->has_both = form->input.len > 0;
		form->input.file_name = f->file_name;
		form->input.body = f->value;
		form->input.len = f->len;
	}
}

enum err
paste_form_read(struct paste_form *form, struct arena *a, const char *content_type,
    const char *bytes, size_t len, const char **sentence)
{
	struct gathering g = { .arena = a };
	enum err e;

	*form = (struct paste_form){ .typed = "", .input.body = "" };
	if (content_type != NULL && multipart_head_is_form(content_type))
		e = read_multipart(&g, content_type, bytes, len, sentence);
	else
		e = read_plain(&g, bytes, len, sentence);
	for (size_t i = 0; i < g.n; i++)
		take_field(form, &g.fields[i]);
	if (!utf8_is_valid(form->typed, strlen(form->typed)))
		form->typed = "";
	if (e == ERR_OK && form->input.title == NULL && form->input.file_name != NULL)
		form->input.title = form->input.file_name;
	if (form->input.title != NULL && *form->input.title == '\0' &&
	    form->input.file_name != NULL)
		form->input.title = form->input.file_name;
	return e;
}
