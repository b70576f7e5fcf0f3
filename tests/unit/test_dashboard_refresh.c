/* Which sources of a dashboard are asked, and with whose names. */
#include "dashboard/dashboard_refresh.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/settings.h"
#include "source/source_run.h"
#include "unit/works.h"

static int woken;
static char asked[16][80];
static int nasked;

/* In place of the real one, which needs a database. */
enum source_outcome
source_run(const struct source_subject *s)
{
	snprintf(asked[nasked++], sizeof(asked[0]), "%s %d %d %s %s %s", source_words[s->kind],
	    (int)s->user_id, (int)s->bouncer_id, s->sub != NULL ? s->sub : "-",
	    s->bouncer_name != NULL ? s->bouncer_name : "-",
	    s->soju_username != NULL ? s->soju_username : "-");
	return SOURCE_NEWS;
}

static void
wake(void *arg)
{
	(void)arg;
	woken++;
}

static void
begin(void)
{
	settings.soju_database_url = settings.kubernetes_api_url = "x";
	settings.kubernetes_namespace = settings.txt_internal_url = "x";
	settings.pic_internal_url = "x";
	source_refresh_init(works_add);
}

TestSuite(dashboard_refresh, .init = begin);

static void
finish_all(void)
{
	while (nworks > 0)
		works_finish_first();
}

#define FRESH                                                                                      \
	{                                                                                          \
		995, 995, SOURCE_FINE, false                                                       \
	}
#define OLD                                                                                        \
	{                                                                                          \
		900, 900, SOURCE_FINE, false                                                       \
	}

Test(dashboard_refresh, all_fresh)
{
	struct dashboard_bouncer b = { .id = 5, .soju_state = FRESH, .kube_state = FRESH };
	struct dashboard d = { .read_at = 1000,
		.bouncers = &b,
		.nbouncers = 1,
		.txt_state = FRESH,
		.pics_state = FRESH };
	struct source_wait wait = { .wake = wake };

	cr_expect_eq(dashboard_refresh_start(&d, 7, "sub", &wait), 0);
	cr_expect_eq(nworks, 0);
}

Test(dashboard_refresh, some_old)
{
	struct dashboard_bouncer bouncers[] = {
		{ .id = 5,
		    .name = "five",
		    .soju_username = "al",
		    .soju_state = OLD,
		    .kube_state = FRESH },
		{ .id = 6,
		    .name = "six",
		    .soju_username = "bo",
		    .soju_state = FRESH,
		    .kube_state = OLD },
	};
	struct dashboard d = { .read_at = 1000,
		.bouncers = bouncers,
		.nbouncers = 2,
		.txt_state = OLD,
		.pics_state = FRESH };
	struct source_wait wait = { .wake = wake };

	cr_expect_eq(dashboard_refresh_start(&d, 7, "sub", &wait), 3);
	finish_all();
	cr_expect_eq(woken, 1);
	cr_assert_eq(nasked, 3);
	cr_expect_str_eq(asked[0], "soju 7 5 - five al");
	cr_expect_str_eq(asked[1], "kube 7 6 - six bo");
	cr_expect_str_eq(asked[2], "txt 7 0 sub - -");
}

/* Kubernetes knows nothing of a soju that is shared, and nobody of one that does not run. */
Test(dashboard_refresh, only_those_who_can_tell)
{
	struct dashboard_bouncer bouncers[1 + DASHBOARD_USE__MAX];
	struct dashboard d = { .read_at = 1000,
		.bouncers = bouncers,
		.nbouncers = 1 + DASHBOARD_USE__MAX,
		.txt_state = FRESH,
		.pics_state = FRESH };
	struct source_wait wait = { .wake = wake };

	for (int i = 0; i < (int)d.nbouncers; i++)
		bouncers[i] = (struct dashboard_bouncer){
			.id = 5 + i,
			.name = "some",
			.soju_username = "al",
			.is_shared = i == DASHBOARD_USE__MAX,
			.use = i == DASHBOARD_USE__MAX ? DASHBOARD_USABLE : (enum dashboard_use)i,
			.soju_state = OLD,
			.kube_state = OLD,
		};
	cr_expect_eq(dashboard_refresh_start(&d, 7, "sub", &wait), 3);
	finish_all();
	cr_assert_eq(nasked, 3);
	cr_expect_str_eq(asked[0], "soju 7 5 - some al");
	cr_expect_str_eq(asked[1], "kube 7 5 - some al");
	cr_expect_str_eq(asked[2], "soju 7 11 - some al");
}

Test(dashboard_refresh, not_configured)
{
	struct dashboard d = { .read_at = 1000, .txt_state = OLD, .pics_state = OLD };
	struct source_wait wait = { .wake = wake };

	settings.txt_internal_url = "";
	cr_expect_eq(dashboard_refresh_start(&d, 7, "sub", &wait), 1);
	finish_all();
	cr_expect_str_eq(asked[0], "pics 7 0 sub - -");
}
