#include "figures/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Money that is kept for each currency under its code, and for all of them under
 * figure_sum_label(). */
static const struct {
	const char *word;
	enum metric_figure native, whole;
} sums[] = {
	{ "mrr", FIGURE_MRR_NATIVE, FIGURE_MRR },
	{ "billed_mrr", FIGURE_MRR_BILLED_NATIVE, FIGURE_MRR_BILLED },
	{ "committed_mrr", FIGURE_MRR_COMMITTED_NATIVE, FIGURE_MRR_COMMITTED },
	{ "at_risk_mrr", FIGURE_MRR_AT_RISK_NATIVE, FIGURE_MRR_AT_RISK },
	{ "trial_mrr", FIGURE_MRR_TRIAL_NATIVE, FIGURE_MRR_TRIAL },
};
#define SUMS (sizeof(sums) / sizeof(sums[0]))

static size_t
sum_of(const char *word)
{
	size_t i = 0;

	while (i < SUMS && strcmp(sums[i].word, word) != 0)
		i++;
	return i;
}

static bool
find_metric(enum metric_figure *f, const char *word)
{
	char name[128];
	int len = snprintf(name, sizeof(name), "irc_now_%s", word);

	return len < (int)sizeof(name) && metrics_figure_find(f, name);
}

bool
figures_is_known(const char *word)
{
	enum metric_figure f;

	return sum_of(word) < SUMS || find_metric(&f, word);
}

bool
figures_is_counter(const char *word)
{
	enum metric_figure f;

	return sum_of(word) == SUMS && find_metric(&f, word) && metrics_figure_is_counter(f);
}

static bool
ends_in(const char *word, const char *end)
{
	size_t len = strlen(word), end_len = strlen(end);

	return len >= end_len && strcmp(word + len - end_len, end) == 0;
}

static bool
is_money(const char *word)
{
	return sum_of(word) < SUMS || ends_in(word, "_cents") || ends_in(word, "_minor");
}

/* Of a number that begins with its whole part: exact, so not by its double. -0.5 becomes 0. */
static double
round_half_up(const char *value)
{
	double whole = strtod(value, NULL);
	const char *point = strchr(value, '.');
	bool is_negative = *value == '-';

	if (point == NULL)
		return whole;
	whole = (double)strtoll(value, NULL, 10);
	if (point[1] < '5' ||
	    (is_negative && strspn(point + 2, "0") == strlen(point + 2) && point[1] == '5'))
		return whole + 0.0; /* never -0 */
	return is_negative ? whole - 1 : whole + 1;
}

/* As the table has them: a sign, digits, a point and digits. False for anything else. */
static bool
read_value(double *to, const char *word, const char *value)
{
	const char *digits = value + (*value == '-');
	size_t whole = strspn(digits, "0123456789"), rest = 0;

	if (digits[whole] == '.')
		rest = 1 + strspn(digits + whole + 1, "0123456789");
	if (whole == 0 || digits[whole + rest] != '\0' || rest == 1)
		return false;
	*to = is_money(word) && whole < 19 ? round_half_up(value) : strtod(value, NULL);
	return true;
}

/* Cuts the label of the table into those of the metric; false: it has not as many. */
static bool
split_label(struct metrics_figure *to, struct arena *a, const char *label)
{
	int n = metrics_figure_labels(to->figure);
	const char *slash = n == 2 ? strchr(label, '/') : NULL;

	if (n == 2 && slash == NULL)
		return false;
	to->first = slash == NULL ? label : arena_strndup(a, label, (size_t)(slash - label));
	to->second = slash == NULL ? "" : slash + 1;
	return (n == 0) == (*label == '\0');
}

static bool
fill(struct metrics_figure *to, struct arena *a, const struct figure *from)
{
	size_t sum = sum_of(from->name);
	const char *whole_in = figure_sum_currency(from->label);
	const char *label = from->label;

	if (sum < SUMS) {
		to->figure = whole_in != NULL ? sums[sum].whole : sums[sum].native;
		label = whole_in != NULL ? whole_in : label;
	} else if (!find_metric(&to->figure, from->name))
		return false;
	to->at = from->at;
	return split_label(to, a, label) && read_value(&to->value, from->name, from->value);
}

void
figures_to_metrics(struct metrics_figure_list *to, struct arena *a, const struct figure_list *list)
{
	struct metrics_figure figure;

	for (size_t i = 0; i < list->n; i++)
		if (fill(&figure, a, &list->v[i]))
			metrics_figure_add(to, a, figure);
}
