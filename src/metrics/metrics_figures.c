/* The figures of the registry: handed over all at once, and kept until they are too old. */
#include <math.h>
#include <string.h>

#include "metrics/metrics.h"
#include "metrics/metrics_shared.h"

#define SOURCE " From the database: of the whole service, the same on every replica."

const struct metrics_family metrics_figure_families[FIGURE__MAX] = {
#define FAMILY(id, name, type, first, second, old_s, help)                                         \
	{ name, type, first, second, help SOURCE, METRICS_NUMBER, old_s },
	METRIC_FIGURES(FAMILY)
};

bool
metrics_figure_find(enum metric_figure *f, const char *name)
{
	for (int i = 0; i < FIGURE__MAX; i++) {
		*f = (enum metric_figure)i;
		if (strcmp(metrics_figure_families[i].name, name) == 0)
			return true;
	}
	return false;
}

int
metrics_figure_labels(enum metric_figure f)
{
	return (*metrics_figure_families[f].first != '\0') +
	       (*metrics_figure_families[f].second != '\0');
}

bool
metrics_figure_is_counter(enum metric_figure f)
{
	return strcmp(metrics_figure_families[f].type, "counter") == 0;
}

void
metrics_figure_add(struct metrics_figure_list *list, struct arena *a, struct metrics_figure figure)
{
	struct metrics_figure *more;

	if (!isfinite(figure.value))
		return;
	if (list->n == list->size) {
		list->size = list->size == 0 ? 64 : 2 * list->size;
		more = arena_array(a, list->size, sizeof(*more));
		if (list->n > 0)
			memcpy(more, list->v, list->n * sizeof(*more));
		list->v = more;
	}
	list->v[list->n++] = figure;
}

/* Each row but those that stay; a scrape in between sees the old value or none. */
static void
forget(const bool *stays)
{
	for (int i = 0; i < METRICS_FIGURES_MAX; i++)
		if (!stays[i])
			metrics_shared->figures[i].at = 0;
}

/* A counter that is unknown for a time does not come back lower than it was. */
static void
put(struct metrics_known *to, const struct metrics_figure *f)
{
	if (!metrics_figure_is_counter(f->figure) || f->value > to->value)
		to->value = f->value;
	to->at = f->at;
}

void
metrics_figures_set(const struct metrics_figure *v, size_t n)
{
	struct metrics_labels labels;
	bool stays[METRICS_FIGURES_MAX] = { false };
	int has, at;

	if (metrics_shared == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		has = metrics_figure_labels(v[i].figure);
		labels = metrics_labels(has > 0 ? v[i].first : NULL, has > 1 ? v[i].second : NULL);
		at = metrics_row_find(
		    metrics_shared->figure_names, METRICS_FIGURES_MAX, (int)v[i].figure, &labels);
		if (at == METRICS_FIGURES_MAX)
			continue;
		stays[at] = true;
		put(&metrics_shared->figures[at], &v[i]);
	}
	forget(stays);
}
