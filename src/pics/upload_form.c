/* See upload_form.h. */
#include "pics/upload_form.h"

#include <string.h>

#include "base/multipart.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define FIELDS_MAX 20
#define FIELD_BYTES_MAX 16384
#define SCRAP_BYTES_MAX 64

/* The part that is being read. */
struct gathering {
	struct upload_form *form;
	struct arena *arena;
	const char *body;
	size_t body_len;
	struct upload_file *file; /* NULL: a text, or a file beyond those that are taken */
	bool is_ignored;
	const char *name;
	struct strbuf text;
	const char *sentence;
};

static enum err
refuse(struct gathering *g, enum err e, const char *sentence)
{
	g->sentence = sentence;
	return e;
}

/* A field for files that nobody has used is sent with an empty name. */
static void
begin_file(struct gathering *g, const struct multipart_part *part)
{
	struct upload_form *form = g->form;

	g->is_ignored = *part->filename == '\0' || form->nfiles == PICS_FILES_MAX;
	form->nmore += *part->filename != '\0' && form->nfiles == PICS_FILES_MAX;
	if (g->is_ignored)
		return;
	g->file = &form->files[form->nfiles++];
	g->file->name = arena_strdup(g->arena, part->filename);
}

static enum err
begin_part(void *arg, const struct multipart_part *part)
{
	struct gathering *g = arg;

	g->file = NULL;
	g->is_ignored = false;
	strbuf_clear(&g->text);
	if (part->filename != NULL) {
		begin_file(g, part);
		return ERR_OK;
	}
	if (g->form->fields.n == FIELDS_MAX)
		return refuse(g, ERR_TOO_LARGE, "The form has too many fields.");
	g->name = arena_strdup(g->arena, part->name);
	return ERR_OK;
}

/*
 * Pieces are neighbours in the body. What looked like the begin of a boundary comes from elsewhere,
 * so a piece that lies in the body tells where the file begins.
 */
static void
add_to_file(struct gathering *g, const char *bytes, size_t len)
{
	struct upload_file *file = g->file;

	if (bytes >= g->body && bytes < g->body + g->body_len)
		file->bytes = (const unsigned char *)bytes - file->len;
	else if (g->text.len < SCRAP_BYTES_MAX)
		strbuf_add(&g->text, bytes, len);
	file->len += len;
}

/* Without any piece in the body it is but begins of boundaries: no picture, so a few are enough. */
static void
end_file(struct gathering *g)
{
	struct upload_file *file = g->file;

	if (file->bytes != NULL)
		return;
	file->len = g->text.len;
	file->bytes = (const void *)arena_strndup(g->arena, strbuf_text(&g->text), file->len);
}

static enum err
add_data(void *arg, const char *bytes, size_t len)
{
	struct gathering *g = arg;

	if (g->is_ignored)
		return ERR_OK;
	if (g->file != NULL) {
		add_to_file(g, bytes, len);
		return ERR_OK;
	}
	if (g->text.len + len > FIELD_BYTES_MAX)
		return refuse(g, ERR_TOO_LARGE, "A text of the form is too long.");
	strbuf_add(&g->text, bytes, len);
	return ERR_OK;
}

static enum err
end_part(void *arg)
{
	struct gathering *g = arg;
	struct form_field *field = &g->form->fields.fields[g->form->fields.n];

	if (g->file != NULL)
		end_file(g);
	if (g->is_ignored || g->file != NULL)
		return ERR_OK;
	if (strlen(strbuf_text(&g->text)) != g->text.len ||
	    !utf8_is_valid(strbuf_text(&g->text), g->text.len))
		return refuse(g, ERR_INVALID, "A field of the form is not text.");
	field->name = g->name;
	field->value = arena_strndup(g->arena, strbuf_text(&g->text), g->text.len);
	g->form->fields.n++;
	return ERR_OK;
}

static enum err
read_multipart(struct gathering *g, const char *content_type)
{
	static const struct multipart_handler handler = { begin_part, add_data, end_part };
	struct multipart *m;
	enum err e = multipart_new(&m, g->arena, content_type, &handler, g);

	if (e == ERR_OK) {
		multipart_feed(m, g->body, g->body_len);
		e = multipart_end(m);
	}
	strbuf_free(&g->text);
	if (e != ERR_OK && g->sentence == NULL)
		g->sentence = multipart_sentence(m);
	return e;
}

enum err
upload_form_read(struct upload_form *form, struct arena *a, const char *content_type,
    const char *body, size_t len, const char **sentence)
{
	struct gathering g = { .form = form, .arena = a, .body = body, .body_len = len };
	enum err e;

	*form = (struct upload_form){ 0 };
	form->fields.fields = arena_array(a, FIELDS_MAX, sizeof(*form->fields.fields));
	if (content_type == NULL || !multipart_head_is_form(content_type)) {
		form->files[0] =
		    (struct upload_file){ .name = "", .bytes = (const void *)body, .len = len };
		form->nfiles = 1;
		return ERR_OK;
	}
	e = read_multipart(&g, content_type);
	*sentence = g.sentence;
	return e;
}
