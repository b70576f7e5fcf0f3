#include "base/form_multipart.h"

#include <string.h>

#include "base/multipart.h"
#include "base/utf8.h"

_Static_assert(MULTIPART_PARTS_MAX == FORM_DATA_FIELDS_MAX, "each part is a field");

/* Fields as they come; their texts stand one behind the other, each with a NUL. */
struct gathering {
	struct form_data *form;
	struct arena *arena;
	char *text; /* of the field that is being read */
	size_t len;
	const char *sentence;
};

static enum err
begin_field(void *arg, const struct multipart_part *part)
{
	struct gathering *g = arg;

	if (part->filename != NULL) {
		g->sentence = "This form takes no files.";
		return ERR_INVALID;
	}
	g->form->fields[g->form->n].name = arena_strdup(g->arena, part->name);
	return ERR_OK;
}

static enum err
add_text(void *arg, const char *bytes, size_t len)
{
	struct gathering *g = arg;

	memcpy(g->text + g->len, bytes, len);
	g->len += len;
	return ERR_OK;
}

static enum err
end_field(void *arg)
{
	struct gathering *g = arg;

	if (memchr(g->text, '\0', g->len) != NULL || !utf8_is_valid(g->text, g->len)) {
		g->sentence = "A field of the form is not text.";
		return ERR_INVALID;
	}
	g->form->fields[g->form->n++].value = g->text;
	g->text += g->len + 1; /* the memory was zeroed: a NUL stands between */
	g->len = 0;
	return ERR_OK;
}

enum err
form_multipart_parse(struct form_data *d, struct arena *a, const char *content_type,
    const char *bytes, size_t len, const char **sentence)
{
	static const struct multipart_handler handler = { begin_field, add_text, end_field };
	struct gathering g = { .form = d, .arena = a };
	struct multipart *m;
	enum err e = multipart_new(&m, a, content_type, &handler, &g);

	if (e == ERR_OK) {
		d->n = 0;
		d->fields = arena_array(a, FORM_DATA_FIELDS_MAX, sizeof(*d->fields));
		g.text = arena_alloc(a, len + 1); /* each NUL takes the place of a boundary */
		multipart_feed(m, bytes, len);
		e = multipart_end(m);
	}
	if (e != ERR_OK) {
		*d = (struct form_data){ 0 };
		*sentence = g.sentence != NULL ? g.sentence : multipart_sentence(m);
	}
	return e;
}
