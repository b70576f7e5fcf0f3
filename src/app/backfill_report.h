/* What `portal backfill` says about its progress and its end. Pure. */
#ifndef APP_BACKFILL_REPORT_H
#define APP_BACKFILL_REPORT_H

#include "base/strbuf.h"
#include "billing/backfill.h"

/* One line without its end, at most 79 columns: "invoices      [#####…     ]  42%  12,345 read". */
void backfill_report_bar(struct strbuf *, const struct backfill *);
/* The same where there is no terminal: "invoices: 42%, up to 2026-11-20 10:00 UTC, 12,345 read\n".
 */
void backfill_report_line(struct strbuf *, const struct backfill *);
/* A table: each kind with what was new, the same, changed, unlinked and wrong. */
void backfill_report_summary(struct strbuf *, const struct backfill *);
int64_t backfill_report_errors(const struct backfill *);

#endif
