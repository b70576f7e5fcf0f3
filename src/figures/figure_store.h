/*
 * The latest business figures (table `figures`): the same for every replica and after a restart. A
 * figure that cannot be known has no row. The jobs write them, pages and metrics read them.
 */
#ifndef FIGURES_FIGURE_STORE_H
#define FIGURES_FIGURE_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

struct figure {
	const char *name, *label; /* figures.h says which */
	const char *value;	  /* decimal text */
	int64_t at;		  /* Unix seconds; when written: the time of all of them */
};

struct figure_list {
	struct figure *v;
	size_t n, size;
};

/* Adds one; the texts live as long as the list. */
void figure_list_add(
    struct figure_list *, struct arena *, const char *name, const char *label, const char *value);
void figure_list_add_int(
    struct figure_list *, struct arena *, const char *name, const char *label, int64_t value);
/* part / whole with 12 decimals; of nothing there is no ratio: nothing is added. */
void figure_list_add_ratio(struct figure_list *, struct arena *, const char *name,
    const char *label, int64_t part, int64_t whole);
/* Adds rows of name, label and value, as the stores of the slices ask for them. */
enum err figure_list_read(const PGresult *, struct arena *, struct figure_list *);
/* The label of a figure with two: "eur/new". */
const char *figure_label(struct arena *, const char *first, const char *second);
/*
 * The label of a sum of money of all currencies, converted to the one named: "sum/eur". It tells
 * its currency itself, as REPORTING_CURRENCY may be another one by the time it is read.
 */
const char *figure_sum_label(struct arena *, const char *currency);
/* That currency; NULL for any other label. */
const char *figure_sum_currency(const char *label);
/* The value of one; NULL: it is not known. */
const char *figure_list_value(const struct figure_list *, const char *name, const char *label);

/*
 * Puts all figures of the n names at once: what is not in the list is not known any more, and
 * deleted. Of a counter (figures_is_counter()) the greatest value is kept, and no row is deleted.
 */
void figure_store_put(
    struct db_query *, const struct figure_list *, const char *const *names, size_t n, int64_t at);
/* Every figure there is, ordered by name and label. */
void figure_store_all(struct db_query *);
enum err figure_store_rows(const PGresult *, struct arena *, struct figure_list *);

#endif
