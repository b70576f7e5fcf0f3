/*
 * Rates of exchange: how many units of the reporting currency one unit of another is worth (one
 * EUR, not one cent), from a day on until a newer rate. People give them, line by line or in a
 * file.
 */
#ifndef BILLING_FX_H
#define BILLING_FX_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

#define FX_FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define FX_RATE_LEN_MAX 32

struct fx_rate {
	const char *day;      /* "2026-01-31" */
	const char *currency; /* lower case */
	const char *rate;     /* decimal text above 0 */
};

struct fx_rate_list {
	struct fx_rate *v;
	size_t n;
};

/*
 * Checks and tidies one rate: blanks around go, the currency becomes lower case. ERR_INVALID:
 * `problem` holds a sentence without a full stop, for whoever typed it.
 */
enum err fx_rate_check(
    struct fx_rate *, struct arena *, const char *reporting, struct strbuf *problem);

/*
 * Reads a file of lines "day,currency,rate": a first line with these three words may name them,
 * fields may stand in quotes, empty lines are passed over, lines may end in CR LF. All of it or
 * nothing: ERR_INVALID, and `problems` holds "line 7: …" for each of the first ten that are wrong;
 * a day of a currency that comes twice is.
 */
enum err fx_csv_read(struct fx_rate_list *, struct arena *, const char *bytes, size_t len,
    const char *reporting, struct strbuf *problems);

/*
 * How many of the reporting currency's smallest units one smallest unit of the other is worth, by a
 * rate of whole ones as above: places differ, as those of yen and euros do. The reporting
 * currency's own is 1, whatever `rate` is. False, and 0: there is no rate (NULL), or it is no
 * number.
 */
bool fx_rate_minor(mpq_t to, const char *rate, const char *currency, const char *reporting);

#endif
