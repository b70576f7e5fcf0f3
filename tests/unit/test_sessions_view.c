/* The page of sessions: what stands in which row, which forms there are, and hostile names. */
#include "account/sessions_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "events/events.h"
#include "pages.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

static const char *
render(struct sessions_view *v)
{
	v->end_csrf = "token-one";
	v->end_others_csrf = "token-others";
	return page_text(&arena, &sessions_view_type, v);
}

static int
count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static struct session rows[] = {
	{ 7, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", NOW - 7200,
	    NOW - 59, true },
	{ 5, NULL, NOW - 86400, NOW - 180, false },
	{ 6, "<b>Lynx/2", NOW - 86400 * 3, NOW - 3600, false },
};

Test(sessions_view, each_row_says_what_it_is)
{
	struct session_list list = { rows, COUNT(rows), COUNT(rows) };
	struct activity_list none = { 0 };
	struct sessions_view v = { 0 };
	const char *text;

	sessions_view_init(&v, &list, &none, NOW, &arena);
	cr_assert_eq(v.rows.n, 3);
	cr_expect_str_eq(v.rows.v[0].browser, "Firefox on Linux");
	cr_expect_str_eq(v.rows.v[0].used.words, "just now");
	cr_expect_str_eq(v.rows.v[0].begun.words, "2 hours ago");
	cr_expect_str_eq(v.rows.v[1].used.words, "3 minutes ago");
	cr_expect_str_eq(v.rows.v[1].browser, "An unknown browser");
	cr_expect_null(v.hidden);
	text = render(&v);
	cr_expect_eq(count(text, ">this one<"), 1);
	cr_expect_eq(count(text, "action=\"/account/sessions/end\""), 2);
	cr_expect_eq(count(text, "value=\"token-one\""), 2);
	cr_expect_eq(count(text, "name=\"id\" value=\"5\""), 1);
	cr_expect_eq(count(text, "name=\"id\" value=\"7\""), 0, "this one is ended by signing out");
	cr_expect_eq(count(text, "value=\"token-others\""), 1);
	cr_expect_eq(count(text, "Nothing yet."), 1);
}

Test(sessions_view, the_only_one)
{
	struct session_list list = { rows, 1, 1 };
	struct activity_list none = { 0 };
	struct sessions_view v = { 0 };
	const char *text;

	sessions_view_init(&v, &list, &none, NOW, &arena);
	v.roles = "";
	cr_expect_eq(count(render(&v), "Your roles"), 0);
	v.roles = "admin ops";
	text = render(&v);
	cr_expect_eq(count(text, "<strong>admin ops</strong>"), 1);
	cr_expect_eq(count(text, "<form method=\"post\" action=\"/account/sessions"), 0);
	cr_expect_eq(count(text, "signed in here and nowhere else"), 1);
}

Test(sessions_view, more_than_the_page_shows)
{
	struct session_list list = { rows, COUNT(rows), 1234 };
	struct activity_list none = { 0 };
	struct sessions_view v = { 0 };

	sessions_view_init(&v, &list, &none, NOW, &arena);
	cr_expect_str_eq(v.hidden, "1,231");
}

static struct activity events[] = {
	{ "<new>", NULL, NULL, NOW },
	{ EVENT_WORD_SIGNUP, NULL, NULL, NOW - 1 },
	{ EVENT_WORD_LOGIN, NULL, NULL, NOW - 60 },
	{ EVENT_WORD_BOUNCER_CREATE, "<i>x", NULL, NOW - 60 },
	{ EVENT_WORD_BOUNCER_CREATE, NULL, NULL, NOW - 60 },
	{ EVENT_WORD_BOUNCER_DELETE, "a\xe2\x80\xae", NULL, NOW - 60 },
	{ EVENT_WORD_PLAN_UPGRADE, NULL, "pro", NOW - 60 },
	{ EVENT_WORD_PLAN_DOWNGRADE, NULL, "free", NOW - 60 },
};

static const char *const sentences[] = {
	"<new>",
	"Account made",
	"Signed in",
	"Bouncer <i>x made",
	"Bouncer made",
	"Bouncer a[U+202E] deleted",
	"Plan upgraded to pro",
	"Plan changed to free",
};

Test(sessions_view, events_in_words)
{
	struct session_list list = { rows, 1, 1 };
	struct activity_list activity = { events, COUNT(events) };
	struct sessions_view v = { 0 };
	const char *text;

	sessions_view_init(&v, &list, &activity, NOW, &arena);
	for (size_t i = 0; i < COUNT(events); i++)
		cr_expect_str_eq(v.activity.v[i].words, sentences[i]);
	text = render(&v);
	cr_expect_eq(count(text, "<i>"), 0);
	cr_expect_eq(count(text, "Bouncer &lt;i&gt;x made"), 1);
	cr_expect_eq(count(text, "1 minute ago"), 6);
}

/* Each type that is recorded has its sentence. */
Test(sessions_view, no_event_is_without_words)
{
	for (int i = 0; i < EVENT__MAX; i++) {
		struct activity one = { event_words[i], NULL, NULL, NOW };
		struct activity_list activity = { &one, 1 };
		struct session_list list = { rows, 1, 1 };
		struct sessions_view v = { 0 };

		sessions_view_init(&v, &list, &activity, NOW, &arena);
		cr_assert_not_null(v.activity.v[0].words, "%s", event_words[i]);
		cr_expect_str_neq(v.activity.v[0].words, event_words[i]);
	}
}
