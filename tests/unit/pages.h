/* Pages of the repository's templates, rendered as the portal does it. */
#ifndef UNIT_PAGES_H
#define UNIT_PAGES_H

#include "base/arena.h"
#include "base/template.h"
#include "files.h"

/* Appends the page; what is bound stays bound. */
static inline void
page_render(struct strbuf *out, struct view_type *type, const void *view)
{
	struct strbuf error = { 0 };

	cr_assert_eq(
	    template_bind(type, template_file, NULL, &error), ERR_OK, "%s", strbuf_text(&error));
	template_render(type, view, out);
}

/* The page, in the arena. */
static inline const char *
page_text(struct arena *a, struct view_type *type, const void *view)
{
	struct strbuf out = { 0 };
	const char *text;

	page_render(&out, type, view);
	text = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* As golden_check(); and no stranger's word is markup. */
static inline void
page_golden(const char *file, struct view_type *type, const void *view)
{
	struct strbuf out = { 0 };

	page_render(&out, type, view);
	cr_expect_null(strstr(strbuf_text(&out), "<script>"), "%s", file);
	golden_check(file, &out);
	strbuf_free(&out);
}

/* Whether the first is on the page, and the second is not; NULL: nothing is looked for. */
static inline void
page_check(struct view_type *type, const void *view, const char *has, const char *has_not)
{
	struct strbuf out = { 0 };

	page_render(&out, type, view);
	if (has != NULL)
		cr_expect_not_null(strstr(strbuf_text(&out), has), "%s is not there", has);
	if (has_not != NULL)
		cr_expect_null(strstr(strbuf_text(&out), has_not), "%s is there", has_not);
	strbuf_free(&out);
}

#endif
