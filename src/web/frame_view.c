/* See frame_view.h. */
#include "web/frame_view.h"

#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "web/web_path.h"

#define ACCOUNT_POINTS 40

VIEW_DEFINE(time, TIME)
VIEW_DEFINE(link, LINK)
VIEW_DEFINE(link_group, LINK_GROUP)
VIEW_DEFINE(frame, FRAME)

/* ---- The navigation ---- */

static struct link_view
link_to(const struct nav_page *p, const char *label, bool is_current)
{
	return (struct link_view){ .href = p->href, .label = label, .is_current = is_current };
}

static void
add_areas(struct frame_view *v, const struct nav_page *pages, size_t n)
{
	for (const struct nav_page *p = pages; p < pages + n; p++)
		if (nav_begins_area(pages, p))
			v->areas.v[v->areas.n++] =
			    link_to(p, p->area, v->area != NULL && strcmp(p->area, v->area) == 0);
}

/* Whether `path`, which is the page or below it, is the page. */
static bool
is_at(const char *path, const struct nav_page *p)
{
	return strcspn(path, "?") == strlen(p->href);
}

/* Everything lies below the front page: what does is no part of it. */
static bool
is_part(const char *path, const struct nav_page *p)
{
	return strcmp(p->href, "/") != 0 || is_at(path, p);
}

/* The pages of the current area. */
static void
add_side(struct frame_view *v, const struct nav_page *pages, size_t n, const struct nav_page *here,
    struct arena *arena)
{
	for (const struct nav_page *p = pages; p < pages + n; p++) {
		struct link_group_view *group;

		if (strcmp(p->area, here->area) != 0)
			continue;
		if (nav_begins_group(pages, p)) {
			group = &v->side.v[v->side.n++];
			group->title = p->group;
			group->pages.v = arena_array(arena, n, sizeof(*group->pages.v));
		}
		group = &v->side.v[v->side.n - 1];
		group->pages.v[group->pages.n++] =
		    link_to(p, p->label, p == here && is_part(v->path, p));
	}
	v->has_side = v->side.n > 1 || v->side.v[0].pages.n > 1;
}

/* Area, page, and what lies below the page; the last one is where we are. */
static void
add_crumbs(struct frame_view *v, const struct nav_page *pages, const struct nav_page *here)
{
	const struct nav_page *home = here;
	const bool is_below = !is_at(v->path, here);

	while (!nav_begins_area(pages, home))
		home--;
	if (here == home && !is_below)
		return;
	v->crumbs.v[v->crumbs.n++] = link_to(home, home->area, false);
	if (here != home)
		v->crumbs.v[v->crumbs.n++] = link_to(here, here->label, !is_below);
	if (is_below && v->title != NULL)
		v->crumbs.v[v->crumbs.n++] =
		    (struct link_view){ .href = v->path, .label = v->title, .is_current = true };
	v->has_crumbs = true;
}

void
frame_view_nav(struct frame_view *v, const struct nav_page *pages, size_t n, struct arena *arena)
{
	const struct nav_page *here = nav_find(pages, n, v->within != NULL ? v->within : v->path);

	v->area = here != NULL ? here->area : NULL;
	v->areas.n = v->side.n = v->crumbs.n = 0;
	v->areas.v = arena_array(arena, n, sizeof(*v->areas.v));
	add_areas(v, pages, n);
	if (here == NULL)
		return;
	v->side.v = arena_array(arena, n, sizeof(*v->side.v));
	v->crumbs.v = arena_array(arena, 3, sizeof(*v->crumbs.v));
	add_side(v, pages, n, here, arena);
	add_crumbs(v, pages, here);
}

static void
add_nav(struct frame_view *v, const char *roles, struct arena *arena)
{
	size_t n;
	const struct nav_page *pages = nav_seen(nav_pages, nav_npages, roles, arena, &n);

	frame_view_nav(v, pages, n, arena);
}

/* ---- The whole ---- */

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
		.mark_href = f->mark_href,
		.account_href = f->account_href,
		.csrf = f->csrf,
		.path = web_path_or(f->path, "/"),
		.within = f->within,
		.flash = f->flash,
		.is_flash_error = f->is_flash_error,
	};
	v->account = text_short(arena, text_safe(arena, f->account), ACCOUNT_POINTS);
	v->signin_href = signin_href(v->path, arena);
	v->year = arena_printf(arena, "%.4s", human_time_iso(arena, f->now));
	if (v->account != NULL)
		add_nav(v, f->roles, arena);
}

void
time_view_init(struct time_view *v, int64_t at, int64_t now, struct arena *arena)
{
	v->words = human_ago(arena, at, now);
	v->exact = human_time(arena, at);
	v->iso = human_time_iso(arena, at);
}
