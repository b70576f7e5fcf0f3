/*
 * The map of pages as people see it: areas in the bar at the top, and beside its content the pages
 * of the area one is in, in groups. One table; the routes stand in conf/.
 */
#ifndef WEB_NAV_H
#define WEB_NAV_H

#include <stdbool.h>
#include <stddef.h>

/* Pages of one area stand together, as do those of one group; an area's first page is its home. */
struct nav_page {
	const char *area, *group; /* no group: NULL */
	const char *href, *label;
};

extern const struct nav_page nav_pages[];
extern const size_t nav_npages;

/* The page whose address `path` is or lies below, the longest one; NULL if there is none. */
const struct nav_page *nav_find(const struct nav_page *, size_t n, const char *path);
/* Whether the page is the first one of its area, or of its group. */
bool nav_begins_area(const struct nav_page *first, const struct nav_page *);
bool nav_begins_group(const struct nav_page *first, const struct nav_page *);

#endif
