/* Style sheets made small: what is left means the same. */
#include "web/css_squeeze.h"

#include <criterion/criterion.h>
#include <string.h>

#include "files.h"

static const struct {
	const char *css, *want;
} cases[] = {
	{ "", "" },
	{ " \n\t", "" },
	{ "/* never closed", "" },
	{ "/* a */", "" },
	{ "a {\n\tcolor: red;\n}\n", "a{color:red;}" },
	{ "a,\nb > c {\n}\n\nd e {}", "a,b > c{}d e{}" },
	{ "a/**/b", "a b" }, /* two tokens, as the standard has it */
	{ "a { margin: 1px /* x */ 2px; }", "a{margin:1px 2px;}" },
	{ "a::before { content: \"  /* no */ ; \"; }", "a::before{content:\"  /* no */ ; \";}" },
	{ "a { content: '\\' { '; }", "a{content:'\\' { ';}" },
	{ "a { content: \"open", "a{content:\"open" },
	{ "a { width: calc(1px + 2px); }", "a{width:calc(1px + 2px);}" },
	{ "@media (min-width: 1px) {\n  a {\n    b: c;\n  }\n}",
	    "@media (min-width:1px){a{b:c;}}" },
	{ "a :hover {}", "a :hover{}" },
	{ "x: a, b;", "x:a,b;" },
	{ "a { b: c\\", "a{b:c\\" },
	{ "a 'b\\", "a 'b\\" },
};

Test(css_squeeze, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf out = { 0 };

		css_squeeze(&out, cases[i].css, strlen(cases[i].css));
		cr_expect_str_eq(
		    strbuf_text(&out), cases[i].want, "case %zu: %s", i, strbuf_text(&out));
		strbuf_free(&out);
	}
}

/* Nothing is lost: without white space and comments the sheets are the same before and after. */
Test(css_squeeze, our_sheets_are_a_fifth_smaller)
{
	static const char *const files[] = { "10_colours", "20_meanings", "30_base", "40_frame",
		"50_parts", "60_charts" };
	size_t before = 0, after = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct strbuf css = { 0 }, once = { 0 }, twice = { 0 };
		char path[64];

		snprintf(path, sizeof(path), "assets/css/%s.css", files[i]);
		cr_assert(file_read(path, &css), "%s", path);
		css_squeeze(&once, css.s, css.len);
		css_squeeze(&twice, once.s, once.len);
		cr_expect_str_eq(twice.s, once.s, "%s", files[i]);
		before += css.len;
		after += once.len;
		strbuf_free(&css);
		strbuf_free(&once);
		strbuf_free(&twice);
	}
	cr_expect_lt(after * 5, before * 4, "%zu of %zu", after, before);
}
