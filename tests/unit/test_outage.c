/* Marks of days as spans of time: cases, and the same as a plain walk over each minute finds. */
#include "bouncer/outage.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

#define DAY INT64_C(86400)
#define BEGIN (20000 * DAY)
#define DAYS_MAX 3
#define MARKS_MAX 12

struct day_case {
	int day, last_minute; /* counted from BEGIN */
	size_t nmarks;
	int16_t marks[MARKS_MAX];
};

struct span_case {
	const char *what;
	struct day_case days[DAYS_MAX];
	size_t ndays;
	int64_t now; /* seconds after BEGIN */
	const char *spans;
};

/* "u" not known, "+" up, "-" down, "o" off; from and until in minutes after BEGIN. */
static const struct span_case cases[] = {
	{ "no row", { { 0 } }, 0, DAY, "" },
	{ "marks of none", { { 0, 100, 0, { 0 } } }, 1, 7200, "u0-120" },
	{ "all up", { { 0, 1439, 2, { 0, 1 } } }, 1, DAY, "+0-1440" },
	{ "begins late", { { 0, 1439, 2, { 600, 1 } } }, 1, DAY, "u0-600 +600-1440" },
	{ "down for a while", { { 0, 1439, 6, { 0, 1, 130, 2, 145, 1 } } }, 1, DAY,
	    "+0-130 -130-145 +145-1440" },
	{ "gap", { { 0, 1439, 6, { 0, 1, 130, 0, 145, 1 } } }, 1, DAY,
	    "+0-130 u130-145 +145-1440" },
	{ "samples end", { { 0, 99, 2, { 0, 1 } } }, 1, DAY, "+0-100 u100-1440" },
	{ "not known between two downs", { { 0, 29, 6, { 0, 2, 10, 0, 20, 2 } } }, 1, 1800,
	    "-0-10 u10-20 -20-30" },
	{ "off is not down", { { 0, 29, 4, { 0, 3, 10, 2 } } }, 1, 1800, "o0-10 -10-30" },
	{ "over midnight", { { 0, 1439, 4, { 0, 1, 1430, 2 } }, { 1, 1439, 4, { 0, 2, 5, 1 } } }, 2,
	    2 * DAY, "+0-1430 -1430-1445 +1445-2880" },
	{ "a minute lost at midnight", { { 0, 1439, 2, { 0, 2 } }, { 1, 9, 2, { 1, 2 } } }, 2,
	    DAY + 600, "-0-1450" },
	{ "three minutes from sample to sample at midnight",
	    { { 0, 1438, 2, { 0, 1 } }, { 1, 9, 2, { 1, 1 } } }, 2, DAY + 600,
	    "+0-1439 u1439-1441 +1441-1450" },
	{ "a day without a row", { { 0, 1439, 2, { 0, 1 } }, { 2, 1439, 2, { 0, 2 } } }, 2, 3 * DAY,
	    "+0-1440 u1440-2880 -2880-4320" },
	{ "now inside of today", { { 0, 59, 4, { 0, 1, 30, 2 } } }, 1, 2700, "+0-30 -30-45" },
	{ "the next sample is not due yet", { { 0, 59, 2, { 0, 2 } } }, 1, 3600 + 119, "-0-61" },
	{ "the next sample is overdue", { { 0, 59, 2, { 0, 2 } } }, 1, 3600 + 120, "-0-60 u60-62" },
	{ "now before it all", { { 0, 59, 2, { 0, 1 } } }, 1, -60, "" },
	{ "the same mark again", { { 0, 29, 4, { 0, 2, 10, 2 } } }, 1, 1800, "-0-30" },
	{ "broken: half a mark", { { 0, 29, 3, { 0, 2, 10 } } }, 1, 1800, "-0-30" },
	{ "broken: a mark that is none", { { 0, 29, 4, { 0, 9, 10, -1 } } }, 1, 1800, "u0-30" },
	{ "broken: going back", { { 0, 29, 6, { 10, 2, 5, 1, 20, 3 } } }, 1, 1800,
	    "u0-10 -10-20 o20-30" },
	{ "broken: beyond the last", { { 0, 29, 6, { 0, 2, 40, 1, 9999, 1 } } }, 1, 1800, "-0-30" },
	{ "broken: before the day", { { 0, 29, 4, { -7, 2, 3, 1 } } }, 1, 1800, "u0-3 +3-30" },
	{ "broken: a last minute of the next day", { { 0, 1440, 2, { 0, 1 } } }, 1, DAY,
	    "u0-1440" },
	{ "broken: no last minute", { { 0, -1, 2, { 0, 1 } } }, 1, DAY, "u0-1440" },
	{ "broken: the same day twice", { { 0, 9, 2, { 0, 1 } }, { 0, 1439, 2, { 0, 2 } } }, 2, 600,
	    "+0-10" },
};

static size_t
read_days(struct bouncer_day *days, const struct day_case *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		days[i] = (struct bouncer_day){ .day = BEGIN + from[i].day * DAY,
			.network = "",
			.marks = from[i].marks,
			.nmarks = from[i].nmarks,
			.last_minute = from[i].last_minute };
	return n;
}

static void
write_spans(struct strbuf *out, const struct span_list *l)
{
	static const char signs[MARK__MAX] = "u+-o";

	for (size_t i = 0; i < l->n; i++)
		strbuf_printf(out, "%s%c%" PRId64 "-%" PRId64, i > 0 ? " " : "",
		    signs[l->v[i].mark], (l->v[i].from - BEGIN) / 60, (l->v[i].until - BEGIN) / 60);
}

Test(outage, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bouncer_day days[DAYS_MAX];
		struct arena arena = { 0 };
		struct strbuf found = { 0 };
		struct span_list l;

		read_days(days, cases[i].days, cases[i].ndays);
		outage_spans(&l, &arena, days, cases[i].ndays, BEGIN + cases[i].now);
		write_spans(&found, &l);
		cr_expect_str_eq(strbuf_text(&found), cases[i].spans, "%s: %s", cases[i].what,
		    strbuf_text(&found));
		strbuf_free(&found);
		arena_free(&arena);
	}
}

/* ---- Against a plain walk ---- */

#define MODEL_DAYS 3
#define MODEL_MINUTES (MODEL_DAYS * 1440)

struct model {
	enum mark minutes[MODEL_MINUTES];
	struct bouncer_day days[MODEL_DAYS];
	int16_t marks[MODEL_DAYS][2880];
	size_t ndays;
	int last; /* minute of the last sample; -1: none */
};

/* A sample each minute, mostly; states in runs. What it was in between follows at once. */
static void
make_model(struct model *m)
{
	enum mark mark = MARK_UP;

	m->ndays = 0;
	m->last = -1;
	for (int i = 0; i < MODEL_MINUTES; i++) {
		struct bouncer_day *d;

		m->minutes[i] = MARK_UNKNOWN;
		if (rand() % 40 == 0)
			mark = (enum mark)(1 + rand() % 3);
		if (rand() % 200 == 0)
			i += rand() % (rand() % 20 == 0 ? 2000 : 4);
		if (i >= MODEL_MINUTES)
			break;
		if (m->last >= 0 && i - m->last <= 2)
			for (int j = m->last + 1; j < i; j++)
				m->minutes[j] = m->minutes[m->last];
		m->minutes[i] = mark;
		d = m->ndays > 0 ? &m->days[m->ndays - 1] : NULL;
		if (d == NULL || d->day != BEGIN + i / 1440 * DAY) {
			d = &m->days[m->ndays];
			*d = (struct bouncer_day){ .day = BEGIN + i / 1440 * DAY,
				.marks = m->marks[m->ndays++],
				.last_minute = -1 };
		}
		if (d->nmarks > 0 && i % 1440 - d->last_minute > 2) {
			m->marks[m->ndays - 1][d->nmarks++] = (int16_t)(d->last_minute + 1);
			m->marks[m->ndays - 1][d->nmarks++] = MARK_UNKNOWN;
		}
		if (d->nmarks == 0 || m->marks[m->ndays - 1][d->nmarks - 1] != (int16_t)mark) {
			m->marks[m->ndays - 1][d->nmarks++] = (int16_t)(i % 1440);
			m->marks[m->ndays - 1][d->nmarks++] = (int16_t)mark;
		}
		d->last_minute = i % 1440;
		m->last = i;
	}
}

/* Gaps that were jumped over have no sample: all minutes begin as not known. */
static void
clear(struct model *m)
{
	for (int i = 0; i < MODEL_MINUTES; i++)
		m->minutes[i] = MARK_UNKNOWN;
}

static enum mark
expected_at(const struct model *m, int minute, int now)
{
	if (m->last >= 0 && minute > m->last)
		return now - m->last <= 2 ? m->minutes[m->last] : MARK_UNKNOWN;
	return m->minutes[minute];
}

static void
compare(const struct model *m, struct arena *a, int now)
{
	struct span_list l;
	int first;

	outage_spans(&l, a, m->days, m->ndays, BEGIN + now * INT64_C(60));
	if (m->ndays == 0) {
		cr_assert_eq(l.n, 0);
		return;
	}
	first = (int)((m->days[0].day - BEGIN) / 60);
	for (size_t i = 0; i < l.n; i++) {
		cr_assert_eq(l.v[i].from, i > 0 ? l.v[i - 1].until : m->days[0].day);
		cr_assert(l.v[i].from < l.v[i].until);
		cr_assert(i == 0 || l.v[i].mark != l.v[i - 1].mark);
		for (int64_t t = l.v[i].from; t < l.v[i].until; t += 60)
			cr_assert_eq(l.v[i].mark,
			    expected_at(m, (int)((t - BEGIN) / 60), now < m->last ? m->last : now),
			    "minute %d", (int)((t - BEGIN) / 60));
	}
	cr_assert(now <= first || (l.n > 0 && l.v[l.n - 1].until == BEGIN + now * INT64_C(60)));
}

Test(outage, spans_are_what_each_minute_was)
{
	static struct model m;

	srand(20250707);
	for (int i = 0; i < 300; i++) {
		struct arena arena = { 0 };

		clear(&m);
		make_model(&m);
		compare(&m, &arena, MODEL_MINUTES);
		compare(&m, &arena, m.last + 1 + rand() % 4);
		compare(&m, &arena, rand() % MODEL_MINUTES);
		arena_free(&arena);
	}
}

/* ---- Outages and availability ---- */

Test(outage, list_has_downs_that_last_newest_first)
{
	struct span spans[] = { { 0, 60, MARK_DOWN }, { 60, 120, MARK_UP }, { 120, 420, MARK_DOWN },
		{ 420, 900, MARK_OFF }, { 900, 1200, MARK_UNKNOWN }, { 1200, 1319, MARK_DOWN } };
	struct span_list all = { spans, sizeof(spans) / sizeof(spans[0]) }, none = { 0 }, l;
	struct arena arena = { 0 };

	outage_list(&l, &arena, &all, 0);
	cr_assert_eq(l.n, 3);
	cr_expect_eq(l.v[0].from, 1200);
	cr_expect_eq(l.v[1].from, 120);
	cr_expect_eq(l.v[2].from, 0);
	outage_list(&l, &arena, &all, 120);
	cr_assert_eq(l.n, 1);
	cr_expect_eq(l.v[0].until, 420);
	outage_list(&l, &arena, &none, 0);
	cr_expect_eq(l.n, 0);
	arena_free(&arena);
}

Test(outage, availability)
{
	static const struct {
		struct bouncer_day days[2];
		size_t n;
		int64_t expected;
	} t[] = {
		{ { { 0 } }, 0, -1 },
		{ { { .samples = 0 } }, 1, -1 },
		{ { { .samples = 10, .off = 10 } }, 1, -1 },
		{ { { .samples = 1440, .up = 1440 } }, 1, 10000 },
		{ { { .samples = 14400, .up = 14399 } }, 1, 9999 },
		{ { { .samples = 30, .up = 10, .off = 10 } }, 1, 5000 },
		{ { { .samples = 3, .up = 1 } }, 1, 3333 },
		{ { { .samples = 10, .up = 10 }, { .samples = 30, .up = 0 } }, 2, 2500 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		cr_expect_eq(outage_availability(t[i].days, t[i].n), t[i].expected, "%zu", i);
}
