/*
 * Charts: every state against a golden file, and what must hold whatever the values are. What is
 * written is XML as well as HTML, so each output goes through a small strict reader.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/chart_parts.h"
#include "base/template.h"
#include "files.h"
#include "site/style_charts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SAMPLE_START INT64_C(1763683200) /* Friday, 2025-11-21 */
#define SAMPLE_DAY INT64_C(86400)
#define DEPTH_MAX 32
#define IDS_MAX 64

/* --- The strict reader --- */

struct reader {
	const char *what, *s;
	char names[DEPTH_MAX][24];
	size_t depth;
	char ids[IDS_MAX][64];
	size_t nids;
};

#define must(r, promise)                                                                           \
	cr_assert(promise, "%s: %s is broken at: %.60s", (r)->what, #promise, (r)->s)

static void
read_reference(struct reader *r)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	size_t i = 0;

	while (i < COUNT(known) && strncmp(r->s, known[i], strlen(known[i])) != 0)
		i++;
	must(r, i < COUNT(known));
	r->s += strlen(known[i]);
}

/* Percentages stay in the picture, and what begins or ends below it too. */
static void
check_place(struct reader *r, const char *name, const char *value)
{
	double n = strtod(value, NULL);

	if (strchr(value, '%') != NULL)
		must(r, n >= 0 && n <= 100);
	if (strcmp(name, "y1") == 0 || strcmp(name, "y2") == 0 || strcmp(name, "height") == 0)
		must(r, n >= 0 && n <= 260);
	must(r, strcmp(name, "style") != 0 && strncmp(name, "on", 2) != 0);
}

static void
read_attribute(struct reader *r)
{
	char name[32] = "", value[4096] = "";
	size_t n = 0, len = 0;

	while (isalpha((unsigned char)*r->s) || isdigit((unsigned char)*r->s) || *r->s == '-' ||
	       *r->s == 'B')
		name[n++ % 31] = *r->s++;
	must(r, n > 0 && r->s[0] == '=' && r->s[1] == '"');
	for (r->s += 2; *r->s != '"'; r->s++) {
		must(r, *r->s != '\0' && *r->s != '<' && (*r->s != '&' || strchr(r->s, ';')));
		if (len < sizeof(value) - 1)
			value[len++] = *r->s;
	}
	r->s++;
	must(r, *r->s == ' ' || *r->s == '>' || *r->s == '/');
	check_place(r, name, value);
	if (strcmp(name, "id") != 0)
		return;
	for (n = 0; n < r->nids; n++)
		must(r, strcmp(r->ids[n], value) != 0);
	must(r, r->nids < IDS_MAX && len < sizeof(r->ids[0]));
	memcpy(r->ids[r->nids++], value, len + 1);
}

static void
read_tag(struct reader *r)
{
	char name[24] = "";
	bool is_end = *++r->s == '/';
	size_t n = 0;

	r->s += is_end;
	while (isalnum((unsigned char)*r->s) && n < sizeof(name) - 1)
		name[n++] = *r->s++;
	must(r, n > 0);
	if (is_end) {
		must(r, *r->s++ == '>' && r->depth > 0);
		must(r, strcmp(r->names[--r->depth], name) == 0);
		return;
	}
	while (*r->s == ' ') {
		r->s++;
		read_attribute(r);
	}
	if (*r->s == '/') {
		must(r, *++r->s == '>');
	} else {
		must(r, *r->s == '>' && r->depth < DEPTH_MAX);
		memcpy(r->names[r->depth++], name, sizeof(name));
	}
	r->s++;
}

/* Where the pen goes along a path of M, l, V, H, h and z; never out of the box. */
static void
check_path(struct reader *r, const char *d, long width, long height)
{
	long x = 0, y = 0;
	char command = 'M', *end;

	for (; *d != '"'; d = end) {
		while (*d == ' ')
			d++;
		if (strchr("MlVHhz", *d) != NULL)
			command = *d++;
		end = (char *)d;
		if (command == 'z')
			continue;
		if (command == 'V')
			y = strtol(d, &end, 10);
		else
			x = strtol(d, &end, 10) + (command == 'l' || command == 'h' ? x : 0);
		if (command == 'M' || command == 'l')
			y = strtol(end, &end, 10) + (command == 'l' ? y : 0);
		must(r, end > d && x >= 0 && x <= width && y >= 0 && y <= height);
	}
}

static void
check_boxes(struct reader *r)
{
	const char *box = r->s, *end, *d;
	char *rest;
	long width, height;

	while ((box = strstr(box, "viewBox=\"0 0 ")) != NULL) {
		width = strtol(box + strlen("viewBox=\"0 0 "), &rest, 10);
		height = strtol(rest, &rest, 10);
		must(r, width >= 1 && height == 2000);
		end = strstr(rest, "</svg>");
		for (d = rest; (d = strstr(d, " d=\"")) != NULL && d < end; d++)
			check_path(r, d + strlen(" d=\""), width, height);
		box = rest;
	}
}

/* Well formed, ids once, nothing that is no number, no style and no script. */
static void
check_markup(const char *what, const struct strbuf *out)
{
	static struct reader r;

	memset(&r, 0, sizeof(r));
	r.what = what;
	r.s = strbuf_text(out);
	while (*r.s != '\0')
		if (*r.s == '<')
			read_tag(&r);
		else if (*r.s == '&')
			read_reference(&r);
		else
			must(&r, *r.s++ != '>');
	must(&r, r.depth == 0);
	r.s = strbuf_text(out);
	check_boxes(&r);
	must(&r, strstr(r.s, "nan") == NULL && strstr(r.s, "inf") == NULL);
	must(&r, strstr(r.s, "<script") == NULL && strstr(r.s, "<style") == NULL);
}

/* --- Golden files --- */

Test(chart, golden)
{
	for (size_t i = 0; i < style_ncharts; i++) {
		struct chart c = style_chart(&style_charts[i]);
		struct strbuf out = { 0 };
		char file[64];

		cr_assert_eq(chart_figure(&out, &c), ERR_OK);
		check_markup(style_charts[i].name, &out);
		snprintf(file, sizeof(file), "chart_%s.html", style_charts[i].name);
		golden_check(file, &out);
		strbuf_free(&out);
	}
}

Test(chart, golden_sparks)
{
	struct strbuf out = { 0 };

	for (size_t i = 0; i < style_ncharts; i++) {
		struct chart c = style_chart(&style_charts[i]);

		if (i % 3 != 0 && style_charts[i].n > 20)
			continue;
		cr_assert_eq(chart_spark(&out, &c), ERR_OK);
		strbuf_putc(&out, '\n');
	}
	check_markup("sparks", &out);
	golden_check("chart_sparks.html", &out);
	strbuf_free(&out);
}

Test(chart, golden_heat)
{
	struct chart_heat h = style_heat();
	struct strbuf out = { 0 };

	cr_assert_eq(chart_heat(&out, &h), ERR_OK);
	check_markup("heat", &out);
	golden_check("chart_heat.html", &out);
	strbuf_clear(&out);
	h.nrows = 0;
	cr_assert_eq(chart_heat(&out, &h), ERR_OK);
	cr_expect_null(strstr(strbuf_text(&out), "<table"));
	strbuf_free(&out);
}

/* --- In a page: a HTML field, shown by the long spelling --- */

#define CHART_PAGE(F) F(TEXT, title) F(HTML, growth)
VIEW_DECLARE(chart_page, CHART_PAGE)
VIEW_DEFINE(chart_page, CHART_PAGE)

static const char *
page_source(const char *file, void *arg)
{
	(void)arg;
	return strcmp(file, "chart_page.html") == 0
		   ? "<h1>{{title}}</h1>{{#growth}}<div>{{raw growth}}</div>{{/growth}}"
		   : NULL;
}

Test(chart, in_a_page)
{
	struct chart c = style_chart(&style_charts[9]);
	struct strbuf chart = { 0 }, out = { 0 }, error = { 0 };
	struct chart_page_view view = { .title = "Growth" };

	cr_assert_eq(template_bind(&chart_page_view_type, page_source, NULL, &error), ERR_OK, "%s",
	    strbuf_text(&error));
	cr_assert_eq(chart_figure(&chart, &c), ERR_OK);
	view.growth = strbuf_text(&chart);
	template_render(&chart_page_view_type, &view, &out);
	check_markup("page", &out);
	cr_expect_not_null(strstr(strbuf_text(&out), strbuf_text(&chart)));
	template_unbind(&chart_page_view_type);
	strbuf_free(&chart);
	strbuf_free(&out);
}

/* --- What makes no sense --- */

Test(chart, refused)
{
	struct chart good = style_chart(&style_charts[0]), bad[12];
	struct strbuf out = { 0 };
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		bad[i] = good;
	bad[0].id = NULL;
	bad[1].id = "";
	bad[2].id = "1st";
	bad[3].id = "a\"b";
	bad[4].id = "a b";
	bad[5].title = NULL;
	bad[6].nseries = 0;
	bad[7].nseries = CHART_SERIES_MAX + 1;
	bad[8].currency = NULL;
	bad[9].kind = CHART_KIND__MAX;
	bad[10].unit = CHART_UNIT__MAX;
	bad[11].n = CHART_PERIODS_MAX + 1;
	for (i = 0; i < COUNT(bad); i++) {
		cr_expect_eq(chart_figure(&out, &bad[i]), ERR_INVALID, "%zu", i);
		cr_expect_eq(chart_svg(&out, &bad[i]), ERR_INVALID, "%zu", i);
		cr_expect_eq(chart_table(&out, &bad[i]), ERR_INVALID, "%zu", i);
		cr_expect_eq(chart_spark(&out, &bad[i]), ERR_INVALID, "%zu", i);
	}
	cr_expect_eq(out.len, 0);
}

Test(chart, hostile_names)
{
	static const char evil[] = "<script>\"'&</title></svg>";
	struct chart c = style_chart(&style_charts[2]);
	struct chart_heat h = style_heat();
	struct chart_series series[CHART_SERIES_MAX];
	const char *labels[13];
	struct strbuf out = { 0 };
	size_t i;

	memcpy(series, c.series, sizeof(series));
	for (i = 0; i < c.nseries; i++)
		series[i].name = evil;
	for (i = 0; i < c.n; i++)
		labels[i] = evil;
	c.series = series;
	c.labels = labels;
	c.title = evil;
	c.unit = CHART_MONEY;
	c.currency = "<b>";
	cr_assert_eq(chart_figure(&out, &c), ERR_OK);
	check_markup("hostile", &out);
	strbuf_clear(&out);
	cr_assert_eq(chart_spark(&out, &c), ERR_OK);
	check_markup("hostile spark", &out);
	strbuf_clear(&out);
	h.title = h.rows_name = h.size_name = evil;
	h.columns = labels;
	cr_assert_eq(chart_heat(&out, &h), ERR_OK);
	check_markup("hostile heat", &out);
	strbuf_free(&out);
}

/* --- Values no one expects --- */

static const double odd_x[] = { 0, -0.0, 1e-300, -1e-12, 0.001, 1, -1, 1e6, 1e15, -1e15, 1e16,
	1e308, INFINITY, -INFINITY, NAN };
static const int64_t odd_n[] = { 0, 1, -1, 999, 1000000, INT64_MAX, INT64_MIN, INT64_MAX - 1,
	-INT64_MAX, INT64_C(1) << 53, 59, 60, 86399, 86400, -86400 };

/* Each pair, and all of them, as every kind in every unit. */
Test(chart, odd_values)
{
	static int64_t starts[COUNT(odd_n)];
	struct chart_value v[COUNT(odd_n)];
	struct chart_series series[2] = { { "one", v }, { "two", v } };
	struct strbuf out = { 0 };
	size_t kind, unit, i, j, k;

	for (i = 0; i < COUNT(odd_n); i++)
		starts[i] = SAMPLE_START + (int64_t)i * SAMPLE_DAY;
	for (kind = 0; kind < CHART_KIND__MAX; kind++)
		for (unit = 0; unit < CHART_UNIT__MAX; unit++)
			for (i = 0; i < COUNT(odd_n); i++)
				for (j = 0; j <= COUNT(odd_n) - i; j++) {
					struct chart c = { "odd", "Odd", (enum chart_kind)kind,
						(enum chart_unit)unit, "EUR", CHART_DAY, starts,
						NULL, j, series, 1 + j % 2, i % 2 == 0 };

					for (k = 0; k < j; k++) {
						v[k].is_known = true;
						if (unit == CHART_RATIO || unit == CHART_NUMBER)
							v[k].x = odd_x[(i + k) % COUNT(odd_x)];
						else
							v[k].n = odd_n[(i + k) % COUNT(odd_n)];
					}
					strbuf_clear(&out);
					cr_assert_eq(chart_figure(&out, &c), ERR_OK);
					check_markup("odd", &out);
					strbuf_clear(&out);
					cr_assert_eq(chart_spark(&out, &c), ERR_OK);
					check_markup("odd spark", &out);
				}
	strbuf_free(&out);
}

/* Times outside the calendar, and times that do not rise. */
Test(chart, odd_times)
{
	static const int64_t starts[] = { INT64_MIN, INT64_MAX, 0, -1, INT64_C(253402300800), 0 };
	struct chart_value v[COUNT(starts)] = { { true, { .n = 1 } }, { true, { .n = 2 } } };
	struct chart_series series = { "one", v };
	struct strbuf out = { 0 };

	for (size_t step = 0; step < CHART_STEP__MAX; step++)
		for (size_t n = 0; n <= COUNT(starts); n++)
			for (size_t from = 0; from + n <= COUNT(starts); from++) {
				struct chart c = { "odd", "Odd", CHART_LINE, CHART_COUNT, NULL,
					(enum chart_step)step, starts + from, NULL, n, &series, 1,
					true };

				strbuf_clear(&out);
				cr_assert_eq(chart_figure(&out, &c), ERR_OK);
				check_markup("odd times", &out);
			}
	strbuf_free(&out);
}

/* --- Axes --- */

static void
check_axis(enum chart_unit unit, double lo, double hi)
{
	struct strbuf labels[CHART_TICKS_MAX] = { 0 };
	struct chart_axis a;
	int64_t k, j;

	chart_axis_fit(&a, unit, "KWD", lo, hi);
	cr_assert_lt(a.lo, a.hi);
	cr_assert_lt(a.hi - a.lo, CHART_TICKS_MAX, "%g to %g", lo, hi);
	cr_expect_leq(chart_axis_at(&a, a.lo), lo, "%g to %g", lo, hi);
	cr_expect_geq(chart_axis_at(&a, a.hi), hi, "%g to %g", lo, hi);
	for (k = a.lo; k <= a.hi; k++) {
		chart_axis_label(&labels[k - a.lo], &a, k);
		cr_expect_leq(labels[k - a.lo].len, 24);
		for (j = a.lo; j < k; j++)
			cr_expect_str_neq(strbuf_text(&labels[k - a.lo]),
			    strbuf_text(&labels[j - a.lo]), "unit %d, %g to %g", unit, lo, hi);
		/* What is counted has no halves. */
		if (unit == CHART_COUNT)
			cr_expect_eq(fmod(chart_axis_at(&a, k), 1), 0);
	}
	for (k = a.lo; k <= a.hi; k++)
		strbuf_free(&labels[k - a.lo]);
}

Test(chart, axes)
{
	static const double ends[] = { -9.3e18, -1e15, -4e12, -1234567, -7, -1, 0, 1, 2, 3, 5, 6, 7,
		9, 10, 11, 59, 61, 99, 100, 101, 3599, 86399, 99999, 1e6, 1234567, 9.99e11, 1e15,
		9.3e18 };
	static const double small[] = { -1e15, -1, -0.3, -1e-9, 0, 1e-15, 1e-9, 0.0004, 0.001, 0.1,
		0.3, 0.7, 0.9999, 1, 1.0001, 17.5, 1e6, 1e15 };
	size_t unit, i, j;

	for (unit = 0; unit < CHART_UNIT__MAX; unit++)
		if (unit == CHART_RATIO || unit == CHART_NUMBER)
			for (i = 0; i < COUNT(small); i++)
				for (j = i; j < COUNT(small); j++)
					check_axis((enum chart_unit)unit, small[i], small[j]);
		else
			for (i = 0; i < COUNT(ends); i++)
				for (j = i; j < COUNT(ends); j++)
					check_axis((enum chart_unit)unit, ends[i], ends[j]);
}

Test(chart, axis_labels)
{
	static const struct {
		enum chart_unit unit;
		const char *currency;
		double lo, hi;
		const char *labels;
	} cases[] = {
		{ CHART_COUNT, NULL, 0, 0, "0 1" },
		{ CHART_COUNT, NULL, 0, 3, "0 1 2 3" },
		{ CHART_COUNT, NULL, -4, 7, "-5 0 5 10" },
		{ CHART_COUNT, NULL, 0, 2400, "0 500 1,000 1,500 2,000 2,500" },
		{ CHART_COUNT, NULL, 0, 1e6, "0 0.2M 0.4M 0.6M 0.8M 1M" },
		{ CHART_COUNT, NULL, 0, 41000, "0 10k 20k 30k 40k 50k" },
		{ CHART_COUNT, NULL, 97, 103, "96 98 100 102 104" },
		{ CHART_MONEY, "EUR", 0, 250, "0 0.5 1 1.5 2 2.5" },
		{ CHART_MONEY, "JPY", 0, 250, "0 50 100 150 200 250" },
		{ CHART_MONEY, "KWD", 0, 250, "0 0.05 0.1 0.15 0.2 0.25" },
		{ CHART_MONEY, "EUR", 0, 1, "0 0.01" },
		{ CHART_RATIO, NULL, 0, 1, "0% 20% 40% 60% 80% 100%" },
		{ CHART_RATIO, NULL, 0, 0.001, "0% 0.02% 0.04% 0.06% 0.08% 0.1%" },
		{ CHART_NUMBER, NULL, 0, 0.001, "0 0.0002 0.0004 0.0006 0.0008 0.001" },
		{ CHART_BYTES, NULL, 0, 812, "0 0.2 kB 0.4 kB 0.6 kB 0.8 kB 1 kB" },
		{ CHART_BYTES, NULL, 0, 3.1e9, "0 1 GB 2 GB 3 GB 4 GB" },
		{ CHART_SECONDS, NULL, 0, 50, "0 10 s 20 s 30 s 40 s 50 s" },
		{ CHART_SECONDS, NULL, 0, 4000, "0 15 min 30 min 45 min 60 min 75 min" },
		{ CHART_SECONDS, NULL, 0, 40000, "0 3 h 6 h 9 h 12 h" },
		{ CHART_SECONDS, NULL, 0, 900000, "0 5 d 10 d 15 d" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct strbuf out = { 0 };
		struct chart_axis a;

		chart_axis_fit(&a, cases[i].unit, cases[i].currency, cases[i].lo, cases[i].hi);
		for (int64_t k = a.lo; k <= a.hi; k++) {
			strbuf_puts(&out, k > a.lo ? " " : "");
			chart_axis_label(&out, &a, k);
		}
		cr_expect_str_eq(
		    strbuf_text(&out), cases[i].labels, "case %zu: %s", i, strbuf_text(&out));
		strbuf_free(&out);
	}
}

/* --- Dates --- */

static void
check_dates(enum chart_step step, size_t from, size_t n)
{
	static int64_t starts[800];
	struct chart c = { .step = step, .starts = starts, .n = n };
	struct chart_date_tick t[CHART_TICKS_MAX];
	size_t i, j, found;

	for (i = 0; i < n; i++)
		starts[i] = style_chart_start(step, from + i);
	found = chart_date_ticks(&c, t);
	cr_assert(found >= 1 && found <= CHART_TICKS_MAX);
	cr_expect(n < 3 || found >= 2, "step %d, %zu periods from %zu", step, n, from);
	for (i = 0; i < found; i++) {
		cr_expect_lt(t[i].period, n);
		cr_expect_neq(t[i].label[0], '\0');
		for (j = 0; j < i; j++) {
			cr_expect_lt(t[j].period, t[i].period);
			cr_expect_str_neq(
			    t[j].label, t[i].label, "step %d, %zu from %zu", step, n, from);
		}
	}
}

Test(chart, dates)
{
	for (size_t step = 0; step < CHART_STEP__MAX; step++)
		for (size_t n = 1; n <= 800; n += n < 130 ? 1 : 37)
			for (size_t from = 0; from < 40; from += 3)
				check_dates((enum chart_step)step, from, n);
}

Test(chart, date_labels)
{
	static const struct {
		enum chart_step step;
		size_t n;
		const char *labels;
	} cases[] = {
		{ CHART_DAY, 1, "21 Nov" },
		{ CHART_DAY, 4, "21 Nov 22 Nov 23 Nov 24 Nov" },
		{ CHART_DAY, 30, "24 Nov 1 Dec 8 Dec 15 Dec" },
		{ CHART_DAY, 90, "1 Dec 15 Dec 29 Dec 12 Jan 26 Jan 9 Feb" },
		{ CHART_DAY, 366, "2026 Mar May Jul Sep Nov" },
		{ CHART_DAY, 731,
		    "2026 Jul \xe2\x80\x99"
		    "26 2027 Jul \xe2\x80\x99"
		    "27" },
		{ CHART_WEEK, 5, "24 Nov 1 Dec 8 Dec 15 Dec 22 Dec" },
		{ CHART_MONTH, 3, "Nov Dec 2026" },
		{ CHART_MONTH, 12, "Nov 2026 Mar May Jul Sep" },
		{ CHART_MONTH, 60, "2026 2027 2028 2029 2030" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static int64_t starts[800];
		struct chart c = { .step = cases[i].step, .starts = starts, .n = cases[i].n };
		struct chart_date_tick t[CHART_TICKS_MAX];
		char got[256] = "";
		size_t j, n;

		for (j = 0; j < c.n; j++)
			starts[j] = style_chart_start(c.step, j);
		n = chart_date_ticks(&c, t);
		for (j = 0; j < n; j++) {
			strcat(got, j > 0 ? " " : "");
			strcat(got, t[j].label);
		}
		cr_expect_str_eq(got, cases[i].labels, "case %zu: %s", i, got);
	}
}

/* --- Words --- */

Test(chart, values)
{
#define N(number)                                                                                  \
	{                                                                                          \
		true,                                                                              \
		{                                                                                  \
			.n = (number)                                                              \
		}                                                                                  \
	}
#define X(number)                                                                                  \
	{                                                                                          \
		true,                                                                              \
		{                                                                                  \
			.x = (number)                                                              \
		}                                                                                  \
	}
	static const struct {
		enum chart_unit unit;
		const char *currency;
		struct chart_value value;
		const char *text;
	} cases[] = {
		{ CHART_COUNT, NULL, { 0 }, "unknown" },
		{ CHART_RATIO, NULL, X(NAN), "unknown" },
		{ CHART_NUMBER, NULL, X(INFINITY), "unknown" },
		{ CHART_NUMBER, NULL, X(-2e15), "unknown" },
		{ CHART_COUNT, NULL, N(0), "0" },
		{ CHART_COUNT, NULL, N(INT64_MIN), "-9,223,372,036,854,775,808" },
		{ CHART_MONEY, "eur", N(-123450), "-1,234.50 EUR" },
		{ CHART_MONEY, "JPY", N(1500), "1,500 JPY" },
		{ CHART_MONEY, "KWD", N(5), "0.005 KWD" },
		{ CHART_BYTES, NULL, N(45678), "45.7 kB" },
		{ CHART_BYTES, NULL, N(-45678), "-45.7 kB" },
		{ CHART_BYTES, NULL, N(INT64_MIN), "-9.2 EB" },
		{ CHART_SECONDS, NULL, N(0), "0 s" },
		{ CHART_SECONDS, NULL, N(59), "59 s" },
		{ CHART_SECONDS, NULL, N(7500), "2 h 5 min" },
		{ CHART_SECONDS, NULL, N(-90000), "-1 d 1 h" },
		{ CHART_RATIO, NULL, X(0), "0.0%" },
		{ CHART_RATIO, NULL, X(0.1254), "12.5%" },
		{ CHART_RATIO, NULL, X(-0.26), "-26.0%" },
		{ CHART_RATIO, NULL, X(1.5), "150.0%" },
		{ CHART_RATIO, NULL, X(0.00012), "0.012%" },
		{ CHART_NUMBER, NULL, X(0.001), "0.001" },
		{ CHART_NUMBER, NULL, X(3.14159), "3.14" },
		{ CHART_NUMBER, NULL, X(1234567.8), "1,234,568" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct strbuf out = { 0 };

		chart_value_add(&out, cases[i].unit, cases[i].currency, &cases[i].value, true);
		cr_expect_str_eq(
		    strbuf_text(&out), cases[i].text, "case %zu: %s", i, strbuf_text(&out));
		strbuf_free(&out);
	}
}

Test(chart, described)
{
	static const int64_t starts[] = { SAMPLE_START, SAMPLE_START + SAMPLE_DAY,
		SAMPLE_START + 2 * SAMPLE_DAY, SAMPLE_START + 3 * SAMPLE_DAY };
	static const struct {
		struct chart_value v[4];
		bool is_last_unfinished;
		const char *text;
	} cases[] = {
		{ { { 0 }, { 0 }, { 0 }, N(3) }, true,
		    "No finished period is known. So far 3 (24 Nov 2025). 3 of 4 values unknown." },
		{ { N(5), N(9), N(4), N(6) }, false,
		    "From 5 (21 Nov 2025) to 6 (24 Nov 2025), up 20.0%. Lowest 4 (23 Nov 2025), "
		    "highest 9 (22 Nov 2025)." },
		{ { N(5), { 0 }, N(4), N(0) }, true,
		    "From 5 (21 Nov 2025) to 4 (23 Nov 2025), down 20.0%. Lowest 4 (23 Nov 2025), "
		    "highest 5 (21 Nov 2025). So far 0 (24 Nov 2025). 1 of 4 values unknown." },
		{ { N(0), N(0), N(0), N(0) }, false,
		    "From 0 (21 Nov 2025) to 0 (24 Nov 2025), unchanged. Lowest 0 (21 Nov 2025), "
		    "highest 0 (21 Nov 2025)." },
		{ { N(-5), { 0 }, { 0 }, N(5) }, false,
		    "From -5 (21 Nov 2025) to 5 (24 Nov 2025), up. Lowest -5 (21 Nov 2025), "
		    "highest 5 "
		    "(24 Nov 2025). 2 of 4 values unknown." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct chart_series series = { "one", cases[i].v };
		struct chart c = { "c", "C", CHART_LINE, CHART_COUNT, NULL, CHART_DAY, starts, NULL,
			4, &series, 1, cases[i].is_last_unfinished };
		struct strbuf out = { 0 };

		chart_describe(&out, &c);
		cr_expect_str_eq(
		    strbuf_text(&out), cases[i].text, "case %zu: %s", i, strbuf_text(&out));
		strbuf_free(&out);
	}
}

/* What is unknown is not drawn; what is known to be 0 is. */
Test(chart, gaps)
{
	static const int64_t starts[] = { SAMPLE_START, SAMPLE_START + SAMPLE_DAY,
		SAMPLE_START + 2 * SAMPLE_DAY };
	static const struct chart_value v[] = { N(4), { 0 }, N(0) };
	static const struct chart_series series = { "one", v };
	struct chart c = { "c", "C", CHART_BAR, CHART_COUNT, NULL, CHART_DAY, starts, NULL, 3,
		&series, 1, false };
	struct strbuf out = { 0 };
	const char *s;
	int n = 0;

	chart_svg(&out, &c);
	for (s = strbuf_text(&out); (s = strstr(s, "<rect")) != NULL; s++)
		n++;
	cr_expect_eq(n, 2);
	strbuf_clear(&out);
	c.kind = CHART_LINE;
	chart_svg(&out, &c);
	cr_expect_not_null(strstr(strbuf_text(&out), "d=\"M0 0l0 0M2 2000l0 0\""));
	strbuf_free(&out);
}
