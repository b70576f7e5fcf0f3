/* multipart/form-data: every case whole and cut at every place gives the same. */
#include "base/multipart.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/form_multipart.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"

#define TYPE "multipart/form-data; boundary=b"
#define PART(parameters) "--b\r\nContent-Disposition: form-data; " parameters "\r\n\r\n"
#define HEAD(line) "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n" line "\r\n\r\n"
#define LAST "\r\n--b--\r\n"

struct bytes {
	const char *s;
	size_t len;
};
#define BYTES(literal)                                                                             \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}

/* ---- Content types ---- */

static const struct {
	const char *type, *says;
} refused_types[] = {
	{ "", "type" },
	{ "multipart/form-dat", "type" },
	{ "multipart/form-data-x; boundary=b", "type" },
	{ "multipart/mixed; boundary=b", "type" },
	{ "application/x-www-form-urlencoded", "type" },
	{ "multipart/form-data", "no boundary" },
	{ "multipart/form-data;", "type" },
	{ "multipart/form-data boundary=b", "type" },
	{ "multipart/form-data; boundary", "type" },
	{ "multipart/form-data; boundary=", "type" },
	{ "multipart/form-data; boundary=b;", "type" },
	{ "multipart/form-data; boundary=b c", "type" },
	{ "multipart/form-data; boundary=\"b", "type" },
	{ "multipart/form-data; boundary=b\"c", "type" },
	{ "multipart/form-data; boundary=\"b\"c", "type" },
	{ "multipart/form-data; =b", "type" },
	{ "multipart/form-data; boundary=\"\"", "1 to 70" },
	{ "multipart/form-data; boundary=\"b \"", "1 to 70" },
	{ "multipart/form-data; boundary=b<", "1 to 70" },
	{ "multipart/form-data; boundary=b*", "1 to 70" },
	{ "multipart/form-data; boundary=\"b\\c\"", "1 to 70" },
	{ "multipart/form-data; boundary=\xc3\x86", "1 to 70" },
	{ "multipart/form-data; boundary=b\r\nc", "1 to 70" },
	{ "multipart/form-data; boundary="
	  "12345678901234567890123456789012345678901234567890123456789012345678901",
	    "1 to 70" },
	{ "multipart/form-data; boundary=b; boundary=c", "two boundaries" },
	{ "multipart/form-data; charset=utf-8", "no boundary" },
};

static const struct {
	const char *type, *boundary;
} taken_types[] = {
	{ TYPE, "b" },
	{ "MULTIPART/Form-Data ;\tBoundary=b ", "b" },
	{ "multipart/form-data; charset=utf-8; boundary=\"b c\"; x=y", "b c" },
	{ "multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
	    "----WebKitFormBoundary7MA4YWxkTrZu0gW" },
	{ "multipart/form-data; boundary=\"'()+_,-./:=?\"", "'()+_,-./:=?" },
	{ "multipart/form-data; boundary="
	  "1234567890123456789012345678901234567890123456789012345678901234567890",
	    "1234567890123456789012345678901234567890123456789012345678901234567890" },
};

/* ---- Bodies ---- */

static const struct {
	struct bytes body;
	enum err err;
	const char *says;
} refused[] = {
	/* boundaries */
	{ BYTES(""), ERR_INVALID, "before its last boundary" },
	{ BYTES("a=1"), ERR_INVALID, "begin with its boundary" },
	{ BYTES("\r\n--b--"), ERR_INVALID, "begin with its boundary" },
	{ BYTES("preamble\r\n--b--"), ERR_INVALID, "begin with its boundary" },
	{ BYTES("-"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b-"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b\r"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b\r\n"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--c--"), ERR_INVALID, "begin with its boundary" },
	{ BYTES("--bb--"), ERR_INVALID, "goes on" },
	{ BYTES("--b \r\n"), ERR_INVALID, "goes on" },
	{ BYTES("--b\n"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b\nx"), ERR_INVALID, "goes on" },
	{ BYTES("--b\r\r"), ERR_INVALID, "goes on" },
	{ BYTES("--b-\r\n"), ERR_INVALID, "goes on" },
	{ BYTES("--b--\r"), ERR_INVALID, "before its last boundary" },
	{ BYTES("--b--\n"), ERR_INVALID, "behind its last" },
	{ BYTES("--b--\r\n\r\n"), ERR_INVALID, "behind its last" },
	{ BYTES("--b--\r\nx"), ERR_INVALID, "behind its last" },
	{ BYTES("--b---"), ERR_INVALID, "behind its last" },
	{ BYTES(PART("name=\"a\"")), ERR_INVALID, "before its last boundary" },
	{ BYTES(PART("name=\"a\"") "1"), ERR_INVALID, "before its last boundary" },
	{ BYTES(PART("name=\"a\"") "1\r\n--b"), ERR_INVALID, "before its last boundary" },
	{ BYTES(PART("name=\"a\"") "1\n--b--\n"), ERR_INVALID, "before its last boundary" },
	{ BYTES(PART("name=\"a\"") "1--b--"), ERR_INVALID, "before its last boundary" },
	{ BYTES(PART("name=\"a\"") "1\r\n--bc\r\n"), ERR_INVALID, "goes on" },
	{ BYTES(PART("name=\"a\"") "--b--"), ERR_INVALID, "before its last boundary" },
	/* heads */
	{ BYTES("--b\r\n\r\n1" LAST), ERR_INVALID, "no name" },
	{ BYTES("--b\r\nContent-Type: text/plain\r\n\r\n1" LAST), ERR_INVALID, "no name" },
	{ BYTES(PART("filename=\"x\"") "1" LAST), ERR_INVALID, "no name" },
	{ BYTES(PART("name=\"\"") "1" LAST), ERR_INVALID, "no name" },
	{ BYTES("--b\r\nContent-Disposition: form-data\r\n\r\n1" LAST), ERR_INVALID, "no name" },
	{ BYTES("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1" LAST), ERR_INVALID,
	    "head" },
	{ BYTES("--b\r\nContent-Disposition: form-data-x; name=\"a\"\r\n\r\n1" LAST), ERR_INVALID,
	    "head" },
	{ BYTES(PART("name=a") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\"b\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\\\"b\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\";") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\"; name=\"b\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\"; filename=\"x\"; filename=\"y\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\"; filename*=utf-8''x") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"\xff\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\0b\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\x7f\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\nb\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(PART("name=\"a\rb\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD("no colon") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD(": no name") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD("X : y") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD(" folded") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD("Content-Disposition: form-data; name=\"b\"") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD("Content-Type: a/b\r\nContent-Type: a/c") "1" LAST), ERR_INVALID, "head" },
	{ BYTES(HEAD("Content-Transfer-Encoding: base64") "1" LAST), ERR_INVALID, "encoded" },
	{ BYTES("--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b--"), ERR_INVALID,
	    "goes on" },
	{ BYTES(PART("name=\"a\"") "1\r\n" PART("x=\"a\"") "2" LAST), ERR_INVALID, "no name" },
};

/* What is called back, written as [name|filename|type|data]; "-" for a filename that is not there.
 */
static const struct {
	struct bytes body, parts;
} taken[] = {
	{ BYTES("--b--"), BYTES("") },
	{ BYTES("--b--\r\n"), BYTES("") },
	{ BYTES(PART("name=\"a\"") LAST), BYTES("[a|-||]") },
	{ BYTES(PART("name=\"a\"") "1" LAST), BYTES("[a|-||1]") },
	{ BYTES(PART("name=\"a\"") "1\r\n" PART("name=\"a\"") "2" LAST),
	    BYTES("[a|-||1][a|-||2]") },
	{ BYTES("--b\r\ncontent-disposition:FORM-DATA;Name=\"a\" \r\n\r\n1" LAST),
	    BYTES("[a|-||1]") },
	{ BYTES(HEAD("Content-Type: text/plain;charset=UTF-8 ") "1" LAST),
	    BYTES("[a|-|text/plain;charset=UTF-8|1]") },
	{ BYTES(HEAD("X-Other: ; \"\r\nContent-Transfer-Encoding: Binary") "1" LAST),
	    BYTES("[a|-||1]") },
	/* names */
	{ BYTES(PART("name=\"a%22%0d%0A%41\xc3\x86;\"; x=y") "1" LAST),
	    BYTES("[a\"\r\n%41\xc3\x86;|-||1]") },
	{ BYTES(PART("name=\"p\"; filename=\"C:\\x%22.png\"") "1" LAST),
	    BYTES("[p|C:\\x\".png||1]") },
	{ BYTES(PART("filename=\"\"; name=\"%2\"") LAST), BYTES("[%2|||]") },
	/* bytes that nearly are a boundary */
	{ BYTES(PART("name=\"a\"") "\r" LAST), BYTES("[a|-||\r]") },
	{ BYTES(PART("name=\"a\"") "\r\n" LAST), BYTES("[a|-||\r\n]") },
	{ BYTES(PART("name=\"a\"") "\r\r\n-\r\n--\r\n--B\r\n\r\n--c-" LAST),
	    BYTES("[a|-||\r\r\n-\r\n--\r\n--B\r\n\r\n--c-]") },
	{ BYTES(PART("name=\"a\"") "--b--\n--b\r--b" LAST), BYTES("[a|-||--b--\n--b\r--b]") },
	{ BYTES(PART("name=\"a\"; filename=\"x\"") "\0\xff\x1b\n" LAST),
	    BYTES("[a|x||\0\xff\x1b\n]") },
};

/* ---- Reading in pieces ---- */

struct told {
	struct strbuf text;
	int open; /* parts that have begun and not ended */
};

static enum err
tell_begin(void *arg, const struct multipart_part *part)
{
	struct told *t = arg;

	cr_expect_eq(t->open++, 0);
	strbuf_printf(&t->text, "[%s|%s|%s|", part->name,
	    part->filename != NULL ? part->filename : "-", part->type);
	return ERR_OK;
}

static enum err
tell_data(void *arg, const char *bytes, size_t len)
{
	struct told *t = arg;

	cr_expect_eq(t->open, 1);
	cr_expect_gt(len, 0);
	strbuf_add(&t->text, bytes, len);
	return ERR_OK;
}

static enum err
tell_end(void *arg)
{
	struct told *t = arg;

	cr_expect_eq(t->open--, 1);
	strbuf_putc(&t->text, ']');
	return ERR_OK;
}

static const struct multipart_handler telling = { tell_begin, tell_data, tell_end };

static struct arena arena;
static struct told told;
static const char *sentence;

static void
forget(void)
{
	arena_free(&arena);
	strbuf_free(&told.text);
	told.open = 0;
}

TestSuite(multipart, .fini = forget);

/* A piece in a block of exactly its length: the address sanitizer sees what is read too far. */
static void
feed(struct multipart *m, const char *bytes, size_t len)
{
	char *block = xmalloc(len + 1);

	memcpy(block + 1, bytes, len);
	multipart_feed(m, block + 1, len);
	free(block);
}

/* Pieces of `first`, then `rest`, then `rest` … bytes. */
static enum err
read_cut(struct bytes body, size_t first, size_t rest)
{
	struct multipart *m;
	enum err e;

	forget();
	cr_assert_eq(multipart_new(&m, &arena, TYPE, &telling, &told), ERR_OK);
	for (size_t at = 0, n = first; at < body.len; at += n, n = rest) {
		n = n > body.len - at ? body.len - at : n;
		feed(m, body.s + at, n);
	}
	e = multipart_end(m);
	cr_expect_eq(multipart_feed(m, "x", 1), e != ERR_OK ? e : ERR_INVALID, "it was over");
	sentence = multipart_sentence(m);
	return e;
}

static void
must_refuse(size_t i, size_t first, size_t rest)
{
	cr_expect_eq(read_cut(refused[i].body, first, rest), refused[i].err, "'%s' %zu %zu",
	    refused[i].body.s, first, rest);
	cr_expect(strstr(sentence, refused[i].says) != NULL, "'%s' %zu %zu: %s", refused[i].body.s,
	    first, rest, sentence);
}

Test(multipart, refuses_what_is_broken)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		must_refuse(i, 1, 1);
		for (size_t cut = 0; cut <= refused[i].body.len; cut++)
			must_refuse(i, cut, refused[i].body.len);
	}
}

static void
must_take(size_t i, size_t first, size_t rest)
{
	const char *text;

	cr_expect_eq(read_cut(taken[i].body, first, rest), ERR_OK, "'%s' %zu %zu: %s",
	    taken[i].body.s, first, rest, sentence);
	text = strbuf_text(&told.text);
	cr_expect(told.text.len == taken[i].parts.len &&
		      memcmp(text, taken[i].parts.s, taken[i].parts.len) == 0,
	    "'%s' %zu %zu gave %s", taken[i].body.s, first, rest, text);
	cr_expect_eq(told.open, 0);
}

Test(multipart, takes_what_is_whole)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		must_take(i, 1, 1);
		must_take(i, 3, 2);
		for (size_t cut = 0; cut <= taken[i].body.len; cut++)
			must_take(i, cut, taken[i].body.len);
	}
}

/* No body that was cut off is taken for a whole one. */
Test(multipart, misses_every_end)
{
	const struct bytes whole =
	    BYTES(PART("name=\"a\"") "1\r\n" PART("name=\"b\"") "2\r\n--b--");

	cr_expect_eq(read_cut(whole, whole.len, 1), ERR_OK);
	for (size_t len = 0; len < whole.len; len++)
		cr_expect_eq(
		    read_cut((struct bytes){ whole.s, len }, len, 1), ERR_INVALID, "%zu", len);
}

/* ---- Types ---- */

Test(multipart, refuses_types)
{
	struct multipart *m;

	for (size_t i = 0; i < sizeof(refused_types) / sizeof(refused_types[0]); i++) {
		const char *type = refused_types[i].type;

		cr_expect_eq(
		    multipart_new(&m, &arena, type, &telling, &told), ERR_INVALID, "'%s'", type);
		cr_expect(strstr(multipart_sentence(m), refused_types[i].says) != NULL, "'%s': %s",
		    type, multipart_sentence(m));
	}
}

Test(multipart, refuses_a_type_that_is_too_long)
{
	char type[400] = "multipart/form-data; boundary=b; x=";
	struct multipart *m;

	memset(type + strlen(type), 'y', sizeof(type) - strlen(type) - 1);
	cr_expect_eq(multipart_new(&m, &arena, type, &telling, &told), ERR_INVALID);
}

Test(multipart, takes_types)
{
	char boundary[MULTIPART_BOUNDARY_MAX + 1];

	for (size_t i = 0; i < sizeof(taken_types) / sizeof(taken_types[0]); i++) {
		cr_expect_eq(multipart_head_boundary(boundary, taken_types[i].type, &sentence),
		    ERR_OK, "'%s'", taken_types[i].type);
		cr_expect_str_eq(boundary, taken_types[i].boundary);
	}
}

Test(multipart, knows_a_form_by_its_type)
{
	cr_expect(multipart_head_is_form("multipart/form-data"));
	cr_expect(multipart_head_is_form("Multipart/Form-Data;boundary=x"));
	cr_expect_not(multipart_head_is_form("multipart/form-data2"));
	cr_expect_not(multipart_head_is_form("multipart/form"));
	cr_expect_not(multipart_head_is_form("application/x-www-form-urlencoded"));
	cr_expect_not(multipart_head_is_form(""));
}

/* ---- Limits ---- */

static void
add_parts(struct strbuf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		strbuf_printf(b, "%s" PART("name=\"f%zu\"") "%zu", i > 0 ? "\r\n" : "", i, i);
	strbuf_puts(b, LAST);
}

/* A head of `len` bytes, its empty line included, or a name of `len` bytes. */
static void
add_head(struct strbuf *b, size_t len)
{
	const size_t other = strlen(HEAD("X: ")) - strlen("--b\r\n");

	strbuf_puts(b, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\nX: ");
	for (; len > other; len--)
		strbuf_putc(b, 'y');
	strbuf_puts(b, "\r\n\r\n" LAST);
}

static void
add_name(struct strbuf *b, size_t len)
{
	strbuf_puts(b, "--b\r\nContent-Disposition: form-data; name=\"");
	for (; len > 0; len--)
		strbuf_putc(b, 'n');
	strbuf_puts(b, "\"\r\n\r\n" LAST);
}

static const struct {
	void (*add)(struct strbuf *, size_t);
	size_t max;
	const char *says;
} limits[] = {
	{ add_parts, MULTIPART_PARTS_MAX, "too many parts" },
	{ add_head, MULTIPART_HEAD_BYTES_MAX, "head of a part of the form is too long" },
	{ add_name, MULTIPART_NAME_BYTES_MAX, "name in the form is too long" },
};

static enum err
read_limit(size_t i, size_t n, size_t step)
{
	struct strbuf b = { 0 };
	enum err e;

	limits[i].add(&b, n);
	e = read_cut((struct bytes){ strbuf_text(&b), b.len }, step, step);
	strbuf_free(&b);
	return e;
}

Test(multipart, bounds_parts_heads_and_names)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		cr_expect_eq(read_limit(i, limits[i].max + 1, 7), ERR_TOO_LARGE);
		cr_expect(strstr(sentence, limits[i].says) != NULL, "%s", sentence);
		cr_expect_eq(read_limit(i, limits[i].max + 1, 100000), ERR_TOO_LARGE);
		cr_expect_eq(read_limit(i, limits[i].max, 7), ERR_OK, "%s", sentence);
		cr_expect_eq(read_limit(i, limits[i].max, 100000), ERR_OK);
	}
}

/* ---- Callbacks ---- */

static enum err
refuse_begin(void *arg, const struct multipart_part *part)
{
	(void)part;
	++*(int *)arg;
	return ERR_CONFLICT;
}

static enum err
refuse_data(void *arg, const char *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	++*(int *)arg;
	return ERR_CONFLICT;
}

static enum err
refuse_end(void *arg)
{
	++*(int *)arg;
	return ERR_CONFLICT;
}

static enum err
take_begin(void *arg, const struct multipart_part *part)
{
	(void)arg;
	(void)part;
	return ERR_OK;
}

static enum err
take_data(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return ERR_OK;
}

Test(multipart, an_error_of_a_callback_ends_it)
{
	static const struct multipart_handler handlers[] = {
		{ refuse_begin, refuse_data, refuse_end },
		{ take_begin, refuse_data, refuse_end },
		{ take_begin, take_data, refuse_end },
	};
	static const char body[] = PART("name=\"a\"") "1\r2\r\n" PART("name=\"b\"") "3" LAST;

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		struct multipart *m;
		int calls = 0;

		cr_assert_eq(multipart_new(&m, &arena, TYPE, &handlers[i], &calls), ERR_OK);
		cr_expect_eq(multipart_feed(m, body, sizeof(body) - 1), ERR_CONFLICT);
		cr_expect_eq(multipart_feed(m, body, sizeof(body) - 1), ERR_CONFLICT);
		cr_expect_eq(multipart_end(m), ERR_CONFLICT);
		cr_expect_eq(calls, 1);
		cr_expect_null(multipart_sentence(m));
	}
}

/* ---- Whole forms ---- */

static const struct {
	struct bytes body;
	const char *says;
} refused_forms[] = {
	{ BYTES(PART("name=\"a\"; filename=\"x.png\"") "1" LAST), "takes no files" },
	{ BYTES(PART("name=\"a\"; filename=\"\"") LAST), "takes no files" },
	{ BYTES(PART("name=\"a\"") "1\r\n" PART("name=\"b\"; filename=\"\"") LAST),
	    "takes no files" },
	{ BYTES(PART("name=\"a\"") "1\0" LAST), "not text" },
	{ BYTES(PART("name=\"a\"") "\xc3" LAST), "not text" },
	{ BYTES(PART("name=\"a\"") "1\r\n" PART("name=\"b\"") "\xc3\r\n--b"), "not text" },
	{ BYTES(PART("name=\"a\"") "1"), "before its last boundary" },
	{ BYTES("a=1"), "begin with its boundary" },
};

static enum err
parse_form(struct form_data *d, struct bytes body)
{
	sentence = NULL;
	return form_multipart_parse(d, &arena, TYPE, body.s, body.len, &sentence);
}

Test(multipart, refuses_forms)
{
	struct form_data d;

	for (size_t i = 0; i < sizeof(refused_forms) / sizeof(refused_forms[0]); i++) {
		cr_expect_eq(parse_form(&d, refused_forms[i].body), ERR_INVALID);
		cr_expect(sentence != NULL && strstr(sentence, refused_forms[i].says) != NULL,
		    "%zu: %s", i, sentence);
		cr_expect_eq(d.n, 0);
	}
	cr_expect_eq(
	    form_multipart_parse(&d, &arena, "text/plain", "--b--", 5, &sentence), ERR_INVALID);
	cr_expect_eq(d.n, 0);
}

Test(multipart, reads_forms)
{
	char body[] = PART("name=\"a\"") "one\r\ntwo\r\n" PART("name=\"b\"") "\r\n" PART(
	    "name=\"a\"") "\xe2\x82\xac" LAST;
	struct form_data d;

	cr_assert_eq(
	    parse_form(&d, (struct bytes){ body, sizeof(body) - 1 }), ERR_OK, "%s", sentence);
	memset(body, 'x', sizeof(body) - 1); /* nothing points into it */
	cr_assert_eq(d.n, 3);
	cr_expect_str_eq(form_data_text(&d, "a"), "one\r\ntwo");
	cr_expect_str_eq(form_data_text(&d, "b"), "");
	cr_expect_str_eq(d.fields[2].name, "a");
	cr_expect_str_eq(d.fields[2].value, "\xe2\x82\xac");
	cr_expect_null(form_data_text(&d, "c"));
}

Test(multipart, bounds_the_number_of_fields)
{
	struct strbuf b = { 0 };
	struct form_data d;

	add_parts(&b, FORM_DATA_FIELDS_MAX + 1);
	cr_expect_eq(parse_form(&d, (struct bytes){ b.s, b.len }), ERR_TOO_LARGE);
	cr_expect_eq(d.n, 0);
	strbuf_clear(&b);
	add_parts(&b, FORM_DATA_FIELDS_MAX);
	cr_expect_eq(parse_form(&d, (struct bytes){ b.s, b.len }), ERR_OK);
	cr_expect_eq(d.n, FORM_DATA_FIELDS_MAX);
	cr_expect_str_eq(form_data_text(&d, "f199"), "199");
	strbuf_free(&b);
}
