/* What may be stored, how it is named, and the pages around it, hostile ones too. */
#include "txt/paste.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"
#include "txt/colour.h"
#include "txt/paste_form.h"
#include "txt/paste_view.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

static const struct {
	struct paste_input in;
	enum content_outcome outcome;
	const char *words; /* of the sentence */
} inputs[] = {
	{ { .body = "x", .len = 1 }, CONTENT_STORED, NULL },
	{ { .body = "", .len = 0 }, CONTENT_EMPTY, "empty" },
	{ { .body = "0123456789", .len = 10 }, CONTENT_STORED, NULL },
	{ { .body = "0123456789x", .len = 11 }, CONTENT_TOO_LARGE,
	    "11 bytes. A paste may have 10" },
	{ { .body = "a\0b", .len = 3 }, CONTENT_WRONG_KIND, "no text" },
	{ { .body = "\xc0\x80", .len = 2 }, CONTENT_WRONG_KIND, "no text" },
	{ { .body = "x", .len = 1, .syntax = "c" }, CONTENT_STORED, NULL },
	{ { .body = "x", .len = 1, .syntax = "C" }, CONTENT_INVALID, "“syntax” can be text, irc" },
	{ { .body = "x", .len = 1, .expires = "30d" }, CONTENT_STORED, NULL },
	{ { .body = "x", .len = 1, .expires = "31d" }, CONTENT_INVALID,
	    "“expires” can be never, 1h, 1d, 1w or 30d." },
	{ { .body = "x", .len = 1, .visibility = "secret" }, CONTENT_INVALID,
	    "“visibility” can be public, unlisted or private." },
	{ { .body = "x", .len = 1, .title = "\xff" }, CONTENT_INVALID, "title is no text" },
};

Test(paste, what_may_be_stored)
{
	for (size_t i = 0; i < COUNT(inputs); i++) {
		struct paste_draft d = { 0 };
		const char *sentence;

		cr_expect_eq(paste_draft_init(&d, &inputs[i].in, 10, &arena, &sentence),
		    inputs[i].outcome, "%zu", i);
		if (inputs[i].words == NULL)
			cr_expect(content_id_is_valid(d.public_id));
		else
			cr_expect_not_null(strstr(sentence, inputs[i].words), "%s", sentence);
	}
}

static const struct {
	const char *text;
	int64_t lines;
} lines[] = { { "x", 1 }, { "x\n", 1 }, { "\n", 1 }, { "\n\n", 2 }, { "a\nb", 2 },
	{ "a\nb\n", 2 } };

Test(paste, lines_and_titles)
{
	struct paste_draft d = { 0 };
	const char *sentence;

	for (size_t i = 0; i < COUNT(lines); i++) {
		const struct paste_input in = {
			.body = lines[i].text, .len = strlen(lines[i].text), .title = " a\r\nb\t"
		};

		cr_assert_eq(paste_draft_init(&d, &in, 10, &arena, &sentence), CONTENT_STORED);
		cr_expect_eq(d.lines, lines[i].lines, "%zu", i);
		cr_expect_str_eq(d.title, "a  b");
	}
}

static const struct {
	char *title;
	const char *file;
} names[] = { { "", "1111111111111.txt" }, { "main.c", "main.c" },
	{ "../../etc/passwd", "etc-passwd.txt" }, { "a\"; filename=\"b.exe", "a-filename-b.exe" },
	{ "…", "1111111111111.txt" }, { "What I saw", "What-I-saw.txt" },
	{ ".bashrc", "bashrc.txt" } };

Test(paste, names_of_files)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct paste p = { .title = names[i].title, .public_id = "1111111111111" };
		const char *name = paste_file_name(&p, &arena);

		cr_expect_null(strpbrk(name, "\"/\\;\r\n"), "%s", name);
		cr_expect_neq(name[0], '.');
		if (strstr(names[i].title, "..") == NULL)
			cr_expect_str_eq(name, names[i].file);
	}
}

Test(paste, no_cache_outlives_it)
{
	cr_expect_eq(paste_max_age(&(struct paste){ 0 }, NOW), 60);
	cr_expect_eq(paste_max_age(&(struct paste){ .expires_at = NOW + 5 }, NOW), 5);
	cr_expect_eq(paste_max_age(&(struct paste){ .expires_at = NOW + 500 }, NOW), 60);
	cr_expect_eq(paste_max_age(&(struct paste){ .expires_at = NOW - 1 }, NOW), 0);
}

#define PART(head, body) "--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" body "\r\n"

Test(paste_form, texts_and_files)
{
	static const char body[] = PART("name=\"body\"", "a\r\nb\rc") PART("name=\"title\"", "")
	    PART("name=\"csrf\"", "t") PART("name=\"file\"; filename=\"\"", "") "--b--\r\n";
	static const char file[] = PART("name=\"body\"", "") PART("name=\"title\"", "")
	    PART("name=\"file\"; filename=\"x.py\"", "a\r\n\0") "--b--\r\n";
	static const char both[] =
	    PART("name=\"file\"; filename=\"x\"", "f") PART("name=\"body\"", "t") "--b--\r\n";
	static const char type[] = "multipart/form-data; boundary=b";
	struct paste_form f;
	const char *sentence = NULL;

	cr_assert_eq(paste_form_read(&f, &arena, type, body, sizeof(body) - 1, &sentence), ERR_OK);
	cr_expect_str_eq(f.input.body, "a\nb\rc");
	cr_expect_str_eq(f.csrf, "t");
	cr_expect_not(f.has_both);
	cr_assert_eq(paste_form_read(&f, &arena, type, file, sizeof(file) - 1, &sentence), ERR_OK);
	cr_expect_eq(f.input.len, 4);
	cr_expect_eq(memcmp(f.input.body, "a\r\n", 4), 0);
	cr_expect_str_eq(f.input.title, "x.py");
	cr_assert_eq(paste_form_read(&f, &arena, type, both, sizeof(both) - 1, &sentence), ERR_OK);
	cr_expect(f.has_both);
	cr_expect_str_eq(f.typed, "t");
	cr_expect_neq(paste_form_read(&f, &arena, type, "x", 1, &sentence), ERR_OK);
	cr_expect_not_null(sentence);
	cr_assert_eq(paste_form_read(&f, &arena, NULL, "body=a%0D%0A", 12, &sentence), ERR_OK);
	cr_expect_str_eq(f.input.body, "a\n");
}

/* ---- Pages ---- */

static void
expect_page(struct view_type *type, const void *view, const char *golden)
{
	struct strbuf out = { 0 };

	page_render(&out, type, view);
	golden_check(golden, &out);
	strbuf_free(&out);
}

static struct paste hostile = { .title = "<script>\xe2\x80\xae</title>",
	.public_id = "1111111111111",
	.syntax = SYNTAX_HTML,
	.visibility = VISIBILITY_UNLISTED,
	.bytes = 1234567,
	.lines = 3,
	.views = 1,
	.created_at = NOW - 7200,
	.expires_at = NOW + 3600,
	.body = "<script>alert('x')</script>\n</pre>&amp;\xe2\x80\xae\x1b[0m\n" };

Test(paste_view, show)
{
	struct paste_show_view v = { .frame = { .title = "x" } };
	struct strbuf html = { 0 }, code = { 0 };

	colour_html(&html, hostile.syntax, hostile.body, strlen(hostile.body));
	paste_show_view_init(
	    &v, &hostile, strbuf_text(&html), true, "https://txt.example.org", NOW, &code, &arena);
	expect_page(&paste_show_view_type, &v, "paste_show.html");
	cr_expect_null(strstr(v.code, "<script"));
	cr_expect_null(strstr(v.code, "</pre"));
	strbuf_free(&html);
	strbuf_free(&code);
}

Test(paste_view, too_many_lines_have_no_numbers)
{
	struct paste p = { .title = "", .public_id = "1111111111111", .lines = 20001 };
	struct paste_show_view v = { 0 };
	struct strbuf code = { 0 };

	paste_show_view_init(&v, &p, "a\n", false, "", NOW, &code, &arena);
	cr_expect_str_eq(v.title, "Untitled");
	cr_expect_str_eq(v.code, "a\n");
	cr_expect_not_null(v.note);
	cr_expect_null(v.delete_href);
}

Test(paste_view, list)
{
	struct paste_list list = { &hostile, 1, 51 };
	const struct content_usage usage = { 51, 15000000 };
	const struct pastes_facts facts = { .list = &list,
		.usage = &usage,
		.words = "\"&x",
		.sort = "-made",
		.page = 1,
		.quota = 20000000,
		.now = NOW };
	struct pastes_view v = { 0 };

	pastes_view_init(&v, &facts, &arena);
	expect_page(&pastes_view_type, &v, "pastes.html");
}

Test(paste_view, new)
{
	const struct paste_new_facts facts = {
		.typed = { .title = "\"><b>", .syntax = "c", .body = "</textarea><script>" },
		.error = "Wrong <.",
		.max_bytes = 524288,
		.public_url = "https://txt.example.org",
		.portal_url = "https://portal.example.org",
		.pics_url = ""
	};
	struct paste_new_view v = { .is_member = true, .csrf = "token" };

	paste_new_view_init(&v, &facts, &arena);
	expect_page(&paste_new_view_type, &v, "paste_new.html");
}
