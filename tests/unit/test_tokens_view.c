/* The page of API tokens: what each row says, what the form keeps, and names that are no names. */
#include "account/tokens_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECRET "pt_0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"

static struct arena arena;

static struct api_token rows[] = {
	{ 9, "<b>Laptop\xe2\x80\xae", "a<b>", { true, true }, NOW - 60, 0, 0, false },
	{ 8, "Phone", "1234", { true, false }, NOW - 86400 * 3, NOW - 120, NOW + 86400 * 4, false },
	{ 7, "Old", "5678", { false, true }, NOW - 86400 * 40, NOW - 86400 * 20, NOW - 86400 * 10,
	    true },
};

static const struct api_token_form none;

Test(tokens_view, each_row_says_what_it_is)
{
	const struct api_token_list list = { rows, COUNT(rows) };
	const struct tokens_facts facts = { .tokens = &list,
		.form = &none,
		.is_form_fresh = true,
		.txt_url = "https://txt.example.org",
		.pics_url = "https://pics.example.org",
		.now = NOW };
	struct tokens_view v = { 0 };
	const char *text;

	tokens_view_init(&v, &facts, &arena);
	cr_assert_eq(v.rows.n, 3);
	cr_expect_null(v.rows.v[0].used.words);
	cr_expect_null(v.rows.v[0].expires.words);
	cr_expect_str_eq(v.rows.v[0].scopes, "pastes and pictures");
	cr_expect_str_eq(v.rows.v[1].scopes, "pastes");
	cr_expect_str_eq(v.rows.v[1].used.words, "2 minutes ago");
	cr_expect_str_eq(v.rows.v[1].expires.words, "in 4 days");
	cr_expect_str_eq(v.rows.v[2].scopes, "pictures");
	text = page_text(&arena, &tokens_view_type, &v);
	cr_expect_not_null(strstr(text, "&lt;b&gt;Laptop[U+202E]"));
	cr_expect_null(strstr(text, "<b>"));
	cr_expect_not_null(strstr(text, "last used never, never expires"));
	cr_expect_not_null(strstr(text, "href=\"/tokens/revoke?id=7\""));
	cr_expect_not_null(strstr(text, "<span class=\"badge is-off\">expired</span>"));
	cr_expect_null(strstr(text, "Your new token"));
	cr_expect_not_null(strstr(text, "action=\"/tokens\""));
}

Test(tokens_view, a_fresh_form)
{
	const struct api_token_list list = { 0 };
	const struct tokens_facts facts = {
		.tokens = &list, .form = &none, .is_form_fresh = true, .now = NOW
	};
	struct tokens_view v = { 0 };
	const char *text;

	tokens_view_init(&v, &facts, &arena);
	v.once = "once";
	v.csrf = "csrf";
	text = page_text(&arena, &tokens_view_type, &v);
	cr_expect_not_null(strstr(text, "You have no token."));
	cr_expect_not_null(strstr(text, "name=\"once\" value=\"once\""));
	cr_expect_not_null(strstr(text, "name=\"csrf\" value=\"csrf\""));
	cr_expect_not_null(strstr(text, "name=\"txt\" type=\"checkbox\" value=\"on\" checked"));
	cr_expect_not_null(strstr(text, "<option value=\"90d\" selected>90 days</option>"));
	cr_expect_null(strstr(text, "is-wrong"));
}

Test(tokens_view, a_refused_form_is_as_it_was)
{
	const struct api_token_list list = { 0 };
	struct api_token_form form = { .label = "\"><script>", .term = "1y" };
	const struct tokens_facts facts = { .tokens = &list, .form = &form, .now = NOW };
	struct tokens_view v = { 0 };
	const char *text;

	cr_assert_not(api_token_form_check(&form, &arena));
	tokens_view_init(&v, &facts, &arena);
	text = page_text(&arena, &tokens_view_type, &v);
	cr_expect_not_null(strstr(text, "value=\"&quot;&gt;&lt;script&gt;\""));
	cr_expect_not_null(strstr(text, "<option value=\"1y\" selected>"));
	cr_expect_not_null(strstr(text, "Choose at least one thing that it may do."));
	cr_expect_null(strstr(text, " checked"));
	cr_expect_null(strstr(text, "<script>"));
}

static const struct {
	bool may[API_SCOPE__MAX];
	const char *txt_url, *pics_url;
	size_t examples;
} made[] = {
	{ { true, true }, "https://txt.example.org", "https://pics.example.org", 2 },
	{ { true, false }, "https://txt.example.org", "https://pics.example.org", 1 },
	{ { false, true }, "https://txt.example.org", "", 0 },
	{ { true, true }, "", "", 0 },
};

Test(tokens_view, a_new_one_and_what_can_be_done_with_it)
{
	const struct api_token_list list = { rows, 1 };

	for (size_t i = 0; i < COUNT(made); i++) {
		const struct api_token_form form = {
			.label = "Laptop", .may = { made[i].may[0], made[i].may[1] }, .term = "1y"
		};
		const struct tokens_facts facts = { .tokens = &list,
			.form = &form,
			.is_form_fresh = true,
			.made = SECRET,
			.txt_url = made[i].txt_url,
			.pics_url = made[i].pics_url,
			.now = NOW };
		struct tokens_view v = { 0 };
		const char *text;

		tokens_view_init(&v, &facts, &arena);
		cr_expect_eq(v.examples.n, made[i].examples, "%zu", i);
		text = page_text(&arena, &tokens_view_type, &v);
		cr_expect_not_null(strstr(text, "<code id=\"token\">" SECRET "</code>"));
		cr_expect_null(strstr(text, "value=\"Laptop\""), "the form is ready for another");
	}
}

Test(tokens_view, as_many_as_there_may_be)
{
	struct api_token many[API_TOKENS_MAX];
	const struct api_token_list list = { many, API_TOKENS_MAX };
	const struct tokens_facts facts = {
		.tokens = &list, .form = &none, .is_form_fresh = true, .now = NOW
	};
	struct tokens_view v = { 0 };
	const char *text;

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = rows[1];
	tokens_view_init(&v, &facts, &arena);
	text = page_text(&arena, &tokens_view_type, &v);
	cr_expect_not_null(strstr(text, "You have 50 tokens"));
	cr_expect_null(strstr(text, "action=\"/tokens\""));
}

Test(tokens_view, before_one_is_revoked)
{
	struct confirm_view v = { 0 };
	const char *text;

	tokens_view_confirm(&v, &rows[0], &arena);
	v.csrf = "csrf";
	text = page_text(&arena, &confirm_view_type, &v);
	cr_expect_not_null(strstr(text, "“&lt;b&gt;Laptop[U+202E]”"));
	cr_expect_not_null(strstr(text, "name=\"id\" value=\"9\""));
	cr_expect_not_null(strstr(text, "action=\"/tokens/revoke\""));
	cr_expect_not_null(strstr(text, "href=\"/tokens\""));
}
