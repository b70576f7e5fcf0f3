/* Every page view has its template, every template its page; the pages of views without data. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <string.h>

#include "account/signed_out_view.h"
#include "app/views.h"
#include "base/template.h"
#include "pages.h"
#include "portal_nav.h"
#include "site/landing_view.h"
#include "web/error_view.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

Test(views, bind)
{
	for (size_t i = 0; i < nviews; i++) {
		struct strbuf error = { 0 };

		cr_expect_eq(template_bind(views[i], template_file, NULL, &error), ERR_OK, "%s",
		    strbuf_text(&error));
		strbuf_free(&error);
		template_unbind(views[i]);
	}
}

static bool
has_view(const char *file)
{
	for (size_t i = 0; i < nviews; i++)
		if (strcmp(file, arena_printf(&arena, "%s.html", views[i]->name)) == 0)
			return true;
	return false;
}

/* What is neither a page nor a part would never be looked at. */
Test(views, every_template_is_a_page_or_a_part)
{
	DIR *top = opendir("templates"), *folder;
	const struct dirent *d, *f;
	size_t pages = 0;

	cr_assert_not_null(top, "run in the root of the repository");
	while ((d = readdir(top)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		folder = opendir(arena_printf(&arena, "templates/%s", d->d_name));
		cr_assert_not_null(folder, "%s is no folder", d->d_name);
		while ((f = readdir(folder)) != NULL) {
			if (f->d_name[0] == '.' || f->d_name[0] == '_' ||
			    strncmp(f->d_name, "frame_", 6) == 0)
				continue;
			cr_expect(has_view(f->d_name), "%s/%s", d->d_name, f->d_name);
			pages++;
		}
		closedir(folder);
	}
	closedir(top);
	cr_expect_eq(pages, nviews);
}

/* Where "Sign in" leads, and what is marked as the current page. */
Test(frame_view, paths)
{
	static const struct {
		const char *path, *shown, *signin;
		bool is_current;
	} cases[] = {
		{ NULL, "/", "/signin", false },
		{ "", "/", "/signin", false },
		{ "//evil.example", "/", "/signin", false },
		{ "/\\evil.example", "/", "/signin", false },
		{ "https:evil.example", "/", "/signin", false },
		{ "/", "/", "/signin", false },
		{ "/dashboards", "/dashboards", "/signin?return=%2Fdashboards", false },
		{ "/dashboard", "/dashboard", "/signin?return=%2Fdashboard", true },
		{ "/dashboard?a=b&c", "/dashboard?a=b&c", "/signin?return=%2Fdashboard%3Fa%3Db%26c",
		    true },
		{ "/dashboard/x", "/dashboard/x", "/signin?return=%2Fdashboard%2Fx", true },
	};

	portal_nav(&arena);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frame_facts facts = {
			.path = cases[i].path, .account = "alice", .now = NOW
		};
		struct frame_view v;

		frame_view_init(&v, &facts, &arena);
		cr_expect_str_eq(v.path, cases[i].shown);
		cr_expect_str_eq(v.signin_href, cases[i].signin);
		cr_expect_eq(v.areas.v[0].is_current, cases[i].is_current, "%s", cases[i].path);
		cr_expect_str_eq(v.year, "2026");
	}
}

/* Two areas, one of them with groups. */
static const struct nav_page sample_pages[] = {
	{ "Home", NULL, "/home", "Home", NULL },
	{ "Admin", NULL, "/admin", "Overview", NULL },
	{ "Admin", "People", "/admin/users", "Users", NULL },
	{ "Admin", "People", "/admin/tickets", "Tickets", NULL },
	{ "Admin", "Money", "/admin/revenue", "Revenue", NULL },
};

/* "title: label, label*; …", the star where we are. */
static const char *
side_words(const struct frame_view *v)
{
	const char *words = "";

	for (size_t i = 0; i < v->side.n; i++) {
		const struct link_group_view *g = &v->side.v[i];

		words = arena_printf(&arena, "%s%s:", words, g->title != NULL ? g->title : "");
		for (size_t j = 0; j < g->pages.n; j++)
			words = arena_printf(&arena, "%s %s%s", words, g->pages.v[j].label,
			    g->pages.v[j].is_current ? "*" : "");
		words = arena_printf(&arena, "%s;", words);
	}
	return v->has_side ? words : "-";
}

static const char *
link_words(const struct link_view *v, size_t n)
{
	const char *words = "";

	for (size_t i = 0; i < n; i++)
		words = arena_printf(&arena, "%s%s%s%s", words, i > 0 ? " > " : "", v[i].label,
		    v[i].is_current ? "*" : "");
	return words;
}

Test(frame_view, navigation)
{
	static const struct {
		const char *path, *areas, *side, *crumbs;
	} cases[] = {
		{ "/", "Home > Admin", "-", "" },
		{ "/homes", "Home > Admin", "-", "" },
		{ "/home", "Home* > Admin", "-", "" },
		{ "/home?a=b", "Home* > Admin", "-", "" },
		{ "/home/7", "Home* > Admin", "-", "Home > Title*" },
		{ "/admin", "Home > Admin*", ": Overview*;People: Users Tickets;Money: Revenue;",
		    "" },
		{ "/admin/other", "Home > Admin*",
		    ": Overview*;People: Users Tickets;Money: Revenue;", "Admin > Title*" },
		{ "/admin/users?page=2", "Home > Admin*",
		    ": Overview;People: Users* Tickets;Money: Revenue;", "Admin > Users*" },
		{ "/admin/users/7", "Home > Admin*",
		    ": Overview;People: Users* Tickets;Money: Revenue;", "Admin > Users > Title*" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frame_view v = { .path = cases[i].path, .title = "Title" };

		frame_view_nav(&v, sample_pages, COUNT(sample_pages), &arena);
		cr_expect_str_eq(link_words(v.areas.v, v.areas.n), cases[i].areas);
		cr_expect_str_eq(
		    side_words(&v), cases[i].side, "%s: %s", cases[i].path, side_words(&v));
		cr_expect_str_eq(
		    link_words(v.crumbs.v, v.crumbs.n), cases[i].crumbs, "%s", cases[i].path);
		cr_expect_eq(v.has_crumbs, v.crumbs.n > 0);
	}
}

/* A page whose address does not say where it belongs names the page it is below. */
Test(frame_view, within)
{
	static const struct nav_page pages[] = { { "Things", NULL, "/", "New", NULL },
		{ "Things", NULL, "/things", "All", NULL },
		{ "Account", NULL, "/account", "You", NULL } };
	static const struct {
		const char *within, *areas, *side, *crumbs;
	} cases[] = {
		{ NULL, "Things > Account", "-", "" },
		{ "/", "Things* > Account", ": New All;", "Things > Title*" },
		{ "/things", "Things* > Account", ": New All*;", "Things > All > Title*" },
		{ "/nowhere", "Things > Account", "-", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frame_view v = {
			.path = "/x7", .within = cases[i].within, .title = "Title"
		};

		frame_view_nav(&v, pages, COUNT(pages), &arena);
		cr_expect_str_eq(link_words(v.areas.v, v.areas.n), cases[i].areas, "%zu", i);
		cr_expect_str_eq(side_words(&v), cases[i].side, "%zu", i);
		cr_expect_str_eq(link_words(v.crumbs.v, v.crumbs.n), cases[i].crumbs, "%zu", i);
	}
}

static const char *const urls[ROLE__MAX] = { "https://irc.example.org", "https://txt.example.org",
	"https://pics.example.org" };

/* What the table promises: areas and groups stand together, and no address twice. */
Test(nav, the_table_is_in_order)
{
	for (enum role role = 0; role < ROLE__MAX; role++) {
		nav_init(role, urls, &arena);
		cr_expect_gt(nav_npages, 3);
		for (size_t i = 0; i < nav_npages; i++)
			for (size_t j = 0; j < i; j++) {
				const struct nav_page *a = &nav_pages[j], *b = &nav_pages[i];

				cr_expect_str_neq(a->href, b->href);
				if (nav_begins_area(nav_pages, b))
					cr_expect_str_neq(
					    a->area, b->area, "%s is in two places", a->area);
			}
	}
}

static const char *
areas_of(enum role role, const char *const *of)
{
	const char *all = "";

	nav_init(role, of, &arena);
	for (size_t i = 0; i < nav_npages; i++)
		if (nav_begins_area(nav_pages, &nav_pages[i]))
			all = arena_printf(
			    &arena, "%s%s=%s ", all, nav_pages[i].area, nav_pages[i].href);
	return all;
}

/* Each service leads to the others, and to those only whose address it knows. */
Test(nav, other_services)
{
	static const char *const nowhere[ROLE__MAX] = { "", NULL, "" };

	cr_expect_str_eq(areas_of(ROLE_PORTAL, urls),
	    "Dashboard=/dashboard Bouncers=/bouncers Pastes=https://txt.example.org/ "
	    "Pictures=https://pics.example.org/ Account=/account Admin=/admin/stripe ");
	cr_expect_str_eq(nav_home(), "/dashboard");
	cr_expect_str_eq(areas_of(ROLE_TXT, urls),
	    "Dashboard=https://irc.example.org/dashboard "
	    "Bouncers=https://irc.example.org/bouncers Pastes=/ "
	    "Pictures=https://pics.example.org/ Account=https://irc.example.org/account "
	    "Admin=https://irc.example.org/admin/stripe ");
	cr_expect_str_eq(nav_home(), "/");
	cr_expect_str_eq(areas_of(ROLE_PORTAL, nowhere),
	    "Dashboard=/dashboard Bouncers=/bouncers Account=/account Admin=/admin/stripe ");
	cr_expect_str_eq(areas_of(ROLE_PICS, nowhere), "Pictures=/ ");
}

Test(frame_view, account)
{
	struct frame_facts facts = { .account = "a\xe2\x80\xae<b>", .now = INT64_MAX };
	struct frame_view v;

	frame_view_init(&v, &facts, &arena);
	cr_expect_str_eq(v.account, "a[U+202E]<b>");
	cr_expect_str_eq(v.year, "");
	facts.account = NULL;
	frame_view_init(&v, &facts, &arena);
	cr_expect_null(v.account);
	cr_expect_eq(v.areas.n, 0);
}

Test(error_view, words)
{
	static const struct {
		int status;
		const char *title;
		bool offers_signin, offers_retry;
	} cases[] = {
		{ 0, "Something broke", false, true },
		{ 599, "Something broke", false, true },
		{ 500, "Something broke", false, true },
		{ 418, "That did not fit", false, false },
		{ 401, "Please sign in", true, false },
		{ 403, "Not allowed", false, false },
		{ 404, "Not found", false, false },
		{ 429, "One moment, please", false, true },
		{ 503, "Out of service for a moment", false, true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error_view v = { 0 };

		error_view_init(&v, cases[i].status, NULL, NULL);
		cr_expect_str_eq(v.title, cases[i].title);
		cr_expect_str_eq(error_view_title(cases[i].status), cases[i].title);
		cr_expect_eq(v.status, cases[i].status);
		cr_expect_eq(v.offers_signin, cases[i].offers_signin);
		cr_expect_eq(v.offers_retry, cases[i].offers_retry);
		cr_expect_not_null(v.sentence);
		cr_expect_not_null(v.advice);
	}
}

Test(error_view, page)
{
	const struct frame_facts facts = {
		.title = "<x>", .site_name = "irc.now", .path = "/dashboard?a=\"", .now = NOW
	};
	struct error_view v = { 0 };
	const char *text;

	frame_view_init(&v.frame, &facts, &arena);
	error_view_init(&v, 503, "The <database> does not answer.", "id-1");
	text = page_text(&arena, &error_view_type, &v);
	cr_expect_not_null(strstr(text, "<title>&lt;x&gt; · irc.now</title>"));
	cr_expect_not_null(strstr(text, "The &lt;database&gt; does not answer."));
	cr_expect_not_null(strstr(text, "<code>id-1</code>"));
	cr_expect_not_null(strstr(text, "<a class=\"button\" href=\"/\">Try again</a>"));
	cr_expect_not_null(
	    strstr(text, "<a class=\"button is-quiet top-signin\" href=\"/signin\">"));
	cr_expect_null(strstr(text, "Sign out"));
	cr_expect_null(strstr(text, "Your dashboard"));
}

Test(signed_out_view, page)
{
	const struct frame_facts facts = { .title = "Signed out", .path = "/", .now = NOW };
	struct signed_out_view v = { .href = "https://id.example.org/end?a=1&b=%22" };
	const char *text;

	frame_view_init(&v.frame, &facts, &arena);
	text = page_text(&arena, &signed_out_view_type, &v);
	cr_expect_not_null(strstr(text, "<h1>You are signed out</h1>"));
	cr_expect_not_null(
	    strstr(text, "<a class=\"button\" href=\"https://id.example.org/end?a=1&amp;b=%22\">"));
}

/* Whoever is signed in is led on and can sign out, by POST and with the token. */
Test(landing_view, page)
{
	struct frame_facts facts = { .site_name = "irc.now", .path = "/", .now = NOW };
	struct landing_view v = { 0 };
	const char *text;

	landing_view_init(&v, &arena);
	frame_view_init(&v.frame, &facts, &arena);
	text = page_text(&arena, &landing_view_type, &v);
	cr_expect_not_null(strstr(text, "<title>irc.now</title>"));
	cr_expect_not_null(strstr(text, "<a class=\"button\" href=\"/signin\">Sign in</a>"));
	cr_expect_not_null(strstr(text, ">Free</h3>"));
	cr_expect_not_null(strstr(text, ">Pro</h3>"));
	cr_expect_null(strstr(text, "/signout"));
	facts.account = "alice@example.org";
	facts.csrf = "token";
	facts.flash = "Welcome <back>";
	facts.is_flash_error = true;
	frame_view_init(&v.frame, &facts, &arena);
	text = page_text(&arena, &landing_view_type, &v);
	cr_expect_not_null(strstr(text, "method=\"post\" action=\"/signout\">"));
	cr_expect_not_null(strstr(text, "<input type=\"hidden\" name=\"csrf\" value=\"token\">"));
	cr_expect_not_null(
	    strstr(text, "<p class=\"flash is-error\" role=\"status\">Welcome &lt;back&gt;</p>"));
	cr_expect_not_null(strstr(text, "Go to your dashboard"));
	cr_expect_null(strstr(text, "Sign in"));
}

/* The area of admins is shown to those who may open a page of it. */
Test(nav, what_is_seen_depends_on_roles)
{
	static const struct nav_page some[] = {
		{ "Home", NULL, "/home", "Home", NULL },
		{ "Admin", "Money", "/admin/money", "Money", "admin billing" },
		{ "Admin", "People", "/admin/people", "People", "admin support" },
	};
	static const struct {
		const char *roles, *areas, *crumbs;
	} cases[] = {
		{ NULL, "Home", "" },
		{ "", "Home", "" },
		{ "content ops", "Home", "" },
		{ "content support", "Home > Admin*", "" },
		{ "billing", "Home > Admin", "" },
		{ "admin", "Home > Admin*", "Admin > People*" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frame_view v = { .path = "/admin/people", .title = "People" };
		size_t n;
		const struct nav_page *seen =
		    nav_seen(some, COUNT(some), cases[i].roles, &arena, &n);

		frame_view_nav(&v, seen, n, &arena);
		cr_expect_str_eq(link_words(v.areas.v, v.areas.n), cases[i].areas, "%zu", i);
		cr_expect_str_eq(link_words(v.crumbs.v, v.crumbs.n), cases[i].crumbs, "%zu", i);
	}
}

/* The frame of a page knows who asks. */
Test(frame_view, admins_see_their_area)
{
	struct frame_facts facts = { .path = "/dashboard", .account = "erin", .now = NOW };
	struct frame_view v;

	portal_nav(&arena);
	frame_view_init(&v, &facts, &arena);
	cr_expect_str_eq(link_words(v.areas.v, v.areas.n), "Dashboard* > Bouncers > Account");
	facts.roles = "billing";
	frame_view_init(&v, &facts, &arena);
	cr_expect_str_eq(
	    link_words(v.areas.v, v.areas.n), "Dashboard* > Bouncers > Account > Admin");
}
