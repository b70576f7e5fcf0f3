/* See frame_view.h. */
#include "web/frame_view.h"

#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "web/web_path.h"

#define ACCOUNT_POINTS 40

VIEW_DEFINE(time, TIME)
VIEW_DEFINE(frame_nav, FRAME_NAV)
VIEW_DEFINE(frame, FRAME)

/* The navigation of whoever is signed in, in its order. */
static const struct {
	const char *href, *label;
} entries[] = {
	{ "/dashboard", "Dashboard" },
};

#define NENTRIES (sizeof(entries) / sizeof(entries[0]))

/* A page below an entry belongs to it, too. */
static bool
is_below(const char *path, const char *entry)
{
	size_t len = strlen(entry);

	if (strncmp(path, entry, len) != 0)
		return false;
	return path[len] == '\0' || path[len] == '/' || path[len] == '?';
}

static void
nav_init(struct frame_view *v, struct arena *arena)
{
	v->nav.v = arena_array(arena, NENTRIES, sizeof(*v->nav.v));
	v->nav.n = NENTRIES;
	for (size_t i = 0; i < NENTRIES; i++) {
		v->nav.v[i].href = entries[i].href;
		v->nav.v[i].label = entries[i].label;
		v->nav.v[i].is_current = is_below(v->path, entries[i].href);
	}
}

/* Signing in on the front page leads to the dashboard, as it does without a path to return to. */
static const char *
signin_href(const char *path, struct arena *arena)
{
	if (strcmp(path, "/") == 0)
		return "/signin";
	return arena_printf(arena, "/signin?return=%s", url_encode(arena, path));
}

void
frame_view_init(struct frame_view *v, const struct frame_facts *f, struct arena *arena)
{
	*v = (struct frame_view){
		.title = f->title,
		.site_name = f->site_name != NULL ? f->site_name : "",
		.css_href = f->css_href,
		.js_href = f->js_href,
		.icon_href = f->icon_href,
		.csrf = f->csrf,
		.path = web_path_or(f->path, "/"),
		.flash = f->flash,
		.is_flash_error = f->is_flash_error,
	};
	v->account = text_short(arena, text_safe(arena, f->account), ACCOUNT_POINTS);
	v->signin_href = signin_href(v->path, arena);
	v->year = arena_printf(arena, "%.4s", human_time_iso(arena, f->now));
	if (v->account != NULL)
		nav_init(v, arena);
}

void
time_view_init(struct time_view *v, int64_t at, int64_t now, struct arena *arena)
{
	v->words = human_ago(arena, at, now);
	v->exact = human_time(arena, at);
	v->iso = human_time_iso(arena, at);
}
