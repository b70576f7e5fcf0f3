/* Counting over a made-up table: exact, in small steps, from where it stopped. */
#include "source/source_count.h"

#include <criterion/criterion.h>

#define IDS 3000000

/* The table: ids 1 … highest, of which `is_message` are messages. Time passes with the ids read. */
struct table {
	int64_t highest, ids_per_us, now_us, fails_at;
	int64_t rows_read, queries, widest;
	int64_t missing[4]; /* ids that are not visible */
};

static bool
is_message(const struct table *t, int64_t id)
{
	for (size_t i = 0; i < 4; i++)
		if (t->missing[i] == id)
			return false;
	return id % 3 != 0;
}

static enum err
between(void *arg, int64_t after, int64_t upto, int64_t *messages)
{
	struct table *t = arg;
	int64_t id;

	t->queries++;
	if (t->fails_at > 0 && upto >= t->fails_at)
		return ERR_UNAVAILABLE;
	if (upto - after > t->widest)
		t->widest = upto - after;
	t->rows_read += upto - after;
	t->now_us += 200 + (upto - after) / t->ids_per_us;
	*messages = 0;
	for (id = after + 1; id <= upto && id <= t->highest; id++)
		*messages += is_message(t, id);
	return ERR_OK;
}

static int64_t
table_clock(void *arg)
{
	return ((struct table *)arg)->now_us;
}

static int64_t
truth(const struct table *t)
{
	int64_t id, n = 0;

	for (id = 1; id <= t->highest; id++)
		n += is_message(t, id);
	return n;
}

static const struct source_count nothing = { .recount_id = -1, .recount_messages = -1 };

/* A refresh; what was seen in the one before is settled, as 10 s have passed. */
static bool
refresh(struct source_count *c, struct table *t, int64_t budget_us, int64_t *total)
{
	const struct source_count_rows rows = { between, table_clock, t };

	c->settled_id = c->seen_id > c->id ? c->seen_id : c->id;
	return source_count_continue(c, &rows, t->highest, t->now_us + budget_us, total);
}

Test(source_count, error_keeps_the_progress)
{
	struct table t = { .highest = IDS, .ids_per_us = 10, .fails_at = 500000 };
	struct source_count c = nothing;
	int64_t total = -7, id;

	c.seen_id = IDS;
	cr_expect_not(refresh(&c, &t, 10000000, &total));
	cr_expect_eq(total, -7);
	cr_expect_gt(c.id, 0);
	id = c.id;
	t.fails_at = 0;
	t.rows_read = 0;
	cr_expect(refresh(&c, &t, 10000000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(t.rows_read, IDS - id);
}

Test(source_count, empty)
{
	struct table t = { .highest = 0, .ids_per_us = 10 };
	struct source_count c = nothing;
	int64_t total = -7;

	cr_expect(refresh(&c, &t, 1000, &total));
	cr_expect_eq(total, 0);
	cr_expect_eq(t.queries, 0);
}

Test(source_count, small_is_known_at_once)
{
	struct table t = { .highest = 1000, .ids_per_us = 10 };
	struct source_count c = nothing;
	int64_t total;

	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.id, 0, "nothing is settled yet");
	cr_expect_eq(c.seen_id, 1000);
}

/* The history is read once, in the background, over several refreshes; each keeps to its time. */
Test(source_count, long_history_over_several_refreshes)
{
	struct table t = { .highest = IDS, .ids_per_us = 2 };
	struct source_count c = nothing;
	int64_t total, before, refreshes = 0;
	bool is_known;

	do {
		before = t.now_us;
		is_known = refresh(&c, &t, 300000, &total);
		cr_expect_lt(t.now_us - before, 1000000);
	} while (!is_known && ++refreshes < 50);
	cr_expect(is_known);
	cr_expect_gt(refreshes, 2);
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.id, IDS);
	t.rows_read = 0;
	t.highest += 10;
	cr_expect(refresh(&c, &t, 300000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(t.rows_read, 10, "never again the history");
}

Test(source_count, steps_fit_the_speed)
{
	struct table slow = { .highest = IDS, .ids_per_us = 1 };
	struct table quick = { .highest = IDS, .ids_per_us = 1000 };
	struct source_count c = nothing;
	int64_t total;

	c.seen_id = IDS;
	refresh(&c, &slow, 100000000, &total);
	cr_expect_leq(slow.widest, 300000);
	c = nothing;
	c.seen_id = IDS;
	refresh(&c, &quick, 100000000, &total);
	cr_expect_lt(quick.queries, 15);
}

/* Id 8 is seen, then 7 commits: whatever came late within 10 s is counted. */
Test(source_count, late_commits)
{
	struct table t = { .highest = 100, .ids_per_us = 10, .missing = { 98, 97 } };
	struct source_count c = nothing;
	int64_t total;

	refresh(&c, &t, 100000, &total);
	cr_expect_eq(total, truth(&t));
	t.missing[0] = t.missing[1] = 0;
	t.highest = 105;
	t.missing[2] = 104;
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.id, 100, "remembered only up to what was seen before");
	t.missing[2] = 0;
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
}

Test(source_count, recount_finds_deletions)
{
	struct table t = { .highest = 1000, .ids_per_us = 10 };
	struct source_count c = nothing;
	int64_t total;

	refresh(&c, &t, 100000, &total);
	refresh(&c, &t, 100000, &total);
	t.missing[0] = 4;
	t.missing[1] = 5;
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t) + 2, "nothing below what is counted is read");
	c.recount_id = c.recount_messages = 0;
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.recount_id, -1);
	cr_expect_eq(c.recount_messages, -1);
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
}

/* The figure stays known while a long recount goes on. */
Test(source_count, recount_over_several_refreshes)
{
	struct table t = { .highest = IDS, .ids_per_us = 2 };
	struct source_count c = { .id = IDS, .messages = 5, .seen_id = IDS };
	int64_t total, refreshes = 0;

	while (c.recount_id >= 0 && refreshes++ < 50) {
		cr_expect(refresh(&c, &t, 300000, &total));
		cr_expect_eq(total, c.recount_id >= 0 ? 5 : truth(&t));
	}
	cr_expect_gt(refreshes, 2);
	cr_expect_eq(c.messages, truth(&t));
}

Test(source_count, another_database_starts_over)
{
	struct table t = { .highest = 50, .ids_per_us = 10 };
	struct source_count c = { .id = 1000,
		.messages = 700,
		.seen_id = 1000,
		.recount_id = 10,
		.recount_messages = 7 };
	int64_t total;

	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.recount_id, -1);
	cr_expect(refresh(&c, &t, 100000, &total));
	cr_expect_eq(total, truth(&t));
	cr_expect_eq(c.id, 50);
}
