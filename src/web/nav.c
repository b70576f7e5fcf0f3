/* See nav.h. */
#include "web/nav.h"

#include <string.h>

const struct nav_page nav_pages[] = {
	{ "Dashboard", NULL, "/dashboard", "Dashboard" },
	{ "Account", NULL, "/account", "Your account" },
	{ "Account", NULL, "/account/sessions", "Sessions" },
	{ "Account", NULL, "/tokens", "API tokens" },
};

const size_t nav_npages = sizeof(nav_pages) / sizeof(nav_pages[0]);

/* /bills is not below /bill, /bill/7 and /bill?page=2 are. */
static bool
is_below(const char *path, const char *href)
{
	const size_t len = strlen(href);

	return strncmp(path, href, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/' || path[len] == '?');
}

const struct nav_page *
nav_find(const struct nav_page *pages, size_t n, const char *path)
{
	const struct nav_page *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (is_below(path, pages[i].href) &&
		    (found == NULL || strlen(pages[i].href) > strlen(found->href)))
			found = &pages[i];
	return found;
}

bool
nav_begins_area(const struct nav_page *first, const struct nav_page *p)
{
	return p == first || strcmp(p->area, p[-1].area) != 0;
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
nav_begins_group(const struct nav_page *first, const struct nav_page *p)
{
	return nav_begins_area(first, p) || !is_same(p->group, p[-1].group);
}
