/* Escaping for HTML, and which addresses a link may have. */
#include <criterion/criterion.h>

#include "base/escape.h"

static const struct {
	const char *url;
	bool is_safe;
} urls[] = {
	{ "javascript:alert(1)", false },
	{ "JavaScript:alert(1)", false },
	{ " javascript:alert(1)", false },
	{ "\tjava\nscript:alert(1)", false },
	{ "\x01javascript:alert(1)", false },
	{ "data:text/html,x", false },
	{ "vbscript:x", false },
	{ "blob:x", false },
	{ "file:///etc/passwd", false },
	{ " https://a.example", false },
	{ "httpsx://a.example", false },
	{ ":x", false },
	{ "java script:x", false },
	{ "", true },
	{ "#", true },
	{ "/a:b", true },
	{ "?a:b", true },
	{ "#a:b", true },
	{ "a/b:c", true },
	{ "//a.example", true },
	{ "http://a.example", true },
	{ "HTTPS://a.example", true },
	{ "mailto:alice@example.org", true },
};

Test(escape, urls)
{
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct strbuf out = { 0 };

		cr_expect_eq(escape_url_is_safe(urls[i].url), urls[i].is_safe, "%s", urls[i].url);
		escape_html_url(&out, urls[i].url);
		cr_expect_str_eq(strbuf_text(&out), urls[i].is_safe ? urls[i].url : "#");
		strbuf_free(&out);
	}
}

Test(escape, html)
{
	struct strbuf out = { 0 };

	escape_html(&out, "");
	cr_expect_str_eq(strbuf_text(&out), "");
	escape_html(&out, "a<b>&\"'\xc3\xa4&amp;");
	cr_expect_str_eq(strbuf_text(&out), "a&lt;b&gt;&amp;&quot;&#39;\xc3\xa4&amp;amp;");
	strbuf_clear(&out);
	escape_html_url(&out, "https://a.example/?b=1&c=\"");
	cr_expect_str_eq(strbuf_text(&out), "https://a.example/?b=1&amp;c=&quot;");
	strbuf_free(&out);
}
