/*
 * The figures of people: accounts, signups, logins, activity, cohorts, conversion. What they mean
 * is said where each is declared for a scrape (metrics.h). None of them has staff, test or banned
 * accounts in it; days are days in UTC, and "the last n days" are the n complete ones before today.
 * What has nothing to be divided by is not known.
 */
#ifndef USERS_USER_FIGURES_H
#define USERS_USER_FIGURES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/* Their names in the table `figures`; those of cohorts under a month, "2026-01". */
enum user_figure {
	USER_ACCOUNTS,
	USER_SIGNUPS_TODAY,
	USER_SIGNUPS_7D,
	USER_SIGNUPS_30D,
	USER_LOGINS, /* ever: never falls */
	USER_ACTIVE_24H,
	USER_BOUNCER_ACTIVE_24H,
	USER_ACTIVE_1D,
	USER_ACTIVE_7D,
	USER_ACTIVE_30D,
	USER_COHORT_SIGNUPS,
	USER_COHORT_ACTIVE,
	USER_COHORT_RETENTION,
	USER_UPGRADED_30D,
	USER_CONVERSION_30D,
	USER_MATURE_SIGNUPS, /* of the cohort conversion: those 30 to 60 days ago */
	USER_MATURE_CONVERTED,
	USER_MATURE_CONVERSION,
	USER_FIGURE__MAX
};
extern const char *const user_figure_words[USER_FIGURE__MAX];

/*
 * The job: brings events by day up to date, reads all figures and puts them into the table
 * `figures` as of `now` (Unix seconds). Its cost grows with the accounts and with what happened in
 * the last minute, not with history. Blocks: for tasks.
 */
enum err user_figures_refresh(struct db_sync *, struct arena *, int64_t now);

#endif
