/* Escaping for HTML; what a template's {{name}} goes through. */
#include "base/escape.h"

#include <string.h>
#include <strings.h>

static const char *const references[256] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#39;",
};

void
escape_html(struct strbuf *out, const char *text)
{
	const char *run = text;

	for (; *text != '\0'; text++) {
		const char *reference = references[(unsigned char)*text];

		if (reference == NULL)
			continue;
		strbuf_add(out, run, (size_t)(text - run));
		strbuf_puts(out, reference);
		run = text + 1;
	}
	strbuf_add(out, run, (size_t)(text - run));
}

/*
 * Browsers drop white space and control characters before and inside a scheme ("java\tscript:"),
 * so whatever stands before the first ':' must be a known scheme to the letter.
 */
bool
escape_url_is_safe(const char *url)
{
	static const char *const schemes[] = { "http", "https", "mailto", "ircs" };
	size_t len = strcspn(url, ":/?#");

	if (url[len] != ':')
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strlen(schemes[i]) == len && strncasecmp(url, schemes[i], len) == 0)
			return true;
	return false;
}

void
escape_html_url(struct strbuf *out, const char *url)
{
	escape_html(out, escape_url_is_safe(url) ? url : "#");
}
