/*
 * Days are closed: what came between the ends of two days (billing/movement.h) is found and kept,
 * day by day, for those that were missed as well. The first day only opens the stock.
 *
 * A change that is noticed when its day has been closed belongs to the day that is closed next. A
 * subscription that was paid already when the first day ended, but comes to be known later, is in
 * stock from the beginning: nobody new.
 */
#ifndef BILLING_MRR_DAYS_H
#define BILLING_MRR_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "db/db_sync.h"

enum mrr_day {
	MRR_DAY_NONE, /* every day that is over is closed */
	MRR_DAY_CLOSED,
	MRR_DAY_AHEAD, /* closed are days that have not even begun: a clock was wrong once */
};

/*
 * Closes the next day, if it is over at `now` (Unix seconds) by our clock and the database's.
 * Everything or, on an error, nothing, as whoever calls holds the transaction. ERR_INVALID: the
 * movements do not make up the difference of the stock, or an amount is none.
 */
enum err mrr_days_close_one(
    struct db_sync *, struct arena *, bool is_live, int64_t now, enum mrr_day *);

/*
 * The job: closes every day that is over, each in a transaction of its own. *closed: how many, also
 * on an error; `error` then gets a sentence where the error's word says too little.
 */
enum err mrr_days_close(
    struct db_sync *, bool is_live, int64_t now, int64_t *closed, struct strbuf *error);

#endif
