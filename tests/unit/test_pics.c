/* The rules of pics: outcomes, classes, words, snippets, the addresses that bouncers post to. */
#include "pics/pics.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;
static const struct image_limits limits = { 1000000, 50000000, 30000, 500 };

Test(pics, every_outcome_has_a_word_an_error_and_a_sentence)
{
	for (int i = 0; i < PICS_OUTCOME__MAX; i++) {
		const enum pics_outcome o = (enum pics_outcome)i;
		const char *sentence = pics_outcome_sentence(o, &limits, 500000000, &arena);

		cr_expect_not_null(pics_outcome_words[i]);
		cr_expect_eq(pics_outcome_err(o) == ERR_OK, o == PICS_STORED, "%d", i);
		cr_expect_eq(pics_content_outcome(o) == CONTENT_STORED, o == PICS_STORED, "%d", i);
		if (o == PICS_STORED)
			cr_expect_null(sentence);
		else
			cr_expect(strlen(sentence) > 10 && strchr(sentence, '.') != NULL, "%d", i);
	}
}

Test(pics, what_the_decoder_refuses_it_says_itself)
{
	for (int i = IMAGE_FINE + 1; i < IMAGE_PROBLEM__MAX; i++) {
		struct strbuf b = { 0 };

		image_problem_sentence(&b, (enum image_problem)i, &limits);
		cr_expect_str_eq(pics_outcome_sentence(pics_outcome_of_image((enum image_problem)i),
				     &limits, 0, &arena),
		    strbuf_text(&b));
		strbuf_free(&b);
	}
	cr_expect_eq(pics_outcome_of_image(IMAGE_FINE), PICS_STORED);
}

Test(pics, classes)
{
	static const struct {
		int width, height;
		const char *word;
	} shapes[] = { { 100, 100, "square" }, { 110, 100, "square" }, { 111, 100, "wide" },
		{ 200, 100, "wide" }, { 201, 100, "panorama" }, { 100, 111, "tall" },
		{ 100, 201, "strip" }, { 30000, 1, "panorama" }, { 0, 0, "none" },
		{ 1, 0, "none" } };
	static const struct {
		int64_t bytes;
		const char *word;
	} sizes[] = { { 0, "to_100k" }, { 100000, "to_100k" }, { 100001, "to_1m" },
		{ 5000000, "to_5m" }, { 20971520, "more" } };

	for (size_t i = 0; i < COUNT(shapes); i++)
		cr_expect_str_eq(pics_aspect_class(shapes[i].width, shapes[i].height),
		    shapes[i].word, "%d x %d", shapes[i].width, shapes[i].height);
	for (size_t i = 0; i < COUNT(sizes); i++)
		cr_expect_str_eq(pics_size_class(sizes[i].bytes), sizes[i].word);
}

/* 120 and 1000 characters, each of three bytes. */
static const char *
many(size_t n)
{
	char *text = arena_alloc(&arena, 3 * n + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	return text;
}

Test(pics, words)
{
	const struct {
		const char *title, *alt, *visibility, *want_title, *want_alt, *wrong;
		enum visibility want;
	} cases[] = {
		{ NULL, NULL, NULL, "", "", NULL, VISIBILITY_UNLISTED },
		{ "", "", "private", "", "", NULL, VISIBILITY_PRIVATE },
		{ "  a  b\t\nc ", "x\x7fy", "public", "a b c", "x y", NULL, VISIBILITY_PUBLIC },
		{ "<b>", "\"", "unlisted", "<b>", "\"", NULL, VISIBILITY_UNLISTED },
		{ many(120), many(1000), NULL, many(120), many(1000), NULL, VISIBILITY_UNLISTED },
		{ many(121), NULL, NULL, many(120), "", "title is longer than 120",
		    VISIBILITY_UNLISTED },
		{ NULL, many(1001), NULL, "", many(1000), "description is longer than 1000",
		    VISIBILITY_UNLISTED },
		{ "t", NULL, "friends", "t", "", "must be public", VISIBILITY_PRIVATE },
		{ "t", NULL, "", "t", "", "must be public", VISIBILITY_PRIVATE },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct picture p = { 0 };
		const char *sentence = NULL;
		enum err e = pics_read_words(
		    &p, &arena, cases[i].title, cases[i].alt, cases[i].visibility, &sentence);

		cr_expect_eq(e, cases[i].wrong == NULL ? ERR_OK : ERR_INVALID, "case %zu", i);
		cr_expect_str_eq(p.title, cases[i].want_title, "case %zu", i);
		cr_expect_str_eq(p.alt, cases[i].want_alt, "case %zu", i);
		cr_expect_eq(p.visibility, cases[i].want, "case %zu", i);
		if (cases[i].wrong == NULL)
			cr_expect_null(sentence);
		else
			cr_expect_not_null(strstr(sentence, cases[i].wrong), "%s", sentence);
	}
}

Test(pics, snippets_let_nothing_out)
{
	const struct picture p = {
		.alt = "a \"cat\" ]( <b> \\ \xe2\x80\xae end", .width = 4, .height = 3
	};
	struct pics_snippets s;

	pics_snippets(&s, &arena, &p, "https://p/x", "https://p/x.png");
	cr_expect_str_eq(s.markdown,
	    "[![a \"cat\" \\]\\( \\<b\\> \\\\ \\[U+202E\\] end](https://p/x.png)](https://p/x)");
	cr_expect_str_eq(s.html,
	    "<a href=\"https://p/x\"><img src=\"https://p/x.png\" width=\"4\" height=\"3\" "
	    "alt=\"a &quot;cat&quot; ]( &lt;b&gt; \\ [U+202E] end\"></a>");
	cr_expect_str_eq(s.bbcode, "[url=https://p/x][img]https://p/x.png[/img][/url]");
}

Test(pics, etags_tell_pictures_and_renditions_apart)
{
	const struct picture a = { .hash = { 1 } }, b = { .hash = { 2 } };

	cr_expect_str_eq(
	    pics_etag(&arena, &a, PICS_FULL), "\"01000000000000000000000000000000-full\"");
	cr_expect_str_neq(pics_etag(&arena, &a, PICS_FULL), pics_etag(&arena, &a, PICS_THUMB));
	cr_expect_str_neq(pics_etag(&arena, &a, PICS_FULL), pics_etag(&arena, &b, PICS_FULL));
}

Test(pics, keys_are_those_of_blobs)
{
	for (int i = 0; i < PICS_PART__MAX; i++)
		cr_expect(
		    blob_key_is_valid(pics_blob_key(&arena, "1234567890123", (enum pics_part)i)));
}

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffff"

Test(pics, upload_keys)
{
	char key[PICS_UPLOAD_KEY_LENGTH + 1], again[PICS_UPLOAD_KEY_LENGTH + 1];

	pics_upload_key(key, SECRET, "alice");
	pics_upload_key(again, SECRET, "alice");
	cr_expect_str_eq(key, again);
	cr_expect_eq(strlen(key), PICS_UPLOAD_KEY_LENGTH);
	/* printf 'soju-upload:alice' | openssl dgst -sha256 -hmac SECRET, the first 16 bytes */
	cr_expect_str_eq(key, "bdcGfedpo-1Xf8BKlXe_4w");
	cr_expect(pics_upload_key_fits(key, SECRET, "", "alice"));
	cr_expect(pics_upload_key_fits(key, OTHER, SECRET, "alice"), "the old secret");
	cr_expect_not(pics_upload_key_fits(key, SECRET, "", "bob"));
	cr_expect_not(pics_upload_key_fits(key, OTHER, "", "alice"));
	cr_expect_not(pics_upload_key_fits("", SECRET, "", "alice"));
	cr_expect_not(pics_upload_key_fits(arena_printf(&arena, "%sA", key), SECRET, "", "alice"));
	/* No secret is no secret of anybody. */
	pics_upload_key(key, "", "alice");
	cr_expect_not(pics_upload_key_fits(key, SECRET, "", "alice"));
}
