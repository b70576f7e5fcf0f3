#include "track/track_batch.h"

#include <string.h>

#include "track/track_shared.h"

#define ID_SPINS 1000

static uint64_t
read_count(const atomic_uint_fast64_t *from)
{
	return atomic_load_explicit(from, memory_order_acquire);
}

/* ---- A new batch: what it tells is settled before it is on its way ---- */

static bool
is_ready(const atomic_int *state)
{
	return atomic_load_explicit(state, memory_order_acquire) == TRACK_READY;
}

/* The time alone is no request: it waits for its bucket, which is counted before it. */
static bool
has_requests(const struct track_request_row *r)
{
	for (int i = 0; i < TRACK_BUCKETS; i++)
		if (read_count(&r->counted[i]) != r->arrived[i])
			return true;
	return false;
}

static size_t
settle_requests(struct track_request_row *r, size_t room)
{
	const bool is_told = room > 0 && is_ready(&r->state) && has_requests(r);

	for (int i = 0; i < TRACK_CELLS; i++)
		r->told[i] = is_told ? read_count(&r->counted[i]) : r->arrived[i];
	return is_told;
}

static size_t
settle_errors(struct track_error_row *r, size_t room)
{
	const uint64_t counted = read_count(&r->counted);
	const bool is_told = room > 0 && is_ready(&r->state) && counted != r->arrived;

	r->told = is_told ? counted : r->arrived;
	return is_told;
}

/* How many rows it tells. */
static size_t
settle(void)
{
	size_t room = TRACK_BATCH_ROWS;

	for (int d = 0; d < TRACK_DAYS; d++) {
		struct track_page *page = &track_shared->pages[d];

		for (int i = 0; i < TRACK_REQUEST_ROWS + TRACK_CLASSES; i++)
			room -= settle_requests(&page->requests[i], room);
		for (int i = 0; i <= TRACK_ERROR_ROWS; i++)
			room -= settle_errors(&page->errors[i], room);
	}
	return TRACK_BATCH_ROWS - room;
}

/* A worker that dies before the last line settles nothing; after it, its follower sends this one.
 */
static bool
begin(bool *is_all)
{
	size_t n;

	*is_all = false;
	if (track_shared->is_on_way)
		return true;
	n = settle();
	if (n == 0)
		return false;
	*is_all = n < TRACK_BATCH_ROWS;
	track_shared->number++;
	atomic_thread_fence(memory_order_seq_cst);
	track_shared->is_on_way = true;
	return true;
}

/* ---- What it tells ---- */

static struct track_requests *
requests_of(struct track_batch *b, int64_t day, const struct track_key *key)
{
	struct track_requests *q = b->requests;

	for (; q < b->requests + b->nrequests; q++)
		if (q->day == day && q->class == key->number && strcmp(q->route, key->route) == 0)
			return q;
	*q = (struct track_requests){ .day = day, .route = key->route, .class = key->number };
	b->nrequests++;
	return q;
}

static void
tell_requests(struct track_batch *b, int64_t day, const struct track_request_row *r)
{
	struct track_requests *to;

	if (memcmp(r->told, r->arrived, sizeof(r->told)) == 0)
		return;
	to = requests_of(b, day, &r->key);
	for (int i = 0; i < TRACK_BUCKETS; i++)
		to->buckets[i] += (int64_t)(r->told[i] - r->arrived[i]);
	to->sum_us += (int64_t)(r->told[TRACK_SUM_US] - r->arrived[TRACK_SUM_US]);
}

static struct track_errors *
errors_of(struct track_batch *b, int64_t day, const struct track_key *key)
{
	struct track_errors *e = b->errors;

	for (; e < b->errors + b->nerrors; e++)
		if (e->day == day && e->status == key->number &&
		    strcmp(e->route, key->route) == 0 && strcmp(e->cause, key->cause) == 0)
			return e;
	*e = (struct track_errors){
		.day = day, .route = key->route, .cause = key->cause, .status = key->number
	};
	b->nerrors++;
	return e;
}

/* NULL where somebody has died while writing it. */
static const char *
copy_id(struct track_error_row *r, struct arena *a)
{
	const char *id = NULL;

	for (int i = 0; i < ID_SPINS && id == NULL; i++)
		if (!atomic_flag_test_and_set_explicit(&r->is_busy, memory_order_acquire)) {
			id = arena_strdup(a, r->id);
			atomic_flag_clear_explicit(&r->is_busy, memory_order_release);
		}
	return id != NULL && *id != '\0' ? id : NULL;
}

static void
tell_errors(struct track_batch *b, struct arena *a, int64_t day, struct track_error_row *r)
{
	struct track_errors *to;

	if (r->told == r->arrived)
		return;
	to = errors_of(b, day, &r->key);
	to->errors += (int64_t)(r->told - r->arrived);
	if (to->first_at == 0 || r->first_at < to->first_at)
		to->first_at = r->first_at;
	if (r->last_at >= to->last_at) {
		to->last_at = r->last_at;
		to->request = copy_id(r, a);
	}
}

bool
track_batch_make(struct track_batch *b, struct arena *a)
{
	bool is_all;

	if (track_shared == NULL || !begin(&is_all))
		return false;
	*b = (struct track_batch){ .sender = track_shared->sender,
		.number = track_shared->number,
		.is_all = is_all,
		.requests = arena_array(a, TRACK_BATCH_ROWS, sizeof(*b->requests)),
		.errors = arena_array(a, TRACK_BATCH_ROWS, sizeof(*b->errors)) };
	for (int d = 0; d < TRACK_DAYS; d++) {
		struct track_page *page = &track_shared->pages[d];

		for (int i = 0; i < TRACK_REQUEST_ROWS + TRACK_CLASSES; i++)
			tell_requests(b, page->day, &page->requests[i]);
		for (int i = 0; i <= TRACK_ERROR_ROWS; i++)
			tell_errors(b, a, page->day, &page->errors[i]);
	}
	return true;
}

/* ---- It has arrived ---- */

static bool
has_news(const struct track_page *page)
{
	for (int i = 0; i < TRACK_REQUEST_ROWS + TRACK_CLASSES; i++)
		if (has_requests(&page->requests[i]))
			return true;
	for (int i = 0; i <= TRACK_ERROR_ROWS; i++)
		if (read_count(&page->errors[i].counted) != page->errors[i].arrived)
			return true;
	return false;
}

/* The latest is where counts go that find no room; and around midnight an answer may still have the
 * page of the day before in its hand. */
static bool
is_over(const struct track_page *page, int64_t today)
{
	const int64_t day = page->day;

	if (day == 0 || (day >= today - 1 && day <= today + 1))
		return false;
	for (int i = 0; i < TRACK_DAYS; i++)
		if (track_shared->pages[i].day > day)
			return !has_news(page);
	return false;
}

static void
make_room(struct track_page *page)
{
	memset(page->requests, 0, sizeof(page->requests));
	memset(page->errors, 0, sizeof(page->errors));
	atomic_store_explicit(&page->day, 0, memory_order_release);
}

/* A worker that dies amid this leaves a batch that seems smaller and has a number that is known. */
void
track_batch_arrived(int64_t now)
{
	if (track_shared == NULL)
		return;
	for (int d = 0; d < TRACK_DAYS; d++) {
		struct track_page *page = &track_shared->pages[d];

		for (int i = 0; i < TRACK_REQUEST_ROWS + TRACK_CLASSES; i++)
			memcpy(page->requests[i].arrived, page->requests[i].told,
			    sizeof(page->requests[i].arrived));
		for (int i = 0; i <= TRACK_ERROR_ROWS; i++)
			page->errors[i].arrived = page->errors[i].told;
	}
	atomic_thread_fence(memory_order_seq_cst);
	track_shared->is_on_way = false;
	for (int d = 0; d < TRACK_DAYS; d++)
		if (is_over(&track_shared->pages[d], track_day(now)))
			make_room(&track_shared->pages[d]);
}
