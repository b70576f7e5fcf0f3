/* The template language: what is refused, with which words, and what comes out of the rest. */
#include <criterion/criterion.h>

#include "base/template.h"
#include "files.h"

#define CHILD(F) F(TEXT, name) F(INT, n)
VIEW_DECLARE(child, CHILD)
VIEW_DEFINE(child, CHILD)

#define ROW(F) F(TEXT, name) F(BOOL, is_new) F(LIST, children, child) F(PART, first, child)
VIEW_DECLARE(row, ROW)
VIEW_DEFINE(row, ROW)

#define NEST(F) F(TEXT, title) F(PART, child, child) F(LIST, rows, row)
VIEW_DECLARE(nest, NEST)
VIEW_DEFINE(nest, NEST)

/* clang-format off */
#define PAGE(F)                                                                                 \
	F(TEXT, title) F(TEXT, none) F(TEXT, evil) F(TEXT, url) F(TEXT, bad_url)                \
	F(HTML, markup) F(HTML, no_markup) F(INT, n) F(INT, zero) F(INT, min)                   \
	F(BOOL, yes) F(BOOL, no) F(PART, nest, nest) F(LIST, rows, row) F(LIST, empty, row)
VIEW_DECLARE(page, PAGE)
VIEW_DEFINE(page, PAGE)
/* clang-format on */

static struct child_view children[] = { { "c1", 1 }, { "c2", 2 } };
static struct row_view rows[] = {
	{ "r1", true, { children, 2 }, { "f1", 7 } },
	{ "r2", false, { NULL, 0 }, { "f2", 0 } },
};
static const struct page_view page = {
	.title = "T",
	.evil = "<b class=\"x\">&'",
	.url = "https://a.example/?x=1&y=2",
	.bad_url = "javascript:alert(1)",
	.markup = "<b>&</b>",
	.n = 42,
	.min = INT64_MIN,
	.yes = true,
	.nest = { "N", { "nc", -5 }, { rows, 2 } },
	.rows = { rows, 2 },
};

/* "page.html" is the case itself; the rest can be included. */
static const char *
source(const char *file, void *arg)
{
	static const struct {
		const char *file, *text;
	} parts[] = {
		{ "title.html", "[{{title}}]\n" },
		{ "name.html", "({{name}})\n" },
		{ "outer.html", "<b>{{>title}}</b>" },
		{ "me.html", "\n{{>me}}" },
		{ "ping.html", "{{>pong}}" },
		{ "pong.html", "{{>ping}}" },
		{ "open.html", "\n{{#yes}}" },
		{ "close.html", "{{/yes}}" },
		{ "broken.html", "a\nb {{nix}}" },
		{ "attribute.html", " class=\"a\"" },
		{ "tag.html", "<p" },
	};

	if (strcmp(file, "page.html") == 0)
		return arg;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].file, file) == 0)
			return parts[i].text;
	return NULL;
}

/* clang-format off */
static const struct {
	const char *text, *error;
} refused[] = {
	/* names */
	{ "{{nix}}", "page.html:1: no field 'nix' in page" },
	{ "a\nb\n{{#rows}}\n{{nix}}\n{{/rows}}", "page.html:4: no field 'nix' in row or page" },
	{ "{{nest.nix}}", "page.html:1: no field 'nix' in nest" },
	{ "{{nest.child.nix}}", "page.html:1: no field 'nix' in child" },
	{ "{{title.x}}", "page.html:1: 'title' in 'title.x' is no part" },
	{ "{{rows.name}}", "page.html:1: 'rows' in 'rows.name' is no part" },
	{ "{{#nix}}{{/nix}}", "page.html:1: no field 'nix' in page" },
	{ "{{raw nix}}", "page.html:1: no field 'nix' in page" },
	{ "{{}}", "page.html:1: '' is no name" },
	{ "{{#}}", "page.html:1: '' is no name" },
	{ "{{two words}}", "page.html:1: 'two words' is no name" },
	{ "{{.title}}", "page.html:1: '.title' is no name" },
	{ "{{title.}}", "page.html:1: 'title.' is no name" },
	{ "{{nest..title}}", "page.html:1: no field '' in nest" },
	{ "x\n{{title", "page.html:2: {{ without }}" },
	/* kinds */
	{ "{{markup}}", "page.html:1: 'markup' is ready markup: write {{raw markup}}" },
	{ "{{yes}}", "page.html:1: 'yes' is a yes or no: write {{#yes}}" },
	{ "{{nest}}", "page.html:1: 'nest' is a part: write {{#nest}}" },
	{ "{{rows}}", "page.html:1: 'rows' is a list: write {{#rows}}" },
	{ "{{raw title}}", "page.html:1: 'title' is not ready markup: write {{title}}" },
	{ "{{^nest}}{{/nest}}", "page.html:1: 'nest' is a part and always there" },
	/* sections */
	{ "a\n{{#yes}}\nb", "page.html:2: {{#yes}} or {{^yes}} has no end" },
	{ "{{^yes}}", "page.html:1: {{#yes}} or {{^yes}} has no end" },
	{ "{{/yes}}", "page.html:1: {{/yes}} closes nothing" },
	{ "{{#yes}}\n{{#no}}\n{{/yes}}{{/no}}", "page.html:3: {{/yes}} where {{/no}} of line 2 is due" },
	{ "{{>open}}{{/yes}}", "open.html:2: {{#yes}} or {{^yes}} has no end" },
	{ "{{#yes}}{{>close}}", "close.html:1: {{/yes}} closes nothing" },
	/* parts */
	{ "\n {{>nix}}", "page.html:2: there is no part 'nix.html'" },
	{ "{{>page}}", "page.html:1: {{>page}} includes itself" },
	{ "{{>me}}", "me.html:2: {{>me}} includes itself" },
	{ "{{>ping}}", "pong.html:1: {{>ping}} includes itself" },
	{ "{{>broken}}", "broken.html:2: no field 'nix' in page" },
	{ "{{>tag}}", "page.html:1: the page ends inside a tag, a comment or a script" },
	/* places that take no field */
	{ "<p class={{title}}>", "page.html:1: {{title}} cannot stand in an attribute without quotes" },
	{ "<p class=a{{title}}>", "page.html:1: {{title}} cannot stand in an attribute without quotes" },
	{ "<p {{title}}=\"a\">", "page.html:1: {{title}} cannot stand in the name of an attribute" },
	{ "<p data-{{title}}=\"a\">", "page.html:1: {{title}} cannot stand in the name of an attribute" },
	{ "<{{title}}>", "page.html:1: {{title}} cannot stand in a tag name" },
	{ "<h{{n}}>", "page.html:1: {{n}} cannot stand in a tag name" },
	{ "</{{title}}>", "page.html:1: {{title}} cannot stand in a tag name" },
	{ "<!-- {{title}} -->", "page.html:1: {{title}} cannot stand in an HTML comment" },
	{ "<!-- > -- {{title}} -->", "page.html:1: {{title}} cannot stand in an HTML comment" },
	{ "<!doctype {{title}}>", "page.html:1: {{title}} cannot stand in a declaration" },
	{ "<script>{{title}}</script>", "page.html:1: {{title}} cannot stand in <script> or <style>" },
	{ "<script>a('</scrip>',{{n}})", "page.html:1: {{n}} cannot stand in <script> or <style>" },
	{ "<STYLE a=\"b\">{{title}}", "page.html:1: {{title}} cannot stand in <script> or <style>" },
	{ "<style>{{#yes}}{{/yes}}", "page.html:1: {{#yes}} cannot stand in <script> or <style>" },
	{ "<p onclick=\"{{title}}\">", "page.html:1: {{title}} cannot stand in an event handler, a style or a srcdoc, srcset or ping" },
	{ "<p ONLOAD='{{n}}'>", "page.html:1: {{n}} cannot stand in an event handler, a style or a srcdoc, srcset or ping" },
	{ "<p style=\"{{title}}\">", "page.html:1: {{title}} cannot stand in an event handler, a style or a srcdoc, srcset or ping" },
	{ "<iframe srcdoc='{{title}}'>", "page.html:1: {{title}} cannot stand in an event handler, a style or a srcdoc, srcset or ping" },
	{ "<p class=\"{{raw markup}}\">", "page.html:1: {{raw markup}} can stand only in text" },
	/* addresses whose scheme a field could complete */
	{ "<a href=\"java{{title}}\">", "page.html:1: {{title}} cannot stand in an address whose beginning does not say what it is; begin it with /" },
	{ "<a href=\"{{title}}{{url}}\">", "page.html:1: {{url}} cannot stand in an address whose beginning does not say what it is; begin it with /" },
	{ "<a href=\"{{#yes}}{{url}}{{/yes}}{{title}}\">", "page.html:1: {{title}} cannot stand in an address whose beginning does not say what it is; begin it with /" },
	{ "<a href=\"javascript:{{title}}\">", "page.html:1: only http:, https:, mailto:, ircs: and relative addresses may stand here" },
	{ "<a href=\"{{title}}:x\">", "page.html:1: only http:, https:, mailto:, ircs: and relative addresses may stand here" },
	{ "<form action='data:x'>", "page.html:1: only http:, https:, mailto:, ircs: and relative addresses may stand here" },
	{ "<a href=\"{{#rows}}{{name}}{{/rows}}\">", "page.html:1: {{/rows}} stands elsewhere in the HTML than its beginning in line 1" },
	/* sections that do not leave the HTML where they found it */
	{ "{{#yes}}\n<p class=\"\n{{/yes}}", "page.html:3: {{/yes}} stands elsewhere in the HTML than its beginning in line 1" },
	{ "<p class=\"{{#yes}}\">{{/yes}}", "page.html:1: {{/yes}} stands elsewhere in the HTML than its beginning in line 1" },
	{ "{{#yes}}<pre>{{/yes}}", "page.html:1: {{/yes}} stands elsewhere in the HTML than its beginning in line 1" },
	{ "<p{{#yes}} a={{/yes}}>", "page.html:1: {{/yes}} cannot stand in an attribute without quotes" },
	{ "<{{#yes}}p{{/yes}}>", "page.html:1: {{#yes}} cannot stand in a tag name" },
	{ "<p{{#yes}}x{{/yes}}>", "page.html:1: a space is missing before this attribute" },
	{ "<p on{{#yes}}click=\"a\"{{/yes}}>", "page.html:1: a space is missing before this attribute" },
	{ "<p{{#yes}} href{{/yes}}=\"a\">", "page.html:1: a tag that is not closed, or a stray character in it" },
	/* HTML that says nothing certain */
	{ "1 < 2", "page.html:1: a '<' that begins no tag; write &lt;" },
	{ "<p\n<p>", "page.html:2: a tag that is not closed, or a stray character in it" },
	{ "<p a\"b\">", "page.html:1: a stray character in the name of an attribute" },
	{ "<p a=>", "page.html:1: an attribute without its value" },
	{ "<p a=\"b\"c=\"d\">", "page.html:1: a space is missing before this attribute" },
	{ "<p class=\"x", "page.html:1: the page ends inside a tag, a comment or a script" },
	{ "a\n<!-- x", "page.html:2: the page ends inside a tag, a comment or a script" },
};
/* clang-format on */

Test(template, refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct strbuf error = { 0 };
		enum err e =
		    template_bind(&page_view_type, source, (void *)refused[i].text, &error);

		cr_expect_eq(e, ERR_INVALID, "%s", refused[i].text);
		cr_expect_str_eq(strbuf_text(&error), refused[i].error, "%s", refused[i].text);
		cr_expect_null(page_view_type.template);
		strbuf_free(&error);
	}
}

/* clang-format off */
static const struct {
	const char *text, *html;
} shown[] = {
	{ "", "" },
	{ "a } } { b", "a } } { b" },
	{ "{{title}}", "T" },
	{ "{{ title }}", "T" },
	{ "{{none}}|", "|" },
	{ "{{evil}}", "&lt;b class=&quot;x&quot;&gt;&amp;&#39;" },
	{ "<p class=\"{{evil}}\">", "<p class=\"&lt;b class=&quot;x&quot;&gt;&amp;&#39;\">" },
	{ "<p class='{{evil}}'>", "<p class='&lt;b class=&quot;x&quot;&gt;&amp;&#39;'>" },
	{ "<title>{{evil}}</title>", "<title>&lt;b class=&quot;x&quot;&gt;&amp;&#39;</title>" },
	{ "{{raw markup}}{{raw no_markup}}", "<b>&</b>" },
	{ "{{n}} {{zero}} {{min}}", "42 0 -9223372036854775808" },
	{ "<td width=\"{{n}}\">", "<td width=\"42\">" },
	/* addresses */
	{ "<a href=\"{{url}}\">", "<a href=\"https://a.example/?x=1&amp;y=2\">" },
	{ "<a href=\"{{bad_url}}\">", "<a href=\"#\">" },
	{ "<form ACTION='{{bad_url}}'>", "<form ACTION='#'>" },
	{ "<button formaction=\"{{bad_url}}\">", "<button formaction=\"#\">" },
	{ "<img src=\"{{bad_url}}\" alt=\"{{bad_url}}\">", "<img src=\"#\" alt=\"javascript:alert(1)\">" },
	{ "<a href=\"/x/{{bad_url}}\">", "<a href=\"/x/javascript:alert(1)\">" },
	{ "<a href=\"?q={{evil}}\">", "<a href=\"?q=&lt;b class=&quot;x&quot;&gt;&amp;&#39;\">" },
	{ "<a href=\"https:{{title}}\">", "<a href=\"https:T\">" },
	{ "<a href=\"{{title}}/{{evil}}\">", "<a href=\"T/&lt;b class=&quot;x&quot;&gt;&amp;&#39;\">" },
	{ "<a href=\"{{#none}}{{none}}{{/none}}{{^none}}/y{{/none}}\">", "<a href=\"/y\">" },
	{ "<a href=/x>", "<a href=/x>" },
	/* sections */
	{ "{{#title}}a{{/title}}{{^title}}b{{/title}}", "a" },
	{ "{{#none}}a{{/none}}{{^none}}b{{/none}}", "b" },
	{ "{{#n}}a{{/n}}{{#zero}}b{{/zero}}{{^zero}}c{{/zero}}", "ac" },
	{ "{{#yes}}a{{/yes}}{{^yes}}b{{/yes}}{{#no}}c{{/no}}{{^no}}d{{/no}}", "ad" },
	{ "{{#markup}}a{{/markup}}{{^no_markup}}b{{/no_markup}}", "ab" },
	{ "{{#rows}}{{name}};{{/rows}}", "r1;r2;" },
	{ "{{#empty}}x{{/empty}}{{^empty}}none{{/empty}}", "none" },
	{ "{{^rows}}x{{/rows}}", "" },
	{ "{{#rows}}{{#is_new}}+{{/is_new}}{{name}}{{/rows}}", "+r1r2" },
	{ "{{#rows}}{{name}}{{#children}}[{{n}}{{name}}{{title}}]{{/children}}{{^children}}-{{/children}}{{/rows}}", "r1[1c1T][2c2T]r2-" },
	{ "{{#rows}}{{#rows}}{{name}}{{/rows}}.{{/rows}}", "r1r2.r1r2." },
	{ "{{#rows}}{{#nest.rows}}{{name}}{{/nest.rows}}{{name}} {{/rows}}", "r1r2r1 r1r2r2 " },
	/* parts */
	{ "{{nest.title}}{{nest.child.name}}{{nest.child.n}}", "Nnc-5" },
	{ "{{#nest}}{{title}}{{#child}}{{title}}{{name}}{{/child}}{{n}}{{/nest}}{{title}}", "NNnc42T" },
	{ "{{#nest.child}}{{name}}{{/nest.child}}", "nc" },
	{ "{{#nest}}{{#rows}}{{name}}{{#first}}{{name}}{{/first}}{{first.n}}{{/rows}}{{/nest}}", "r1f17r2f20" },
	{ "{{#nest.child.n}}a{{/nest.child.n}}", "a" },
	/* files */
	{ "a{{>title}}b", "a[T]b" },
	{ "{{>outer}}", "<b>[T]</b>" },
	{ "{{>title}}\n{{>title}}\n", "[T]\n[T]\n" },
	{ "{{#nest}}{{>title}}{{/nest}}{{>title}}", "[N][T]" },
	{ "{{#rows}}{{>name}}{{/rows}}", "(r1)(r2)" },
	{ "<p{{>attribute}}>", "<p class=\"a\">" },
	/* inside tags */
	{ "<p{{#yes}} class=\"{{title}}\"{{/yes}}{{#no}} id=\"x\"{{/no}}>", "<p class=\"T\">" },
	{ "<input{{#yes}} checked{{/yes}}>", "<input checked>" },
	{ "<p class=\"a{{#yes}} b{{/yes}}{{#no}} c{{/no}}\">", "<p class=\"a b\">" },
	{ "<p {{#yes}}hidden{{/yes}} lang=\"en\">", "<p hidden lang=\"en\">" },
	/* what only looks like something */
	{ "<script>if (a < b) \"{\"</script>{{title}}", "<script>if (a < b) \"{\"</script>T" },
	{ "<style>a{b:c}</style><p id=\"{{n}}\">", "<style>a{b:c}</style><p id=\"42\">" },
	{ "<!-- <p class= --><!--> {{title}}", "<!-- <p class= --><!--> T" },
	{ "<br/>{{title}}<img src=a/>{{title}}", "<br/>T<img src=a/>T" },
	/* comments and white space */
	{ "a{{! x {{ y }}b", "ab" },
	{ "{{! alone }}\na", "a" },
	{ "<ul>\n  {{#rows}}\n  <li>{{name}}</li>\n  {{/rows}}\n</ul>\n", "<ul>\n<li>r1</li>\n<li>r2</li>\n</ul>\n" },
	{ "a\n\n\n   b", "a\nb" },
	{ "<pre>\n  a\n\n  b</pre>\n  c", "<pre>\n  a\n\n  b</pre>\nc" },
	{ "<p\n   id=\"a\n  b\">", "<p\nid=\"a\n  b\">" },
	{ "a\r\n  {{#yes}}\r\nb\r\n{{/yes}}\r\n", "a\r\nb\r\n" },
};
/* clang-format on */

Test(template, shown)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct strbuf error = { 0 }, out = { 0 };
		enum err e = template_bind(&page_view_type, source, (void *)shown[i].text, &error);

		cr_assert_eq(e, ERR_OK, "%s: %s", shown[i].text, strbuf_text(&error));
		template_render(&page_view_type, &page, &out);
		cr_expect_str_eq(strbuf_text(&out), shown[i].html, "%s", shown[i].text);
		strbuf_free(&out);
	}
	template_unbind(&page_view_type);
	cr_expect_null(page_view_type.template);
}

Test(template, no_such_page)
{
	struct strbuf error = { 0 };

	cr_assert_eq(template_bind(&child_view_type, source, NULL, &error), ERR_INVALID);
	cr_assert_str_eq(strbuf_text(&error), "child.html:1: there is no such template");
	strbuf_free(&error);
}

/* A page being edited: a mistake leaves the last good binding. */
Test(template, old_binding_stays)
{
	struct strbuf error = { 0 }, out = { 0 };

	cr_assert_eq(template_bind(&page_view_type, source, "one", &error), ERR_OK);
	cr_assert_eq(template_bind(&page_view_type, source, "two {{nix}}", &error), ERR_INVALID);
	template_render(&page_view_type, &page, &out);
	cr_assert_eq(template_bind(&page_view_type, source, "-three", &error), ERR_OK);
	template_render(&page_view_type, &page, &out);
	cr_assert_str_eq(strbuf_text(&out), "one-three");
	template_unbind(&page_view_type);
	strbuf_free(&error);
	strbuf_free(&out);
}

static struct strbuf *
repeat(struct strbuf *b, const char *text, int n)
{
	for (int i = 0; i < n; i++)
		strbuf_puts(b, text);
	return b;
}

/* As deep as it may be, and one deeper. */
Test(template, depth)
{
	static const struct {
		const char *open, *close, *error;
		int depth;
	} cases[] = {
		{ "{{#rows}}", "{{/rows}}", "page.html:1: more than 7 lists in each other", 7 },
		{ "{{#yes}}", "{{/yes}}", "page.html:1: more than 32 sections in each other", 32 },
	};

	for (size_t i = 0; i < 2; i++)
		for (int more = 0; more < 2; more++) {
			struct strbuf text = { 0 }, error = { 0 };
			int n = cases[i].depth + more;

			repeat(repeat(&text, cases[i].open, n), cases[i].close, n);
			cr_expect_eq(template_bind(&page_view_type, source, text.s, &error),
			    more ? ERR_INVALID : ERR_OK);
			cr_expect_str_eq(strbuf_text(&error), more ? cases[i].error : "");
			strbuf_free(&text);
			strbuf_free(&error);
		}
	template_unbind(&page_view_type);
}
