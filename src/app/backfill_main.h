/* `portal backfill`: Stripe's past into the mirror, told on the terminal. */
#ifndef APP_BACKFILL_MAIN_H
#define APP_BACKFILL_MAIN_H

#define BACKFILL_USAGE "usage: portal backfill --days N [--dry-run]"
#define BACKFILL_DAYS_MAX 3650

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* ERR_INVALID: that is not what BACKFILL_USAGE says. */
enum err backfill_main_read(int argc, char **argv, int64_t *days, bool *is_dry_run);
/*
 * With settings read, does it; `dir` is the folder of the migrations. Returns the exit status: 0
 * only if all was read and put, else 1, with a sentence on standard error.
 */
int backfill_main(const char *dir, int64_t days, bool is_dry_run);

#endif
