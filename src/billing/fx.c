#include "billing/fx.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/money.h"
#include "base/rfc3339.h"
#include "billing/mrr_number.h"

#define PROBLEMS_MAX 10
#define FIELDS 3

/* Without blanks around it, and without quotes around what is left. */
static const char *
trimmed(struct arena *a, const char *from, size_t len)
{
	while (len > 0 && strchr(" \t\r", from[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", *from) != NULL)
		from++, len--;
	if (len >= 2 && from[0] == '"' && from[len - 1] == '"')
		return trimmed(a, from + 1, len - 2);
	return arena_strndup(a, from, len);
}

static bool
is_day(const char *text)
{
	char moment[RFC3339_SIZE];
	int64_t seconds;

	if (strlen(text) != strlen("2026-01-31"))
		return false;
	snprintf(moment, sizeof(moment), "%sT00:00:00Z", text);
	return strncmp(text, "0000", 4) != 0 && rfc3339_parse(moment, &seconds) == ERR_OK;
}

static const char *
currency_of(struct arena *a, const char *text)
{
	char *lower = arena_strdup(a, text);

	if (strlen(lower) != 3)
		return NULL;
	for (char *c = lower; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		if (*c < 'a' || *c > 'z')
			return NULL;
	}
	return lower;
}

/* Digits with a point, no exponent. */
static bool
is_rate(const char *text)
{
	bool is_above;
	mpq_t q;

	if (strlen(text) > FX_RATE_LEN_MAX || text[strspn(text, "0123456789.")] != '\0')
		return false;
	mpq_init(q);
	is_above = mrr_number_read(q, text) && mpq_sgn(q) > 0;
	mpq_clear(q);
	return is_above;
}

static enum err
refuse(struct strbuf *problem, const char *sentence)
{
	strbuf_puts(problem, sentence);
	return ERR_INVALID;
}

enum err
fx_rate_check(struct fx_rate *r, struct arena *a, const char *reporting, struct strbuf *problem)
{
	r->day = trimmed(a, r->day, strlen(r->day));
	r->rate = trimmed(a, r->rate, strlen(r->rate));
	r->currency = currency_of(a, trimmed(a, r->currency, strlen(r->currency)));
	if (!is_day(r->day))
		return refuse(problem, "the day must be one of the calendar, such as 2026-01-31");
	if (r->currency == NULL)
		return refuse(problem, "the currency must be three letters, such as USD");
	if (strcmp(r->currency, reporting) == 0)
		return refuse(problem, "that is the reporting currency, whose rate is always 1");
	if (!is_rate(r->rate))
		return refuse(problem,
		    "the rate must be a number above 0 with a point, such as 0.92, of at most 32 "
		    "characters");
	return ERR_OK;
}

/* ---- Files ---- */

struct reading {
	struct fx_rate_list *to;
	struct arena *arena;
	const char *reporting;
	struct strbuf *problems;
	size_t *lines; /* of each rate */
	int nproblems;
};

static void
complain(struct reading *r, size_t line, const char *sentence)
{
	if (++r->nproblems <= PROBLEMS_MAX)
		strbuf_printf(r->problems, "line %zu: %s\n", line, sentence);
}

/* How many there are, of which the first three are kept. */
static size_t
split(struct arena *a, const char *fields[FIELDS], const char *line, size_t len)
{
	const char *end = line + len, *comma;
	size_t n = 0;

	for (;; line = comma + 1) {
		comma = memchr(line, ',', (size_t)(end - line));
		if (n < FIELDS)
			fields[n] =
			    trimmed(a, line, (size_t)((comma == NULL ? end : comma) - line));
		n++;
		if (comma == NULL)
			return n;
	}
}

static bool
is_head(const char *fields[FIELDS])
{
	return strcasecmp(fields[0], "day") == 0 && strcasecmp(fields[1], "currency") == 0 &&
	       strcasecmp(fields[2], "rate") == 0;
}

static void
read_line(struct reading *r, size_t number, const char *line, size_t len)
{
	struct strbuf problem = { 0 };
	const char *fields[FIELDS];
	struct fx_rate rate;
	size_t n;

	if (*trimmed(r->arena, line, len) == '\0')
		return;
	n = split(r->arena, fields, line, len);
	if (n != FIELDS) {
		complain(r, number, "there must be three fields: day,currency,rate");
		return;
	}
	if (number == 1 && is_head(fields))
		return;
	rate = (struct fx_rate){ fields[0], fields[1], fields[2] };
	if (fx_rate_check(&rate, r->arena, r->reporting, &problem) != ERR_OK) {
		complain(r, number, strbuf_text(&problem));
	} else {
		r->lines[r->to->n] = number;
		r->to->v[r->to->n++] = rate;
	}
	strbuf_free(&problem);
}

static size_t
count_lines(const char *bytes, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += bytes[i] == '\n';
	return n;
}

/* ---- What comes twice ---- */

struct place {
	const struct fx_rate *rate;
	size_t line;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int by = strcmp(x->rate->currency, y->rate->currency);

	if (by == 0)
		by = strcmp(x->rate->day, y->rate->day);
	return by != 0 ? by : (x->line > y->line) - (x->line < y->line);
}

static void
find_doubles(struct reading *r)
{
	size_t n = r->to->n;
	struct place *places = arena_array(r->arena, n, sizeof(*places));

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ &r->to->v[i], r->lines[i] };
	qsort(places, n, sizeof(*places), compare_places);
	for (size_t i = 1; i < n; i++)
		if (strcmp(places[i].rate->currency, places[i - 1].rate->currency) == 0 &&
		    strcmp(places[i].rate->day, places[i - 1].rate->day) == 0)
			complain(r, places[i].line,
			    arena_printf(r->arena, "the same day and currency as in line %zu",
				places[i - 1].line));
}

enum err
fx_csv_read(struct fx_rate_list *to, struct arena *a, const char *bytes, size_t len,
    const char *reporting, struct strbuf *problems)
{
	struct reading r = { .to = to, .arena = a, .reporting = reporting, .problems = problems };
	const char *end = bytes + len, *line_end;
	size_t nlines = count_lines(bytes, len);

	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3;
	if (len > FX_FILE_BYTES_MAX)
		return refuse(problems, "a file of rates may have 8 MB\n");
	if (memchr(bytes, '\0', (size_t)(end - bytes)) != NULL)
		return refuse(problems, "this is no text\n");
	to->v = arena_array(a, nlines, sizeof(*to->v));
	r.lines = arena_array(a, nlines, sizeof(*r.lines));
	to->n = 0;
	for (size_t number = 1; bytes < end; number++, bytes = line_end + 1) {
		line_end = memchr(bytes, '\n', (size_t)(end - bytes));
		if (line_end == NULL)
			line_end = end;
		read_line(&r, number, bytes, (size_t)(line_end - bytes));
	}
	find_doubles(&r);
	if (r.nproblems > PROBLEMS_MAX)
		strbuf_printf(problems, "and %d more\n", r.nproblems - PROBLEMS_MAX);
	if (r.nproblems == 0 && to->n == 0)
		return refuse(problems, "there is no rate in it\n");
	return r.nproblems == 0 ? ERR_OK : ERR_INVALID;
}

/* ---- Smallest units ---- */

bool
fx_rate_minor(mpq_t to, const char *rate, const char *currency, const char *reporting)
{
	const char *text = strcmp(currency, reporting) == 0 ? "1" : rate;
	int places = money_places(reporting) - money_places(currency);
	bool is_known = mrr_number_read(to, text);
	mpq_t power;

	mpq_init(power);
	mpz_ui_pow_ui(mpq_numref(power), 10, (unsigned long)(places < 0 ? -places : places));
	if (places < 0)
		mpq_div(to, to, power);
	else
		mpq_mul(to, to, power);
	mpq_clear(power);
	return is_known;
}
