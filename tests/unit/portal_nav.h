/* The map of pages as a portal without txt and pics shows it. */
#ifndef TESTS_PORTAL_NAV_H
#define TESTS_PORTAL_NAV_H

#include "web/nav.h"

static inline void
portal_nav(struct arena *a)
{
	static const char *const nowhere[ROLE__MAX];

	nav_init(ROLE_PORTAL, nowhere, a);
}

#endif
