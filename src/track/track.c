#include "track/track.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/shared_memory.h"
#include "track/track_shared.h"

#define DAY_S 86400
#define AT_MAX INT64_C(253402300799) /* the end of the year 9999: later is no clock */
#define CLAIM_SPINS 1000	     /* somebody writes a key of 130 bytes meanwhile, or is dead */

const int64_t track_bounds_us[TRACK_BUCKETS - 1] = { 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, 5000000, 10000000 };

struct track_shared *track_shared;

/* A random UUID, version 4. */
static void
draw_sender(char out[37])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
	    b[14], b[15]);
}

void
track_init(void)
{
	track_shared = shared_memory_new(sizeof(*track_shared));
	draw_sender(track_shared->sender);
}

/* What a clock without a battery says, and what no clock says, are still moments. */
static int64_t
moment(int64_t at)
{
	return at < DAY_S ? DAY_S : at > AT_MAX ? AT_MAX : at;
}

int64_t
track_day(int64_t at)
{
	return moment(at) / DAY_S;
}

/* ---- The page of a day ---- */

static struct track_page *
find_page(int64_t day)
{
	for (int i = 0; i < TRACK_DAYS; i++)
		if (atomic_load_explicit(&track_shared->pages[i].day, memory_order_acquire) == day)
			return &track_shared->pages[i];
	return NULL;
}

/* Of two that do this at once, one takes the page and the other finds it taken, for the same day.
 */
static struct track_page *
take_page(int64_t day)
{
	int_fast64_t was;

	for (int i = 0; i < TRACK_DAYS; i++) {
		was = 0;
		if (atomic_compare_exchange_strong(&track_shared->pages[i].day, &was, day) ||
		    was == day)
			return &track_shared->pages[i];
	}
	return NULL;
}

static struct track_page *
latest_page(void)
{
	struct track_page *latest = &track_shared->pages[0];

	for (int i = 1; i < TRACK_DAYS; i++)
		if (track_shared->pages[i].day > latest->day)
			latest = &track_shared->pages[i];
	return latest;
}

static struct track_page *
page_of(int64_t day)
{
	struct track_page *page = find_page(day);

	if (page == NULL)
		page = take_page(day);
	return page != NULL ? page : latest_page();
}

/* ---- Rows ---- */

/* Cut, printable ASCII only, never empty; FNV-1a goes on over it. */
static uint32_t
keep_text(char *out, size_t max, const char *in, uint32_t hash)
{
	size_t i = 0;

	if (in == NULL || *in == '\0')
		in = "unknown";
	for (; i < max && in[i] != '\0'; i++) {
		out[i] = in[i] >= ' ' && in[i] <= '~' ? in[i] : '?';
		hash = (hash ^ (unsigned char)out[i]) * 16777619u;
	}
	out[i] = '\0';
	return (hash ^ 0xff) * 16777619u;
}

static void
make_key(struct track_key *key, int number, const char *route)
{
	key->number = number;
	key->hash = keep_text(
	    key->route, TRACK_ROUTE_MAX, route, 2166136261u ^ (uint32_t)number * 16777619u);
	key->cause[0] = '\0';
}

static void
add_cause(struct track_key *key, const char *cause)
{
	key->hash = keep_text(key->cause, TRACK_CAUSE_MAX, cause, key->hash);
}

static bool
is_same(const struct track_key *a, const struct track_key *b)
{
	return a->hash == b->hash && a->number == b->number && strcmp(a->route, b->route) == 0 &&
	       strcmp(a->cause, b->cause) == 0;
}

/* Whether the row is that of the key; it becomes so if it is free. */
static bool
is_row_of(atomic_int *state, struct track_key *at, const struct track_key *key)
{
	int seen = atomic_load_explicit(state, memory_order_acquire);

	if (seen == TRACK_FREE && atomic_compare_exchange_strong(state, &seen, TRACK_CLAIMED)) {
		*at = *key;
		atomic_store_explicit(state, TRACK_READY, memory_order_release);
		return true;
	}
	for (int i = 0; seen == TRACK_CLAIMED && i < CLAIM_SPINS; i++)
		seen = atomic_load_explicit(state, memory_order_acquire);
	return seen == TRACK_READY && is_same(at, key);
}

static struct track_request_row *
request_row(struct track_page *page, const struct track_key *key)
{
	for (unsigned i = 0; i < TRACK_REQUEST_ROWS; i++) {
		struct track_request_row *r = &page->requests[(key->hash + i) % TRACK_REQUEST_ROWS];

		if (is_row_of(&r->state, &r->key, key))
			return r;
	}
	return NULL;
}

static struct track_error_row *
error_row(struct track_page *page, const struct track_key *key)
{
	for (unsigned i = 0; i < TRACK_ERROR_ROWS; i++) {
		struct track_error_row *r = &page->errors[(key->hash + i) % TRACK_ERROR_ROWS];

		if (is_row_of(&r->state, &r->key, key))
			return r;
	}
	return NULL;
}

/* The places of "other" have no key before somebody needs them: all would write the same. */
static struct track_request_row *
other_request(struct track_page *page, int class)
{
	struct track_request_row *r = &page->requests[TRACK_REQUEST_ROWS + class];
	struct track_key key;

	make_key(&key, class, "other");
	is_row_of(&r->state, &r->key, &key);
	return r;
}

static struct track_error_row *
other_error(struct track_page *page)
{
	struct track_error_row *r = &page->errors[TRACK_ERROR_ROWS];
	struct track_key key;

	make_key(&key, 0, "other");
	add_cause(&key, "other");
	is_row_of(&r->state, &r->key, &key);
	return r;
}

/* ---- Counting ---- */

static void
add(atomic_uint_fast64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static int
bucket_of(int64_t us)
{
	int i = 0;

	while (i < TRACK_BUCKETS - 1 && us > track_bounds_us[i])
		i++;
	return i;
}

static void
count_request(struct track_page *page, const struct track_answer *a)
{
	const int64_t us = a->duration_us > 0 ? a->duration_us : 0;
	const int class = a->status / 100;
	struct track_request_row *r;
	struct track_key key;

	make_key(&key, class, a->route);
	r = request_row(page, &key);
	if (r == NULL)
		r = other_request(page, class);
	add(&r->counted[bucket_of(us)], 1);
	add(&r->counted[TRACK_SUM_US], (uint64_t)us);
}

static void
keep_earliest(atomic_int_fast64_t *cell, int64_t at)
{
	int_fast64_t was = *cell;

	while ((was == 0 || at < was) && !atomic_compare_exchange_weak(cell, &was, at))
		;
}

static void
keep_latest(atomic_int_fast64_t *cell, int64_t at)
{
	int_fast64_t was = *cell;

	while (at > was && !atomic_compare_exchange_weak(cell, &was, at))
		;
}

/* Whoever finds somebody at it leaves it: that one is as good a last one. */
static void
keep_id(struct track_error_row *r, const char *id)
{
	if (id == NULL || atomic_flag_test_and_set_explicit(&r->is_busy, memory_order_acquire))
		return;
	keep_text(r->id, TRACK_REQUEST_ID_MAX, id, 0);
	atomic_flag_clear_explicit(&r->is_busy, memory_order_release);
}

/* The count comes last: what is counted has its times. */
static void
count_error(struct track_page *page, const struct track_answer *a)
{
	struct track_error_row *r;
	struct track_key key;

	make_key(&key, a->status, a->route);
	add_cause(&key, a->cause);
	r = error_row(page, &key);
	if (r == NULL)
		r = other_error(page);
	keep_earliest(&r->first_at, moment(a->at));
	keep_latest(&r->last_at, moment(a->at));
	keep_id(r, a->id);
	atomic_fetch_add_explicit(&r->counted, 1, memory_order_release);
}

void
track_count(const struct track_answer *a)
{
	struct track_page *page;

	if (track_shared == NULL || a->status < 100 || a->status > 599)
		return;
	page = page_of(track_day(a->at));
	count_request(page, a);
	if (a->status >= 400)
		count_error(page, a);
}

/* ---- For who reads them ---- */

int64_t
track_quantile_us(const int64_t buckets[TRACK_BUCKETS], double quantile, bool *is_more)
{
	int64_t all = 0, below = 0, low = 0;
	double rank;

	*is_more = false;
	for (int i = 0; i < TRACK_BUCKETS; i++)
		all += buckets[i];
	rank = quantile * (double)all;
	for (int i = 0; i < TRACK_BUCKETS - 1 && all > 0; i++) {
		const int64_t high = track_bounds_us[i];

		if (buckets[i] > 0 && (double)(below + buckets[i]) >= rank)
			return low + (int64_t)((double)(high - low) * (rank - (double)below) /
					       (double)buckets[i]);
		below += buckets[i];
		low = high;
	}
	*is_more = all > 0;
	return low * (all > 0);
}
