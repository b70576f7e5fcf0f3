#include "web/web_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2000

static const char *
check_text(const struct web_input *in, struct web_value *v, struct arena *a)
{
	int64_t max = in->max > 0 ? in->max : TEXT_MAX, n = 0;
	const char *p;

	for (p = v->text; *p != '\0'; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80; /* characters, not bytes */
	if (n < in->min)
		return arena_printf(
		    a, "“%s” needs at least %" PRId64 " characters.", in->name, in->min);
	if (n > max)
		return arena_printf(
		    a, "“%s” may have at most %" PRId64 " characters.", in->name, max);
	return NULL;
}

static const char *
check_int(const struct web_input *in, struct web_value *v, struct arena *a)
{
	bool is_bounded = in->min != 0 || in->max != 0;
	char *end;

	errno = 0;
	v->number = strtoll(v->text, &end, 10);
	if (end == v->text || *end != '\0' || errno != 0)
		return arena_printf(a, "“%s” must be a whole number.", in->name);
	if (is_bounded && v->number < in->min)
		return arena_printf(a, "“%s” must be %" PRId64 " or more.", in->name, in->min);
	if (in->max != 0 && v->number > in->max)
		return arena_printf(a, "“%s” must be %" PRId64 " or less.", in->name, in->max);
	return NULL;
}

static const char *
check_enum(const struct web_input *in, struct web_value *v, struct arena *a)
{
	int i;

	for (i = 0; i < in->nwords; i++) {
		if (strcmp(in->words[i], v->text) == 0) {
			v->number = i;
			return NULL;
		}
	}
	return arena_printf(a, "“%s” has a value that is not among the choices.", in->name);
}

static const char *
check(const struct web_input *in, struct web_value *v, struct arena *a)
{
	if (v->text == NULL)
		return in->is_required ? arena_printf(a, "“%s” is missing.", in->name) : NULL;
	switch (in->kind) {
	case WEB_INT:
		return check_int(in, v, a);
	case WEB_ENUM:
		return check_enum(in, v, a);
	default:
		return check_text(in, v, a);
	}
}

enum err
web_input_read(const struct web_input *inputs, const struct form_data *fields, struct arena *a,
    const struct web_value **values, const char **sentence)
{
	const char *problem = NULL, *found;
	struct web_value *v;
	size_t n = 0, i;

	while (inputs[n].name != NULL)
		n++;
	*values = v = arena_array(a, n, sizeof(*v));
	for (i = 0; i < n; i++) {
		v[i].text = form_data_text(fields, inputs[i].name);
		found = check(&inputs[i], &v[i], a);
		if (problem == NULL)
			problem = found;
	}
	if (problem == NULL)
		return ERR_OK;
	*sentence = problem;
	return ERR_INVALID;
}
