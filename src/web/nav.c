/* See nav.h. */
#include "web/nav.h"

#include <string.h>

#include "account/staff_role.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define BILLING STAFF_BILLING_ROLES

/*
 * The whole map; an area belongs to one service. That of admins has a group for each subject; who
 * may open none of its pages does not see it. From other services its first page is linked.
 */
static const struct {
	enum role role;
	struct nav_page page;
} map[] = {
	{ ROLE_PORTAL, { "Dashboard", NULL, "/dashboard", "Dashboard", NULL } },
	{ ROLE_PORTAL, { "Bouncers", NULL, "/bouncers", "Your bouncers", NULL } },
	{ ROLE_TXT, { "Pastes", NULL, "/", "New paste", NULL } },
	{ ROLE_TXT, { "Pastes", NULL, "/pastes", "Your pastes", NULL } },
	{ ROLE_PICS, { "Pictures", NULL, "/", "Upload", NULL } },
	{ ROLE_PICS, { "Pictures", NULL, "/pictures", "Your pictures", NULL } },
	{ ROLE_PORTAL, { "Account", NULL, "/account", "Your account", NULL } },
	{ ROLE_PORTAL, { "Account", NULL, "/account/sessions", "Sessions", NULL } },
	{ ROLE_PORTAL, { "Account", NULL, "/billing", "Billing", NULL } },
	{ ROLE_PORTAL, { "Account", NULL, "/billing/invoices", "Invoices", NULL } },
	{ ROLE_PORTAL, { "Account", NULL, "/tokens", "API tokens", NULL } },
	{ ROLE_PORTAL, { "Admin", "Billing", "/admin/stripe", "Stripe events", BILLING } },
	{ ROLE_PORTAL,
	    { "Admin", "Billing", "/admin/stripe/customers", "Unlinked customers", BILLING } },
	{ ROLE_PORTAL,
	    { "Admin", "Billing", "/admin/stripe/differences", "Differences", BILLING } },
	{ ROLE_PORTAL, { "Admin", "Billing", "/admin/rates", "Rates of exchange", BILLING } },
	{ ROLE_PORTAL, { "Admin", "Billing", "/admin/prices", "Prices", BILLING } },
};

static struct nav_page pages[COUNT(map)];
const struct nav_page *const nav_pages = pages;
size_t nav_npages;

static bool
has_area(const char *area)
{
	return nav_npages > 0 && strcmp(pages[nav_npages - 1].area, area) == 0;
}

void
nav_init(enum role here, const char *const urls[ROLE__MAX], struct arena *arena)
{
	nav_npages = 0;
	for (size_t i = 0; i < COUNT(map); i++) {
		const char *url = map[i].role == here ? "" : urls[map[i].role];
		struct nav_page page = map[i].page;

		if (url == NULL || (map[i].role != here && (*url == '\0' || has_area(page.area))))
			continue;
		page.href = arena_printf(arena, "%s%s", url, page.href);
		pages[nav_npages++] = page;
	}
}

const char *
nav_home(void)
{
	for (size_t i = 0; i < nav_npages; i++)
		if (pages[i].href[0] == '/')
			return pages[i].href;
	return "/";
}

const struct nav_page *
nav_seen(
    const struct nav_page *all, size_t n, const char *roles, struct arena *arena, size_t *nseen)
{
	struct nav_page *seen = arena_array(arena, n, sizeof(*seen));

	*nseen = 0;
	for (size_t i = 0; i < n; i++)
		if (all[i].roles == NULL || staff_role_has_any(roles, all[i].roles))
			seen[(*nseen)++] = all[i];
	return seen;
}

/* /bills is not below /bill, /bill/7 and /bill?page=2 are. */
static bool
is_below(const char *path, const char *href)
{
	const size_t len = strlen(href);

	return strncmp(path, href, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/' || path[len] == '?');
}

const struct nav_page *
nav_find(const struct nav_page *all, size_t n, const char *path)
{
	const struct nav_page *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (is_below(path, all[i].href) &&
		    (found == NULL || strlen(all[i].href) > strlen(found->href)))
			found = &all[i];
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
