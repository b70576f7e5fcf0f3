/* What was posted to be stored: files where the body holds them, texts, and what is no form. */
#include "pics/upload_form.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TYPE "multipart/form-data; boundary=b"
#define FIELD(name) "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_OF(name)                                                                              \
	"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" name                      \
	"\"\r\nContent-Type: image/png\r\n\r\n"
#define LAST "--b--\r\n"

static struct arena arena;
static struct upload_form form;
static const char *sentence;

static enum err
read_body(const char *type, const char *body)
{
	sentence = NULL;
	return upload_form_read(&form, &arena, type, body, strlen(body), &sentence);
}

Test(upload_form, files_and_words)
{
	static const char body[] = FIELD("title") "A \xe2\x82\xac\r\n" FILE_OF(
	    "../../x") "one\r\n" FIELD("alt") "\r\n" FILE_OF("b%22.png") "\r\n-two\r\n-\r\n" LAST;

	cr_assert_eq(read_body(TYPE, body), ERR_OK, "%s", sentence);
	cr_assert_eq(form.nfiles, 2);
	cr_expect_str_eq(form.files[0].name, "../../x");
	cr_expect_eq(form.files[0].len, 3);
	cr_expect_eq((const char *)form.files[0].bytes, strstr(body, "one"), "it was copied");
	cr_expect_str_eq(form.files[1].name, "b\".png");
	cr_expect_eq(form.files[1].len, 9);
	cr_expect_arr_eq(form.files[1].bytes, "\r\n-two\r\n-", 9);
	cr_expect_str_eq(form_data_text(&form.fields, "title"), "A \xe2\x82\xac");
	cr_expect_str_eq(form_data_text(&form.fields, "alt"), "");
}

/* A file may begin with what looks like a boundary, or be nothing else. */
Test(upload_form, what_looks_like_a_boundary)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = { { "", 0 }, { "\r", 1 }, { "\r\n", 2 }, { "\r\n--", 4 }, { "\r\n-\r\n--x", 8 },
		{ "\r\r\n--\r\n--c", 10 }, { "\r\n--\r\n--", 8 }, { "x\r\n--", 5 } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *body = arena_printf(&arena, FILE_OF("a") "%s\r\n" LAST, cases[i].bytes);

		cr_assert_eq(read_body(TYPE, body), ERR_OK, "case %zu: %s", i, sentence);
		cr_assert_eq(form.nfiles, 1);
		cr_expect_eq(form.files[0].len, cases[i].len, "case %zu", i);
		cr_expect(
		    memcmp(form.files[0].bytes, cases[i].bytes, cases[i].len) == 0, "case %zu", i);
	}
}

/* Without any other byte nothing of it lies in the body; a few bytes of it are enough. */
Test(upload_form, a_large_file_of_nothing_but_boundaries)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, FILE_OF("a"));
	for (int i = 0; i < 5000; i++)
		strbuf_puts(&b, "\r\n--");
	strbuf_puts(&b, "\r\n" LAST);
	cr_assert_eq(read_body(TYPE, strbuf_text(&b)), ERR_OK, "%s", sentence);
	cr_assert_eq(form.nfiles, 1);
	cr_expect_leq(form.files[0].len, 100);
	strbuf_free(&b);
}

Test(upload_form, files_that_nobody_chose_and_too_many)
{
	struct strbuf b = { 0 };

	cr_assert_eq(read_body(TYPE, FILE_OF("") "\r\n" LAST), ERR_OK);
	cr_expect_eq(form.nfiles, 0);
	for (int i = 0; i < PICS_FILES_MAX + 3; i++)
		strbuf_puts(&b, FILE_OF("a") "x\r\n");
	strbuf_puts(&b, FIELD("title") "T\r\n" LAST);
	cr_assert_eq(read_body(TYPE, strbuf_text(&b)), ERR_OK);
	cr_expect_eq(form.nfiles, PICS_FILES_MAX);
	cr_expect_eq(form.nmore, 3);
	cr_expect_str_eq(form_data_text(&form.fields, "title"), "T");
	strbuf_free(&b);
}

Test(upload_form, one_file_alone)
{
	static const char *const types[] = { NULL, "image/png", "application/x-www-form-urlencoded",
		"multipart/mixed; boundary=b" };

	for (size_t i = 0; i < COUNT(types); i++) {
		cr_assert_eq(read_body(types[i], "\x89PNG"), ERR_OK);
		cr_assert_eq(form.nfiles, 1);
		cr_expect_str_eq(form.files[0].name, "");
		cr_expect_eq(form.files[0].len, 4);
	}
	cr_assert_eq(read_body(NULL, ""), ERR_OK);
	cr_expect_eq(form.files[0].len, 0);
}

Test(upload_form, what_is_no_form)
{
	static const struct {
		const char *type, *body;
		enum err err;
		const char *words;
	} cases[] = {
		{ TYPE, "", ERR_INVALID, "arrive whole" },
		{ TYPE, FILE_OF("a") "x", ERR_INVALID, "arrive whole" },
		{ TYPE, FILE_OF("a") "x\r\n--b\r\n", ERR_INVALID, "arrive whole" },
		{ "multipart/form-data", LAST, ERR_INVALID, "no boundary" },
		{ TYPE, FIELD("a") "\xff\r\n" LAST, ERR_INVALID, "not text" },
	};
	struct strbuf b = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(read_body(cases[i].type, cases[i].body), cases[i].err, "case %zu", i);
		cr_expect_not_null(strstr(sentence, cases[i].words), "case %zu: %s", i, sentence);
	}
	strbuf_puts(&b, FIELD("a"));
	for (int i = 0; i < 20000; i++)
		strbuf_putc(&b, 'x');
	strbuf_puts(&b, "\r\n" LAST);
	cr_expect_eq(read_body(TYPE, strbuf_text(&b)), ERR_TOO_LARGE);
	strbuf_clear(&b);
	for (int i = 0; i < 21; i++)
		strbuf_puts(&b, FIELD("a") "x\r\n");
	strbuf_puts(&b, LAST);
	cr_expect_eq(read_body(TYPE, strbuf_text(&b)), ERR_TOO_LARGE);
	strbuf_free(&b);
}
