#include "metrics/metrics_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const metrics_types[METRICS_FORMAT__MAX] = {
	[METRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
	[METRICS_OPEN] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/* ---- Texts ---- */

/* With a backslash before each of `specials`; a line feed becomes \n. */
static void
put_escaped(struct strbuf *to, const char *text, const char *specials)
{
	while (*text != '\0') {
		const size_t plain = strcspn(text, specials);

		strbuf_add(to, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		strbuf_putc(to, '\\');
		strbuf_putc(to, *text == '\n' ? 'n' : *text);
		text++;
	}
}

/* 20 digits hold every number. */
static void
put_digits(struct strbuf *to, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	strbuf_add(to, digits + at, sizeof(digits) - at);
}

/* ---- Families ---- */

/* Length of the name without `end`, or the whole. */
static size_t
len_without(const char *name, const char *end)
{
	const size_t len = strlen(name), end_len = strlen(end);

	if (len > end_len && strcmp(name + len - end_len, end) == 0)
		return len - end_len;
	return len;
}

static size_t
family_len(const struct metrics_out *o, const char *name, const char *type)
{
	if (o->format == METRICS_OPEN && strcmp(type, "counter") == 0)
		return len_without(name, "_total");
	if (o->format == METRICS_OPEN && strcmp(type, "info") == 0)
		return len_without(name, "_info");
	return strlen(name);
}

static void
put_line(struct metrics_out *o, const char *word, const char *name, size_t len)
{
	strbuf_puts(o->to, word);
	strbuf_add(o->to, name, len);
	strbuf_putc(o->to, ' ');
}

/* A unit is the last word of the family's name. */
static void
put_unit(struct metrics_out *o, const char *name, size_t len)
{
	static const char *const units[] = { "seconds", "bytes" };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const size_t unit = strlen(units[i]);

		if (len <= unit || name[len - unit - 1] != '_' ||
		    memcmp(name + len - unit, units[i], unit) != 0)
			continue;
		put_line(o, "# UNIT ", name, len);
		strbuf_puts(o->to, units[i]);
		strbuf_putc(o->to, '\n');
	}
}

void
metrics_out_head(struct metrics_out *o, const char *name, const char *type, const char *help)
{
	const bool is_open = o->format == METRICS_OPEN;
	const size_t len = family_len(o, name, type);

	put_line(o, "# HELP ", name, len);
	put_escaped(o->to, help, is_open ? "\\\n\"" : "\\\n");
	strbuf_putc(o->to, '\n');
	put_line(o, "# TYPE ", name, len);
	strbuf_puts(o->to, !is_open && strcmp(type, "info") == 0 ? "gauge" : type);
	strbuf_putc(o->to, '\n');
	if (is_open)
		put_unit(o, name, len);
}

void
metrics_out_end(struct metrics_out *o)
{
	if (o->format == METRICS_OPEN)
		strbuf_puts(o->to, "# EOF\n");
}

/* ---- Samples ---- */

static bool
is_there(const char *name)
{
	return name != NULL && *name != '\0';
}

void
metrics_out_name(struct metrics_out *o, const char *name, const char *const names[],
    const char *const values[], int n)
{
	char before = '{';

	strbuf_puts(o->to, name);
	for (int i = 0; i < n; i++) {
		if (!is_there(names[i]))
			continue;
		strbuf_putc(o->to, before);
		before = ',';
		strbuf_puts(o->to, names[i]);
		strbuf_puts(o->to, "=\"");
		put_escaped(o->to, values[i], "\\\n\"");
		strbuf_putc(o->to, '"');
	}
	strbuf_puts(o->to, before == ',' ? "} " : " ");
}

void
metrics_out_count(struct metrics_out *o, uint64_t n)
{
	put_digits(o->to, n);
	strbuf_putc(o->to, '\n');
}

void
metrics_out_int(struct metrics_out *o, int64_t n)
{
	if (n < 0)
		strbuf_putc(o->to, '-');
	metrics_out_count(o, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void
metrics_out_double(struct metrics_out *o, double value)
{
	char text[32];

	if (fabs(value) < 1e15 && value == (double)(int64_t)value) {
		metrics_out_int(o, (int64_t)value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	strbuf_puts(o->to, text);
	strbuf_putc(o->to, '\n');
}

void
metrics_out_us(struct metrics_out *o, uint64_t us)
{
	char fraction[16];

	put_digits(o->to, us / 1000000);
	snprintf(fraction, sizeof(fraction), ".%06" PRIu64 "\n", us % 1000000);
	strbuf_puts(o->to, fraction);
}

/* ---- Histograms ---- */

#define BOUND_SIZE 16

static void
write_bound(char text[BOUND_SIZE], int64_t us, enum metrics_format format)
{
	snprintf(text, BOUND_SIZE, "%g", (double)us / 1e6);
	if (format == METRICS_OPEN && strchr(text, '.') == NULL)
		strcat(text, ".0");
}

/* Made once: each page has all of them. */
static const char *
bound_text(enum histogram_kind kind, enum metrics_format format, int at)
{
	static char texts[2][METRICS_FORMAT__MAX][METRICS_BUCKETS + 1][BOUND_SIZE];
	const bool is_fine = kind == HISTOGRAM_FINE;
	char *text = texts[is_fine][format][at];

	if (at == METRICS_BUCKETS)
		return "+Inf";
	if (*text == '\0')
		write_bound(text, (is_fine ? metrics_fine_us : metrics_buckets_us)[at], format);
	return text;
}

/* "name_bucket{route="x",le="" is the same before each bound. */
static void
put_buckets(struct metrics_out *o, const char *name, const char *label, const char *value,
    enum histogram_kind kind, const struct metrics_sum *sum)
{
	struct strbuf before = { 0 };
	struct metrics_out start = { .to = &before, .format = o->format };
	uint64_t count = 0;

	strbuf_puts(&before, name);
	metrics_out_name(&start, "_bucket", (const char *const[]){ label, "le" },
	    (const char *const[]){ value, "" }, 2);
	strbuf_cut(&before, before.len - 3); /* the quote, the bracket and the blank */
	for (int b = 0; b <= METRICS_BUCKETS; b++) {
		count += sum->buckets[b];
		strbuf_add(o->to, before.s, before.len);
		strbuf_puts(o->to, bound_text(kind, o->format, b));
		strbuf_puts(o->to, "\"} ");
		metrics_out_count(o, count);
	}
	strbuf_free(&before);
}

static uint64_t
count_of(const struct metrics_sum *sum)
{
	uint64_t count = 0;

	for (int b = 0; b <= METRICS_BUCKETS; b++)
		count += sum->buckets[b];
	return count;
}

void
metrics_out_times(struct metrics_out *o, const char *name, const char *label, const char *value,
    enum histogram_kind kind, const struct metrics_sum *sum)
{
	if (kind != HISTOGRAM_SUM)
		put_buckets(o, name, label, value, kind, sum);
	strbuf_puts(o->to, name);
	metrics_out_name(o, "_sum", &label, &value, 1);
	metrics_out_us(o, sum->sum_us);
	strbuf_puts(o->to, name);
	metrics_out_name(o, "_count", &label, &value, 1);
	metrics_out_count(o, count_of(sum));
}
