/*
 * Templates: any text is bound or refused with a place and a reason, and what is bound renders
 * values that cannot leave the place they stand in.
 */
#include "base/template.h"
#include "fuzz/fuzz.h"

#define ROW(F) F(TEXT, name) F(INT, count) F(BOOL, is_new)
#define PAGE(F)                                                                                    \
	F(TEXT, text)                                                                              \
	F(TEXT, missing) F(HTML, html) F(INT, n) F(BOOL, yes) F(PART, row, row) F(LIST, rows, row)

/* clang-format off */
VIEW_DECLARE(row, ROW)
VIEW_DEFINE(row, ROW)
VIEW_DECLARE(page, PAGE)
VIEW_DEFINE(page, PAGE)
/* clang-format on */

/* Before each sign that HTML knows stands a byte that no template of ours holds. */
#define HOSTILE "\x02<\x02>\x02\"\x02'\x02&"

static struct row_view rows[] = { { HOSTILE, -1, true }, { "b", INT64_MIN, false } };
static struct page_view page = { .text = HOSTILE,
	.html = "<b>ready</b>",
	.n = INT64_MAX,
	.yes = true,
	.row = { "javascript:" HOSTILE, 7, true },
	.rows = { rows, 2 } };

/* The text is page.html; other names are a small part, the page itself, or missing. */
static const char *
source(const char *file, void *arg)
{
	if (strcmp(file, "page.html") == 0)
		return arg;
	return strcmp(file, "_part.html") == 0 ? "<i>{{text}}</i>" : NULL;
}

static void
must_be_escaped(const char *html)
{
	const char *mark;

	for (mark = html; (mark = strchr(mark, '\x02')) != NULL; mark++) {
		must(mark[1] == '&');
		must(strncmp(mark + 1, "&lt;", 4) == 0 || strncmp(mark + 1, "&gt;", 4) == 0 ||
		     strncmp(mark + 1, "&quot;", 6) == 0 || strncmp(mark + 1, "&#39;", 5) == 0 ||
		     strncmp(mark + 1, "&amp;", 5) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct strbuf error = { 0 }, out = { 0 };
	char *text = fuzz_text(bytes, len);

	if (strchr(text, '\x02') != NULL) {
		free(text);
		return -1;
	}
	if (template_bind(&page_view_type, source, text, &error) == ERR_OK) {
		template_render(&page_view_type, &page, &out);
		must_be_escaped(strbuf_text(&out));
	} else {
		must(strstr(strbuf_text(&error), ".html:") != NULL);
		must(page_view_type.template == NULL);
	}
	template_unbind(&page_view_type);
	strbuf_free(&error);
	strbuf_free(&out);
	free(text);
	return 0;
}
