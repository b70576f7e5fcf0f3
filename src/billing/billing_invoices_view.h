/* The page /billing/invoices: what was billed and paid, newest first. */
#ifndef BILLING_BILLING_INVOICES_VIEW_H
#define BILLING_BILLING_INVOICES_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/billing_account.h"
#include "web/frame_view.h"
#include "web/part_view.h"

#define BILLING_INVOICES_SHOWN 20

/* clang-format off */
#define BILLING_INVOICE(F)                                                                      \
	F(TEXT, number) F(TEXT, day) F(TEXT, day_iso)                                           \
	F(TEXT, amount)		/* absent: unknown */                                           \
	F(PART, status, badge) F(TEXT, note)                                                    \
	F(TEXT, pay_href) F(TEXT, hosted_href) F(TEXT, receipt_href) F(TEXT, pdf_href)
VIEW_DECLARE(billing_invoice, BILLING_INVOICE)

#define BILLING_INVOICES(F)                                                                     \
	F(PART, frame, frame)                                                                   \
	F(LIST, rows, billing_invoice)                                                          \
	F(BOOL, has_pages) F(TEXT, older_href) F(TEXT, newest_href)                             \
	F(PART, none, empty)                                                                    \
	F(BOOL, is_empty)
VIEW_DECLARE(billing_invoices, BILLING_INVOICES)
/* clang-format on */

/* Up to BILLING_INVOICES_SHOWN and one more, which says that there are older ones; is_first: the
 * page begins with the newest. */
void billing_invoices_view_init(struct billing_invoices_view *, const struct billing_invoices *,
    bool is_set_up, bool is_first, const char *api_base, struct arena *);

#endif
