/*
 * The map of pages as people see it: areas in the bar at the top, and beside its content the pages
 * of the area one is in, in groups. One table for all services; the routes stand in conf/. A page
 * for certain roles is not shown to others; whether they may open it, its description says.
 */
#ifndef WEB_NAV_H
#define WEB_NAV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/settings.h"

/* Pages of one area stand together, as do those of one group; an area's first page is its home. */
struct nav_page {
	const char *area, *group; /* no group: NULL */
	const char *href, *label;
	const char *roles; /* who sees it: one of these, separated by spaces; NULL: everybody */
};

/* What nav_init() made of the map; nothing before it. */
extern const struct nav_page *const nav_pages;
extern size_t nav_npages;

/*
 * The map as the service `here` shows it: its own pages, and for each area of another service a
 * link to its home there, where `urls` knows an address (NULL or "": it does not). Texts live in
 * the arena. Called once, before the fork.
 */
void nav_init(enum role here, const char *const urls[ROLE__MAX], struct arena *);
/* Where who has signed in begins: the first page of this service. */
const char *nav_home(void);

/* Those of the pages that a session with these roles (NULL: none) sees, in the arena. */
const struct nav_page *nav_seen(
    const struct nav_page *, size_t n, const char *roles, struct arena *, size_t *nseen);
/* The page whose address `path` is or lies below, the longest one; NULL if there is none. */
const struct nav_page *nav_find(const struct nav_page *, size_t n, const char *path);
/* Whether the page is the first one of its area, or of its group. */
bool nav_begins_area(const struct nav_page *first, const struct nav_page *);
bool nav_begins_group(const struct nav_page *first, const struct nav_page *);

#endif
