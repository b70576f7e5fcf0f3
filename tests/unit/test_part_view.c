/* The parts of pages: sorting, pages, ranges and forms, and the page that shows them all. */
#include "web/part_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"
#include "site/style_view.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

/* ---- Tables ---- */

static const struct table_column columns[] = { { "Name", "name", false }, { "State", NULL, false },
	{ "Sum", "sum", true } };

Test(part_view, heads_sort_and_turn_round)
{
	static const struct {
		const char *sort, *name_sorted, *name_href, *sum_sorted, *sum_href;
	} cases[] = {
		{ NULL, NULL, "/t?sort=name", NULL, "/t?sort=-sum" },
		{ "", NULL, "/t?sort=name", NULL, "/t?sort=-sum" },
		{ "-", NULL, "/t?sort=name", NULL, "/t?sort=-sum" },
		{ "names", NULL, "/t?sort=name", NULL, "/t?sort=-sum" },
		{ "name", "ascending", "/t?sort=-name", NULL, "/t?sort=-sum" },
		{ "-name", "descending", "/t?sort=name", NULL, "/t?sort=-sum" },
		{ "-sum", NULL, "/t?sort=name", "descending", "/t?sort=sum" },
		{ "sum", NULL, "/t?sort=name", "ascending", "/t?sort=-sum" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct table_view v;

		table_view_init(&v, "T", columns, COUNT(columns), 1, &arena);
		table_view_sort(&v, columns, "/t", cases[i].sort, &arena);
		cr_expect_str_eq(v.columns.v[0].href, cases[i].name_href, "case %zu", i);
		cr_expect_str_eq(v.columns.v[2].href, cases[i].sum_href, "case %zu", i);
		cr_expect_null(v.columns.v[1].href);
		cr_expect_eq(v.columns.v[0].sorted == NULL, cases[i].name_sorted == NULL);
		cr_expect_eq(v.columns.v[2].sorted == NULL, cases[i].sum_sorted == NULL);
		if (cases[i].name_sorted != NULL)
			cr_expect_str_eq(v.columns.v[0].sorted, cases[i].name_sorted);
		if (cases[i].sum_sorted != NULL)
			cr_expect_str_eq(v.columns.v[2].sorted, cases[i].sum_sorted);
	}
}

Test(part_view, cells_know_their_column)
{
	struct table_view v;

	table_view_init(&v, "T", columns, COUNT(columns), 2, &arena);
	cr_expect(table_view_cell(&v, 1, 0)->is_head);
	cr_expect_not(table_view_cell(&v, 1, 2)->is_head);
	cr_expect(table_view_cell(&v, 1, 2)->is_number);
	cr_expect_null(table_view_cell(&v, 1, 2)->text, "unknown until it is known");
}

Test(part_view, pagers)
{
	static const struct {
		const char *path;
		int64_t page, per_page, total;
		const char *words, *previous, *next;
	} cases[] = {
		{ "/t", 1, 50, 0, NULL, NULL, NULL },
		{ "/t", 1, 50, 50, NULL, NULL, NULL },
		{ "/t", 1, 50, 51, "1 to 50 of 51", NULL, "/t?page=2" },
		{ "/t", 2, 50, 51, "51 to 51 of 51", "/t?page=1", NULL },
		{ "/t?q=a", 2, 50, 1234, "51 to 100 of 1,234", "/t?q=a&page=1", "/t?q=a&page=3" },
		{ "/t", 9, 50, 60, "none of 60", "/t?page=8", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pager_view v;
		const char *got[3], *want[3] = { cases[i].words, cases[i].previous, cases[i].next };

		pager_view_init(
		    &v, cases[i].path, cases[i].page, cases[i].per_page, cases[i].total, &arena);
		got[0] = v.words;
		got[1] = v.previous_href;
		got[2] = v.next_href;
		for (size_t j = 0; j < 3; j++) {
			cr_assert_eq(got[j] == NULL, want[j] == NULL, "case %zu.%zu", i, j);
			if (want[j] != NULL)
				cr_expect_str_eq(got[j], want[j]);
		}
	}
}

/* ---- Forms ---- */

Test(part_view, the_usual_ranges)
{
	static const struct {
		const char *from, *until;
		int current; /* of the presets; -1: none */
	} cases[] = {
		{ NULL, NULL, -1 },
		{ "", "x", -1 },
		{ "2026-11-14", "2026-11-20", 0 },
		{ "2026-11-14", "2026-11-19", -1 },
		{ "2026-10-22", "2026-11-20", 1 },
		{ "2025-11-21", "2026-11-20", 3 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct range_view v;

		range_view_init(&v, "/t", cases[i].from, cases[i].until, NOW, &arena);
		cr_expect_str_eq(v.presets.v[0].href, "/t?from=2026-11-14&until=2026-11-20");
		for (size_t j = 0; j < v.presets.n; j++)
			cr_expect_eq(v.presets.v[j].is_current, (int)j == cases[i].current,
			    "case %zu.%zu", i, j);
	}
}

Test(part_view, a_choice_keeps_what_was_chosen)
{
	static const char *const words[] = { "a", "b" }, *const labels[] = { "A", "B" };
	struct field_view v;

	field_view_choice(&v, "f", "F", words, labels, 2, "b", &arena);
	cr_expect_not(v.options.v[0].is_selected);
	cr_expect(v.options.v[1].is_selected);
	field_view_choice(&v, "f", "F", words, labels, 2, NULL, &arena);
	cr_expect_not(v.options.v[0].is_selected || v.options.v[1].is_selected);
}

/* ---- All of them ---- */

Test(style, golden)
{
	struct style_view v = { .frame = { .path = "/style",
				    .site_name = "Portal",
				    .account = "alice@example.org",
				    .account_href = "/account" } };
	struct strbuf out = { 0 };

	style_view_init(&v, NOW, &arena);
	style_view_nav(&v, &arena);
	v.charts.n = 0; /* they have golden files of their own */
	v.spark = NULL;
	page_render(&out, &style_view_type, &v);
	golden_check("style.html", &out);
	strbuf_free(&out);
}

static struct confirm_fact_view facts[] = { { "3 networks and <all> their history go." },
	{ "Pastes and pictures stay." } };
static struct hidden_view fields[] = { { "id", "7\"" } };

Test(confirm, golden)
{
	struct confirm_view v = { .frame = { .path = "/x", .site_name = "Portal" },
		.title = "Delete the bouncer \xc2\xab<b>\xc2\xbb?",
		.sentence = "This cannot be undone.",
		.facts = { facts, COUNT(facts) },
		.action = "/x/delete",
		.csrf = "token",
		.fields = { fields, COUNT(fields) },
		.button = "Delete it",
		.back_href = "/x" };
	struct strbuf out = { 0 };

	page_render(&out, &confirm_view_type, &v);
	golden_check("confirm.html", &out);
	strbuf_free(&out);
}
