/* Texts in colours: cases for the languages, and what must hold for every text there is. */
#include "txt/colour.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "txt/colour_rules.h"

static struct strbuf out;

static const char *
colour(enum syntax s, const char *text)
{
	strbuf_clear(&out);
	colour_html(&out, s, text, strlen(text));
	return strbuf_text(&out);
}

#define K(w) "<span class=\"ck\">" w "</span>"
#define T(w) "<span class=\"ct\">" w "</span>"
#define S(w) "<span class=\"cs\">" w "</span>"
#define N(w) "<span class=\"cn\">" w "</span>"
#define C(w) "<span class=\"cc\">" w "</span>"
#define M(w) "<span class=\"cm\">" w "</span>"
#define A(w) "<span class=\"ca\">" w "</span>"
#define H(w) "<span class=\"ch\">" w "</span>"
#define X(w) "<span class=\"cx\">" w "</span>"

static const struct {
	enum syntax syntax;
	const char *text, *html;
} cases[] = {
	{ SYNTAX_TEXT, "", "" },
	{ SYNTAX_TEXT, "if <b>&\"'", "if &lt;b&gt;&amp;&quot;&#39;" },
	{ SYNTAX_TEXT, "a\r\nb\rc", "a\nb" X("\xe2\x90\x8d") "c" },
	{ SYNTAX_TEXT, "\x1b[1m\x7f\t", X("\xe2\x90\x9b") "[1m" X("\xe2\x90\xa1") "\t" },
	{ SYNTAX_TEXT, "\xe2\x80\xae\xe2\x81\xa6x\xe2\x82\xac", X("U+202EU+2066") "x\xe2\x82\xac" },
	{ SYNTAX_C, "#include <a.h>\nint x = 0x1f; // y\n",
	    M("#include") " &lt;a.h&gt;\n" T("int") " x = " N("0x1f") "; " C("// y") "\n" },
	{ SYNTAX_C, "/* a\nb */ return \"\\\"\"",
	    C("/* a") "\n" C("b */") " " K("return") " " S("&quot;\\&quot;&quot;") },
	{ SYNTAX_C, "returned ifs \"open\nint", "returned ifs " S("&quot;open") "\n" T("int") },
	{ SYNTAX_C, "x // a\r\ny", "x " C("// a") "\ny" },
	{ SYNTAX_SH, "echo $# \"a # b\" a#b # c",
	    T("echo") " $# " S("&quot;a # b&quot;") " a#b " C("# c") },
	{ SYNTAX_SH, "'\\' ${x} $y", S("&#39;\\&#39;") " " T("${x}") " " T("$y") },
	{ SYNTAX_PYTHON, "\"\"\"a\nb\"\"\"\n@x\ndef f(): pass",
	    S("&quot;&quot;&quot;a") "\n" S("b&quot;&quot;&quot;") "\n" M("@x") "\n" K(
		"def") " f(): " K("pass") },
	{ SYNTAX_JSON, "{\"a\" : \"b\", \"c\": true}",
	    "{" A("&quot;a&quot;") " : " S("&quot;b&quot;") ", " A("&quot;c&quot;") ": " T(
		"true") "}" },
	{ SYNTAX_JAVASCRIPT, "a = /x\\/y/g; b / c", "a = " S("/x\\/y/g") "; b / c" },
	{ SYNTAX_RUST, "&'a str 'x' '\\n'",
	    "&amp;&#39;a " T("str") " " S("&#39;x&#39;") " " S("&#39;\\n&#39;") },
	{ SYNTAX_SQL, "select 'it''s' -- x",
	    K("select") " " S("&#39;it&#39;") S("&#39;s&#39;") " " C("-- x") },
	{ SYNTAX_DIFF, "--- a\n+++ b\n@@ -1 @@\n-x\n+y\n z\n",
	    M("--- a") "\n" M("+++ b") "\n" H("@@ -1 @@") "\n<span class=\"cd\">-x</span>\n"
							  "<span class=\"ci\">+y</span>\n z\n" },
	{ SYNTAX_HTML, "<a href=\"x\">y</a><!-- z",
	    K("&lt;a") " " A("href") "=" S("&quot;x&quot;") K("&gt;") "y" K("&lt;/a") K("&gt;")
		C("&lt;!-- z") },
	{ SYNTAX_HTML, "a < b", "a &lt; b" },
	{ SYNTAX_INI, "; c\n[s]\nk = v", C("; c") "\n" H("[s]") "\n" A("k ") "=" S(" v") },
	{ SYNTAX_YAML, "a: yes # b", A("a") ": " T("yes") " " C("# b") },
	{ SYNTAX_MARKDOWN, "# h\na `b` c\n```\nx\n```\n",
	    H("# h") "\na " S("`b`") " c\n" M("```") "\n" S("x") "\n" M("```") "\n" },
	{ SYNTAX_IRC, "12:30 *** x joined\n12:31 hm\n",
	    C("12:30 ") C("*** x joined") "\n" C("12:31 ") "hm\n" },
	{ SYNTAX_DOCKERFILE, "FROM x\nRUN y", K("FROM") " x\n" K("RUN") " y" },
};

Test(colour, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(colour(cases[i].syntax, cases[i].text), cases[i].html, "%s: %s",
		    syntax_words[cases[i].syntax], cases[i].text);
}

Test(colour, people_have_colours)
{
	char first[256];

	strcpy(first, colour(SYNTAX_IRC, "<alice> a"));
	cr_expect_str_eq(colour(SYNTAX_IRC, "<alice> a"), first);
	cr_expect_not_null(strstr(first, "&lt;alice&gt;</span> a"));
}

static void
expect_sorted(enum syntax s, const char *const *words, size_t n)
{
	for (size_t i = 1; i < n; i++)
		cr_expect_lt(
		    strcmp(words[i - 1], words[i]), 0, "%s: %s", syntax_words[s], words[i]);
}

Test(colour, words_are_sorted)
{
	for (int s = 0; s < SYNTAX__MAX; s++) {
		expect_sorted((enum syntax)s, colour_rules[s].keywords, colour_rules[s].nkeywords);
		expect_sorted((enum syntax)s, colour_rules[s].types, colour_rules[s].ntypes);
	}
}

static size_t
count(const char *text, size_t len, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == c;
	return n;
}

/* What is built of these comes near to everything that a language can be confused by. */
static const char *const pieces[] = { "\n", "\"", "'", "`", "/*", "*/", "//", "#", "--", "[[", "]]",
	"<", "<!--", "-->", ">", "\\", "$", "${", "@", "=begin\n", "r#\"", "\"\"\"", "'''", "x",
	"if", "1", " ", "\r\n", "/", "=", ":", "+", "```", "\xc3\xbc", "\x01" };

/* Lines stay lines, spans end with theirs, and it takes a time that grows with the length alone. */
static void
expect_sound(enum syntax s, const char *text, size_t len)
{
	const char *line;
	size_t opened = 0;

	strbuf_clear(&out);
	colour_html(&out, s, text, len);
	cr_assert_eq(count(out.s, out.len, '\n'), count(text, len, '\n'));
	for (line = strbuf_text(&out); *line != '\0'; line++) {
		if (strncmp(line, "<span ", 6) == 0)
			opened++;
		else if (strncmp(line, "</span>", 7) == 0)
			opened--;
		else if (*line == '\n')
			cr_assert_eq(opened, 0, "%s", syntax_words[s]);
		cr_assert_leq(opened, 2);
	}
	cr_assert_eq(opened, 0);
}

Test(colour, nonsense_is_sound)
{
	char text[2000];

	srand(7);
	for (int round = 0; round < 300; round++) {
		size_t len = 0;

		while (len < sizeof(text) - 16) {
			const char *p = pieces[(size_t)rand() % (sizeof(pieces) / sizeof(*pieces))];

			memcpy(text + len, p, strlen(p));
			len += strlen(p);
		}
		for (int s = 0; s < SYNTAX__MAX; s++)
			expect_sound((enum syntax)s, text, len);
	}
}

Test(colour, no_text_takes_long)
{
	char *text = malloc(COLOUR_BYTES_MAX);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (size_t at = 0; at < COLOUR_BYTES_MAX; at++)
			text[at] = pieces[i][at % strlen(pieces[i])];
		for (int s = 0; s < SYNTAX__MAX; s++) {
			const int64_t began = clock_monotonic_us();

			strbuf_clear(&out);
			colour_html(&out, (enum syntax)s, text, COLOUR_BYTES_MAX);
			cr_expect_lt(clock_monotonic_us() - began, 2000000, "%s in %s", pieces[i],
			    syntax_words[s]);
		}
	}
	free(text);
}

Test(colour, too_long_is_plain)
{
	char *text = calloc(1, COLOUR_BYTES_MAX + 2);

	memset(text, ' ', COLOUR_BYTES_MAX + 1);
	memcpy(text, "int ", 4);
	cr_expect_eq(strncmp(colour(SYNTAX_C, text), "int ", 4), 0);
	text[COLOUR_BYTES_MAX] = '\0';
	cr_expect_eq(strncmp(colour(SYNTAX_C, text), "<span", 5), 0);
	free(text);
}
