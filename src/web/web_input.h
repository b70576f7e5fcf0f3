/*
 * Inputs as declared beside a handler. Kore's own `params` drop a value that does not fit without a
 * word; here it gets a sentence.
 */
#ifndef WEB_WEB_INPUT_H
#define WEB_WEB_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/form_data.h"

enum web_input_kind {
	WEB_TEXT, /* min and max bound its characters */
	WEB_INT,  /* min and max bound the number; both 0: any */
	WEB_ENUM  /* one of words[nwords] */
};

struct web_input {
	const char *name; /* NULL ends a table */
	enum web_input_kind kind;
	bool is_required;
	int64_t min, max; /* max 0: 2000 characters, or no bound for a number */
	const char *const *words;
	int nwords;
};

struct web_value {
	const char *text; /* as it was sent; NULL: not given */
	int64_t number;	  /* of an INT; of an ENUM the index of the word */
};

/* What was given, or what stands for nothing given. */
static inline const char *
web_value_text(const struct web_value *v, const char *otherwise)
{
	return v->text != NULL ? v->text : otherwise;
}

static inline int64_t
web_value_number(const struct web_value *v, int64_t otherwise)
{
	return v->text != NULL ? v->number : otherwise;
}

/*
 * The values of `inputs` among the fields, an array in their order. ERR_INVALID: *sentence says
 * what is wrong with the first that does not fit; the array is complete all the same, so that a
 * form can be shown again as it was typed.
 */
enum err web_input_read(const struct web_input *inputs, const struct form_data *fields,
    struct arena *, const struct web_value **values, const char **sentence);

#endif
