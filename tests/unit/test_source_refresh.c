/*
 * Refreshes and those who wait for them, with a background that the test moves on by hand and
 * outcomes that it chooses.
 */
#include "source/source_refresh.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings.h"
#include "source/source_run.h"
#include "unit/works.h"

/* ---- the background ---- */

static enum source_outcome next_outcome;
static struct source_subject last_subject;
static char last_texts[3][32];

/* In place of the real one, which needs a database. */
enum source_outcome
source_run(const struct source_subject *s)
{
	const char *texts[3] = { s->sub, s->bouncer_name, s->soju_username };

	last_subject = *s;
	for (size_t i = 0; i < 3; i++)
		snprintf(
		    last_texts[i], sizeof(last_texts[i]), "%s", texts[i] != NULL ? texts[i] : "");
	return next_outcome;
}

/* Ends the work that has run longest. */
static void
finish_first(enum source_outcome outcome)
{
	next_outcome = outcome;
	works_finish_first();
}

static void
finish_all(enum source_outcome outcome)
{
	while (nworks > 0)
		finish_first(outcome);
}

/* ---- who waits ---- */

struct page {
	struct source_wait wait;
	int woken;
	void (*then)(struct page *); /* done when woken */
};

static void
wake(void *arg)
{
	struct page *p = arg;

	p->woken++;
	if (p->then != NULL)
		p->then(p);
}

static struct page
new_page(void)
{
	return (struct page){ .wait = { .wake = wake } };
}

static bool
start(struct page *p, enum source_kind kind, int64_t user_id, int64_t bouncer_id)
{
	const struct source_state never = { 0 };
	struct source_subject s = { .kind = kind,
		.user_id = user_id,
		.bouncer_id = bouncer_id,
		.sub = "sub",
		.bouncer_name = "bouncer",
		.soju_username = "user" };

	p->wait.arg = p;
	return source_refresh_start(&s, &never, 1000, &p->wait);
}

static void
begin(void)
{
	settings.soju_database_url = settings.kubernetes_api_url = "x";
	settings.kubernetes_namespace = settings.txt_internal_url = "x";
	settings.pic_internal_url = "x";
	source_refresh_init(works_add);
}

static void
end(void)
{
	finish_all(SOURCE_NEWS);
	for (int i = 0; i < SOURCE__MAX; i++) {
		cr_expect_eq(source_refresh_running((enum source_kind)i), 0);
		cr_expect_eq(source_refresh_queued((enum source_kind)i), 0);
	}
}

TestSuite(source_refresh, .init = begin, .fini = end);

Test(source_refresh, none_before_init)
{
	struct page p = new_page();

	source_refresh_init(NULL);
	cr_expect_not(start(&p, SOURCE_TXT, 1, 0));
	cr_expect_eq(p.wait.pending, 0);
}

Test(source_refresh, none_that_is_not_configured)
{
	struct page p = new_page();

	settings.txt_internal_url = "";
	cr_expect_not(start(&p, SOURCE_TXT, 1, 0));
	cr_expect_eq(nworks, 0);
}

static const struct {
	const char *what;
	struct source_state state;
	bool starts;
} states[] = {
	{ "fresh", { 990, 990, SOURCE_FINE, false }, false },
	{ "failed a moment ago", { 0, 990, SOURCE_TIMEOUT, false }, false },
	{ "old, another process is at it", { 900, 900, SOURCE_FINE, true }, false },
	{ "never answered, another process is at it", { 0, 0, SOURCE_FINE, true }, true },
	{ "never tried", { 0, 0, SOURCE_FINE, false }, true },
	{ "old", { 900, 900, SOURCE_FINE, false }, true },
};

Test(source_refresh, states)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct page p = new_page();
		struct source_subject s = { .kind = SOURCE_PICS, .user_id = 1, .sub = "s" };

		p.wait.arg = &p;
		cr_expect_eq(source_refresh_start(&s, &states[i].state, 1000, &p.wait),
		    states[i].starts, "%s", states[i].what);
		finish_all(SOURCE_NEWS);
		cr_expect_eq(p.woken, states[i].starts ? 1 : 0, "%s", states[i].what);
	}
}

/* The request that began it is gone, and with it every text it had. */
Test(source_refresh, subject_is_a_copy)
{
	struct page p = new_page();
	const struct source_state never = { 0 };
	char *sub = strdup("alice"), *bouncer = strdup("a-1"), *user = strdup("al");
	struct source_subject s = { SOURCE_SOJU, 7, 9, sub, bouncer, user };

	cr_expect(source_refresh_start(&s, &never, 1000, &p.wait));
	source_refresh_cancel(&p.wait);
	memset(sub, 'x', 5);
	free(sub);
	free(bouncer);
	free(user);
	finish_first(SOURCE_NEWS);
	cr_expect_eq(last_subject.user_id, 7);
	cr_expect_eq(last_subject.bouncer_id, 9);
	cr_expect_str_eq(last_texts[0], "alice");
	cr_expect_str_eq(last_texts[1], "a-1");
	cr_expect_str_eq(last_texts[2], "al");
	cr_expect_eq(p.woken, 0);
}

Test(source_refresh, one_for_all_who_wait)
{
	struct page a = new_page(), b = new_page(), c = new_page();

	cr_expect(start(&a, SOURCE_SOJU, 1, 5));
	cr_expect(start(&b, SOURCE_SOJU, 1, 5));
	cr_expect(start(&c, SOURCE_SOJU, 1, 6));
	cr_expect_eq(nworks, 2, "one for each bouncer");
	finish_first(SOURCE_NEWS);
	cr_expect_eq(a.woken, 1);
	cr_expect_eq(b.woken, 1);
	cr_expect_eq(c.woken, 0);
	finish_first(SOURCE_NEWS);
	cr_expect_eq(c.woken, 1);
}

Test(source_refresh, woken_once_when_all_have_ended)
{
	struct page p = new_page();

	start(&p, SOURCE_SOJU, 1, 5);
	start(&p, SOURCE_KUBE, 1, 5);
	start(&p, SOURCE_TXT, 1, 0);
	start(&p, SOURCE_PICS, 1, 0);
	cr_expect_eq(p.wait.pending, 4);
	for (int i = 0; i < 3; i++) {
		finish_first(i == 1 ? SOURCE_ERROR : SOURCE_NEWS);
		cr_expect_eq(p.woken, 0);
	}
	finish_first(SOURCE_NEWS);
	cr_expect_eq(p.woken, 1);
	cr_expect_eq(p.wait.pending, 0);
}

static const struct {
	enum source_outcome outcomes[2];
	int woken;
} taken[] = {
	{ { SOURCE_TAKEN, SOURCE_TAKEN }, 0 },
	{ { SOURCE_TAKEN, SOURCE_NEWS }, 1 },
	{ { SOURCE_NEWS, SOURCE_TAKEN }, 1 },
	{ { SOURCE_ERROR, SOURCE_TAKEN }, 1 },
};

/* All taken by another process: there is nothing to read yet, so patience decides. */
Test(source_refresh, taken_by_others)
{
	size_t i;

	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct page p = new_page();

		start(&p, SOURCE_TXT, 1, 0);
		start(&p, SOURCE_PICS, 1, 0);
		finish_first(taken[i].outcomes[0]);
		finish_first(taken[i].outcomes[1]);
		cr_expect_eq(p.woken, taken[i].woken, "%zu", i);
		cr_expect_eq(p.wait.pending, 0);
		source_refresh_cancel(&p.wait);
	}
}

Test(source_refresh, cancelled_is_not_woken)
{
	struct page stays = new_page(), *leaves = malloc(sizeof(*leaves));

	*leaves = new_page();
	start(leaves, SOURCE_SOJU, 1, 5);
	start(&stays, SOURCE_SOJU, 1, 5);
	start(leaves, SOURCE_TXT, 1, 0);
	source_refresh_cancel(&leaves->wait);
	source_refresh_cancel(&leaves->wait);
	cr_expect_eq(leaves->wait.pending, 0);
	free(leaves);
	finish_all(SOURCE_NEWS);
	cr_expect_eq(stays.woken, 1);
}

Test(source_refresh, cancel_of_nothing)
{
	struct source_wait never_used = { 0 };

	source_refresh_cancel(&never_used);
}

/* A service that hangs holds a few threads and no more. */
Test(source_refresh, few_run_others_queue_the_rest_go_without)
{
	struct page pages[SOURCE_REFRESH_RUNNING_MAX + SOURCE_REFRESH_QUEUED_MAX + 1], other;
	const int n = (int)(sizeof(pages) / sizeof(pages[0]));
	int i, woken = 0;

	for (i = 0; i < n; i++) {
		pages[i] = new_page();
		cr_expect_eq(start(&pages[i], SOURCE_TXT, 100 + i, 0), i < n - 1, "%d", i);
	}
	cr_expect_eq(nworks, SOURCE_REFRESH_RUNNING_MAX);
	cr_expect_eq(source_refresh_running(SOURCE_TXT), SOURCE_REFRESH_RUNNING_MAX);
	cr_expect_eq(source_refresh_queued(SOURCE_TXT), SOURCE_REFRESH_QUEUED_MAX);
	other = new_page();
	cr_expect(start(&other, SOURCE_PICS, 100, 0), "other services go on");
	cr_expect_eq(nworks, SOURCE_REFRESH_RUNNING_MAX + 1);
	finish_first(SOURCE_NEWS);
	cr_expect_eq(pages[0].woken, 1);
	cr_expect_eq(source_refresh_running(SOURCE_TXT), SOURCE_REFRESH_RUNNING_MAX);
	cr_expect_eq(source_refresh_queued(SOURCE_TXT), SOURCE_REFRESH_QUEUED_MAX - 1);
	finish_all(SOURCE_NEWS);
	for (i = 0; i < n; i++)
		woken += pages[i].woken;
	cr_expect_eq(woken, n - 1);
}

/* A page's patience is short; what it asked for comes all the same, for the next view. */
Test(source_refresh, queued_ones_outlive_those_who_wait)
{
	struct page running[SOURCE_REFRESH_RUNNING_MAX], a = new_page(), b = new_page();
	int i;

	for (i = 0; i < SOURCE_REFRESH_RUNNING_MAX; i++) {
		running[i] = new_page();
		start(&running[i], SOURCE_KUBE, 10 + i, 1);
	}
	start(&a, SOURCE_KUBE, 50, 1);
	start(&b, SOURCE_KUBE, 50, 1);
	source_refresh_cancel(&a.wait);
	source_refresh_cancel(&b.wait);
	cr_expect_eq(source_refresh_queued(SOURCE_KUBE), 1);
	source_refresh_cancel(&running[0].wait);
	cr_expect_eq(
	    source_refresh_running(SOURCE_KUBE), SOURCE_REFRESH_RUNNING_MAX, "what runs goes on");
	finish_all(SOURCE_NEWS);
	cr_expect_eq(last_subject.user_id, 50);
	cr_expect_eq(a.woken + b.woken, 0);
}

/* Waking may do anything: the next page is cancelled, and the same refresh begins anew. */
static struct page second, again;

static void
cancel_second_and_start_again(struct page *p)
{
	(void)p;
	source_refresh_cancel(&second.wait);
	cr_expect(start(&again, SOURCE_TXT, 1, 0));
}

Test(source_refresh, waking_may_cancel_and_start)
{
	struct page first = new_page();

	first.then = cancel_second_and_start_again;
	second = again = new_page();
	start(&first, SOURCE_TXT, 1, 0);
	start(&second, SOURCE_TXT, 1, 0);
	finish_first(SOURCE_NEWS);
	cr_expect_eq(first.woken, 1);
	cr_expect_eq(second.woken, 0);
	cr_expect_eq(nworks, 1);
	finish_first(SOURCE_NEWS);
	cr_expect_eq(again.woken, 1);
}

/* Thousands come and go while things hang. */
Test(source_refresh, storm)
{
	static struct page pages[5000];
	unsigned seed = 7;
	int i;

	for (i = 0; i < 5000; i++) {
		struct page *p = &pages[i];

		*p = new_page();
		start(p, SOURCE_SOJU, rand_r(&seed) % 300, 1 + rand_r(&seed) % 2);
		start(
		    p, (enum source_kind)(SOURCE_TXT + rand_r(&seed) % 2), rand_r(&seed) % 300, 0);
		if (i >= 40)
			source_refresh_cancel(&pages[i - 40].wait);
		if (rand_r(&seed) % 4 == 0 && nworks > 0)
			finish_first((enum source_outcome)(rand_r(&seed) % 3));
		cr_assert_leq(nworks, 3 * SOURCE_REFRESH_RUNNING_MAX);
		cr_assert_leq(source_refresh_queued(SOURCE_SOJU), SOURCE_REFRESH_QUEUED_MAX);
	}
	for (i = 0; i < 5000; i++) {
		source_refresh_cancel(&pages[i].wait);
		cr_assert_leq(pages[i].woken, 1);
		cr_assert_eq(pages[i].wait.pending, 0);
	}
}
