/* The tables track_senders, requests_daily and error_log of the accounts database. */
#ifndef TRACK_TRACK_STORE_H
#define TRACK_TRACK_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "track/track.h"

/*
 * Adds a report (track_report.h), all of it or, if one of its sender with this number or a later
 * one has been taken before, nothing. One statement, so that it is never half there. One row:
 * whether it was new. Of a day and service that has TRACK_GROUPS_MAX groups of errors, further ones
 * are put together as "other".
 */
void track_store_add(struct db_query *, const char *report);
#define TRACK_GROUPS_MAX 500

/* ---- For the pages; days are days since 1970, both ends included ---- */

/* Of which service; NULL: of all. */
struct track_range {
	int64_t first_day, last_day;
	const char *service;
};

enum track_order { TRACK_BY_REQUESTS, TRACK_BY_TIME, TRACK_BY_ERRORS };

/* A page over the range. Shown times: sum_us over requests is the mean, the buckets tell more
 * (track_quantile_us()). */
struct track_route {
	const char *service, *route;
	int64_t requests, refused, failed; /* all; answered with 4xx; with 5xx */
	int64_t sum_us, buckets[TRACK_BUCKETS];
};

/*
 * The n pages that were asked for most, took the longest on average, or failed most often. Health
 * checks and figures for Prometheus are left out, here and in days.
 */
void track_store_routes(struct db_query *, const struct track_range *, enum track_order, int n);
enum err track_store_routes_read(
    const PGresult *, struct arena *, struct track_route **, size_t *n);

/* A day that saw requests, of all pages. */
struct track_day {
	int64_t day, requests, refused, failed, sum_us, buckets[TRACK_BUCKETS];
};

/* The earliest first; days without a request have no row. */
void track_store_days(struct db_query *, const struct track_range *);
enum err track_store_days_read(const PGresult *, struct arena *, struct track_day **, size_t *n);

/* A group of errors of one day. */
struct track_group {
	int64_t day;
	const char *service, *route, *cause;
	int64_t status; /* 0: of several */
	int64_t errors, first_at, last_at;
	const char *request; /* the id of the last one; NULL: not known */
};

/*
 * Those with at least that status (500: only what failed; 0: all), the newest first: n of them
 * after the first `skip`.
 */
void track_store_groups(
    struct db_query *, const struct track_range *, int min_status, int skip, int n);
enum err track_store_groups_read(
    const PGresult *, struct arena *, struct track_group **, size_t *n);

/* How many groups a day has; one number. */
void track_store_count_groups(struct db_query *, int64_t day);

/* Deletes days before these many, and senders that were last heard of before TRACK_SENDERS_DAYS;
 * one row, how many rows it were. */
void track_store_purge(struct db_query *, int64_t requests_days, int64_t errors_days);
#define TRACK_SENDERS_DAYS 30

#endif
