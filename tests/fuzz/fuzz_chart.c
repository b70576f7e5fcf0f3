/*
 * Charts of whatever kind, unit, length, times and values: each is drawn, is refused whole, or the
 * run ends. What is drawn has no number that is none and closes what it opens.
 */
#include "base/chart.h"
#include "fuzz/fuzz.h"

#define PERIODS 64
#define HEAD 8

static struct chart_value values[CHART_SERIES_MAX][PERIODS];
static int64_t starts[PERIODS];

/* A zero once the bytes are used up. */
static int64_t
take(const uint8_t **bytes, size_t *len)
{
	size_t n = *len < 8 ? *len : 8;
	int64_t v = 0;

	memcpy(&v, *bytes, n);
	*bytes += n;
	*len -= n;
	return v;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
must_be_sound(const struct strbuf *out)
{
	const char *text = strbuf_text(out);

	must(strstr(text, "nan") == NULL && strstr(text, "inf") == NULL);
	must(strstr(text, "=\"-") == NULL || strstr(text, "x=\"-8\"") != NULL);
	must(count(text, "<svg") == count(text, "</svg>"));
	must(count(text, "<g ") == count(text, "</g>"));
	must(count(text, "<table") == count(text, "</table>"));
}

static void
draw(enum err (*how)(struct strbuf *, const struct chart *), const struct chart *c)
{
	struct strbuf out = { 0 };

	if (how(&out, c) != ERR_OK)
		must(out.len == 0);
	must_be_sound(&out);
	strbuf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct chart_series series[CHART_SERIES_MAX];
	struct chart c = { .id = "c", .title = "C", .currency = "KWD", .starts = starts };
	size_t s, i;

	if (len < HEAD)
		return 0;
	c.kind = (enum chart_kind)(bytes[0] % CHART_KIND__MAX);
	c.unit = (enum chart_unit)(bytes[1] % CHART_UNIT__MAX);
	c.step = (enum chart_step)(bytes[2] % CHART_STEP__MAX);
	c.n = bytes[3] % (PERIODS + 1);
	c.nseries = bytes[4] % (CHART_SERIES_MAX + 2);
	c.is_last_unfinished = bytes[5] & 1;
	c.series = series;
	bytes += HEAD;
	len -= HEAD;
	for (i = 0; i < c.n; i++)
		starts[i] = take(&bytes, &len);
	for (s = 0; s < CHART_SERIES_MAX; s++) {
		series[s] = (struct chart_series){ "series", values[s] };
		for (i = 0; i < c.n; i++) {
			values[s][i].is_known = len > 0;
			values[s][i].n = take(&bytes, &len);
		}
	}
	draw(chart_figure, &c);
	draw(chart_spark, &c);
	return 0;
}
