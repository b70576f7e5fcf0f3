#include "txt/paste_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "content/content_parts.h"

VIEW_DEFINE(paste_new, PASTE_NEW)
VIEW_DEFINE(paste_show, PASTE_SHOW)
VIEW_DEFINE(paste_row, PASTE_ROW)
VIEW_DEFINE(pastes, PASTES)

#define TITLE_POINTS 80
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
usage_init(
    struct progress_view *v, const struct content_usage *usage, int64_t quota, struct arena *a)
{
	if (usage == NULL)
		return;
	content_room_init(v, "Room for pastes", usage->bytes, quota, a);
}

/* ---- GET / ---- */

/* Binary units, as the setting is one. */
static const char *
limit_words(int64_t bytes, struct arena *a)
{
	if (bytes % 1024 == 0)
		return arena_printf(a, "%" PRId64 " KiB", bytes / 1024);
	return arena_printf(a, "%s bytes", human_count(a, bytes));
}

static void
choices_init(struct paste_new_view *v, const struct paste_input *typed, struct arena *a)
{
	static const char *words[SYNTAX__MAX + 1], *labels[SYNTAX__MAX + 1];

	words[0] = "auto";
	labels[0] = "Guess it";
	for (int i = 0; i < SYNTAX__MAX; i++) {
		words[i + 1] = syntax_words[i];
		labels[i + 1] = syntax_labels[i];
	}
	field_view_choice(&v->syntax, "syntax", "Language", words, labels, SYNTAX__MAX + 1,
	    typed->syntax != NULL ? typed->syntax : words[0], a);
	field_view_choice(&v->expires, "expires", "Expires", paste_expiry_words,
	    paste_expiry_labels, EXPIRY__MAX,
	    typed->expires != NULL ? typed->expires : paste_expiry_words[EXPIRY_NEVER], a);
	content_visibility_field(&v->visibility, typed->visibility, a);
	v->syntax.is_required = v->expires.is_required = true;
}

void
paste_new_view_init(struct paste_new_view *v, const struct paste_new_facts *f, struct arena *a)
{
	v->error = f->error;
	v->body = f->typed.body;
	v->limit = limit_words(f->max_bytes, a);
	field_view_line(&v->title, "title", "Title", "text", f->typed.title);
	v->title.autocomplete = "off";
	choices_init(v, &f->typed, a);
	usage_init(&v->usage, f->usage, f->quota, a);
	v->shell = (struct copy_view){ .id = "shell",
		.label = "Copy command",
		.text = arena_printf(a,
		    "curl --data-binary @notes.txt -H \"Authorization: Bearer $TOKEN\" "
		    "%s/api/pastes",
		    f->public_url) };
	if (*f->portal_url != '\0')
		v->tokens_href = arena_printf(a, "%s/tokens", f->portal_url);
	if (*f->pics_url != '\0')
		v->pics_href = f->pics_url;
}

/* ---- GET /{id} ---- */

/* Each line of the text is one of the HTML; the last one may have no end. */
static void
number_lines(struct strbuf *code, const char *html)
{
	const char *end;
	int64_t n = 0;
	size_t len;

	while (*html != '\0') {
		end = strchr(html, '\n');
		len = end != NULL ? (size_t)(end - html) : strlen(html);
		n++;
		strbuf_printf(code,
		    "<span class=\"line\" id=\"L%" PRId64 "\"><a href=\"#L%" PRId64 "\">%" PRId64
		    " </a>",
		    n, n, n);
		strbuf_add(code, html, len);
		strbuf_puts(code, "\n</span>");
		html += len + (end != NULL);
	}
}

static bool
is_prose(enum syntax s)
{
	return s == SYNTAX_TEXT || s == SYNTAX_IRC || s == SYNTAX_MARKDOWN;
}

static void
links_init(
    struct paste_show_view *v, const struct paste *p, const char *public_url, struct arena *a)
{
	v->link = (struct copy_view){ .id = "link",
		.label = "Copy link",
		.text = arena_printf(a, "%s/%s", public_url, p->public_id) };
	v->raw_href = arena_printf(a, "/%s/raw", p->public_id);
	v->download_href = arena_printf(a, "/%s/download", p->public_id);
	v->again_href = arena_printf(a, "/?from=%s", p->public_id);
	if (v->is_owner)
		v->delete_href = arena_printf(a, "/pastes/delete?id=%s", p->public_id);
}

void
paste_show_view_init(struct paste_show_view *v, const struct paste *p, const char *html,
    bool is_owner, const char *public_url, int64_t now, struct strbuf *code, struct arena *a)
{
	v->title = text_short(a, text_safe(a, paste_title(p)), TITLE_POINTS);
	v->syntax = syntax_labels[p->syntax];
	v->size = human_bytes(a, p->bytes);
	v->lines = human_plural(a, p->lines, "line", "lines");
	v->views = human_plural(a, p->views, "view", "views");
	content_visibility_badge(&v->visibility, p->visibility);
	v->is_owner = is_owner;
	v->is_wrapped = is_prose(p->syntax);
	time_view_init(&v->made, p->created_at, now, a);
	if (p->expires_at != 0)
		time_view_init(&v->expires, p->expires_at, now, a);
	links_init(v, p, public_url, a);
	if (p->lines > PASTE_NUMBERED_MAX) {
		v->note = "The text has too many lines to number them.";
		v->code = html;
		return;
	}
	number_lines(code, html);
	v->code = strbuf_text(code);
}

/* ---- GET /pastes ---- */

const char *const paste_sort_words[PASTE_SORTS] = { "made", "-made", "size", "-size", "views",
	"-views", "title", "-title" };

static void
row_init(struct paste_row_view *v, const struct paste *p, int64_t now, struct arena *a)
{
	v->id = p->public_id;
	v->href = arena_printf(a, "/%s", p->public_id);
	v->title = text_short(a, text_safe(a, paste_title(p)), TITLE_POINTS);
	v->syntax = syntax_labels[p->syntax];
	content_visibility_badge(&v->visibility, p->visibility);
	v->size = human_bytes(a, p->bytes);
	v->views = human_count(a, p->views);
	time_view_init(&v->made, p->created_at, now, a);
	if (p->expires_at != 0)
		time_view_init(&v->expires, p->expires_at, now, a);
}

static const char *
list_path(const struct pastes_facts *f, const char *sort, struct arena *a)
{
	const char *path = "/pastes";
	char mark = '?';

	if (*f->words != '\0') {
		path = arena_printf(a, "%s?q=%s", path, url_encode(a, f->words));
		mark = '&';
	}
	return sort == NULL ? path : arena_printf(a, "%s%csort=%s", path, mark, sort);
}

static void
columns_init(struct pastes_view *v, const struct pastes_facts *f, struct arena *a)
{
	static const struct table_column columns[] = {
		{ "Title", "title", false },
		{ "Language", NULL, false },
		{ "Visibility", NULL, false },
		{ "Size", "size", true },
		{ "Views", "views", true },
		{ "Made", "made", true },
	};
	struct table_view table = { 0 };

	table_view_init(&table, "", columns, COUNT(columns), 0, a);
	table_view_sort(&table, columns, list_path(f, NULL, a), f->sort, a);
	v->columns.v = table.columns.v;
	v->columns.n = table.columns.n;
}

/* There may be none at all, or none that is asked for. */
static void
none_init(struct pastes_view *v, const struct pastes_facts *f)
{
	const bool is_sought = *f->words != '\0';

	v->is_none = f->list->n == 0 && !is_sought && f->page == 1;
	if (v->is_none)
		v->none = (struct empty_view){ .title = "No pastes yet",
			.sentence = "What you paste is listed here, with its link.",
			.href = "/",
			.link = "Write the first one" };
	else
		v->none = (struct empty_view){ .title = "Nothing found",
			.sentence = is_sought ? "No title has these words."
					      : "The list does not go on as far as this.",
			.href = "/pastes",
			.link = "Show all" };
}

void
pastes_view_init(struct pastes_view *v, const struct pastes_facts *f, struct arena *a)
{
	v->words = f->words;
	v->sort = f->sort;
	v->rows.n = f->list->n;
	v->has_rows = f->list->n > 0;
	v->rows.v = arena_array(a, f->list->n, sizeof(*v->rows.v));
	for (size_t i = 0; i < f->list->n; i++)
		row_init(&v->rows.v[i], &f->list->v[i], f->now, a);
	columns_init(v, f, a);
	if (f->list->n > 0)
		pager_view_init(&v->pager, list_path(f, f->sort, a), f->page, PASTES_PER_PAGE,
		    f->list->total, a);
	usage_init(&v->usage, f->usage, f->quota, a);
	if (f->usage != NULL)
		v->total = human_plural(a, f->usage->count, "paste", "pastes");
	none_init(v, f);
}

#define FACTS_SHOWN 10

void
paste_confirm_view_init(
    struct confirm_view *v, const struct paste_list *list, int64_t now, struct arena *a)
{
	const size_t shown = list->n > FACTS_SHOWN ? FACTS_SHOWN : list->n;

	v->title = list->n == 1 ? "Delete this paste?"
				: arena_printf(a, "Delete %s?",
				      human_plural(a, (int64_t)list->n, "paste", "pastes"));
	v->sentence = list->n == 1 ? "Links to it stop working at once. This cannot be undone."
				   : "Links to them stop working at once. This cannot be undone.";
	v->facts.v = arena_array(a, shown + 1, sizeof(*v->facts.v));
	for (size_t i = 0; i < shown; i++) {
		const struct paste *p = &list->v[i];

		v->facts.v[v->facts.n++].words = arena_printf(a, "%s: %s, made %s",
		    text_short(a, text_safe(a, paste_title(p)), TITLE_POINTS),
		    human_bytes(a, p->bytes), human_ago(a, p->created_at, now));
	}
	if (list->n > shown)
		v->facts.v[v->facts.n++].words = arena_printf(a, "and %zu more", list->n - shown);
	v->button = "Delete";
}
