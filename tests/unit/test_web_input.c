#include <criterion/criterion.h>

#include "web/web_input.h"

static const char *const words[] = { "asc", "desc" };

static const struct web_input inputs[] = {
	{ "name", WEB_TEXT, .is_required = true, .min = 2, .max = 5 },
	{ "after", WEB_INT, .min = 1, .max = 10 },
	{ "any", WEB_INT, .max = 0 },
	{ "order", WEB_ENUM, .words = words, .nwords = 2 },
	{ .name = NULL },
};

static const struct {
	const char *query;
	const char *sentence; /* NULL: all is well */
} cases[] = {
	{ "name=abc", NULL },
	{ "", "“name” is missing." },
	{ "name=", "“name” needs at least 2 characters." },
	{ "name=a", "“name” needs at least 2 characters." },
	{ "name=%C3%A9", "“name” needs at least 2 characters." }, /* é is one character */
	{ "name=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9", NULL },
	{ "name=abcdef", "“name” may have at most 5 characters." },
	{ "name=abc&after=1", NULL },
	{ "name=abc&after=10", NULL },
	{ "name=abc&after=0", "“after” must be 1 or more." },
	{ "name=abc&after=11", "“after” must be 10 or less." },
	{ "name=abc&after=", "“after” must be a whole number." },
	{ "name=abc&after=1x", "“after” must be a whole number." },
	{ "name=abc&after=1.5", "“after” must be a whole number." },
	{ "name=abc&after=99999999999999999999", "“after” must be a whole number." },
	{ "name=abc&any=-9223372036854775808", NULL },
	{ "name=abc&order=desc", NULL },
	{ "name=abc&order=DESC", "“order” has a value that is not among the choices." },
	{ "name=abc&order=", "“order” has a value that is not among the choices." },
	{ "after=x&order=y", "“name” is missing." }, /* the first one counts */
	{ "name=abc&unknown=1", NULL },
};

Test(web_input, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = { 0 };
		struct form_data fields;
		const struct web_value *values = NULL;
		const char *sentence = NULL;
		enum err e;

		cr_assert_eq(
		    form_data_parse(&fields, &arena, cases[i].query, strlen(cases[i].query)),
		    ERR_OK);
		e = web_input_read(inputs, &fields, &arena, &values, &sentence);
		if (cases[i].sentence == NULL) {
			cr_expect_eq(e, ERR_OK, "%s: %s", cases[i].query, sentence);
		} else {
			cr_expect_eq(e, ERR_INVALID, "%s", cases[i].query);
			cr_expect_str_eq(sentence, cases[i].sentence);
		}
		arena_free(&arena);
	}
}

/* A refused form is shown again as it was typed. */
Test(web_input, values_survive_an_error)
{
	static const char query[] = "name=x&after=7&order=desc";
	struct arena arena = { 0 };
	struct form_data fields;
	const struct web_value *values = NULL;
	const char *sentence = NULL;

	form_data_parse(&fields, &arena, query, strlen(query));
	cr_assert_eq(web_input_read(inputs, &fields, &arena, &values, &sentence), ERR_INVALID);
	cr_expect_str_eq(values[0].text, "x");
	cr_expect_eq(values[1].number, 7);
	cr_expect_null(values[2].text);
	cr_expect_eq(values[3].number, 1);
	arena_free(&arena);
}
