/* See billing_invoices_view.h. */
#include "billing/billing_invoices_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "billing/billing_words.h"
#include "clients/stripe_pay.h"

VIEW_DEFINE(billing_invoice, BILLING_INVOICE)
VIEW_DEFINE(billing_invoices, BILLING_INVOICES)

#define NUMBER_POINTS 40

static const char *
tone_of(const struct billing_invoice *v)
{
	const char *status = v->status != NULL ? v->status : "";

	if (v->refunded > 0 || strcmp(status, "void") == 0 || strcmp(status, "uncollectible") == 0)
		return tone_words[TONE_OFF];
	if (v->is_payment || strcmp(status, "paid") == 0)
		return tone_words[TONE_GOOD];
	return tone_words[v->attempts > 0 ? TONE_BAD : TONE_BUSY];
}

/* What came off the sum, or back. A total below nothing is credit, not a payment. */
static const char *
note_of(const struct billing_invoice *v, struct arena *a)
{
	const bool is_open = v->status != NULL && strcmp(v->status, "open") == 0 && !v->is_payment;

	if (v->refunded > 0)
		return arena_printf(a, "%s paid back", billing_money(a, v->refunded, v->currency));
	if (is_open && v->next_attempt_at != 0)
		return arena_printf(a, "Tried again on %s", human_day(a, v->next_attempt_at));
	if (v->total == BILLING_UNKNOWN || v->due == BILLING_UNKNOWN)
		return NULL;
	if (v->total < 0)
		return "To your credit";
	if (v->due >= 0 && v->due < v->total)
		return arena_printf(
		    a, "%s of it from credit", billing_money(a, v->total - v->due, v->currency));
	return NULL;
}

static const char *
checked(const char *url, const char *api_base, struct arena *a)
{
	return stripe_pay_check_url(a, url, api_base) == ERR_OK ? url : NULL;
}

static void
row_init(struct billing_invoice_view *row, const struct billing_invoice *v, const char *api_base,
    struct arena *a)
{
	const char *hosted = checked(v->hosted_url, api_base, a);
	const bool is_open = v->status != NULL && strcmp(v->status, "open") == 0 && !v->is_payment;

	row->number = v->number != NULL ? text_short(a, text_safe(a, v->number), NUMBER_POINTS)
					: (v->is_payment ? "Payment" : "Invoice without a number");
	row->day = human_day(a, v->created_at);
	row->day_iso = human_time_iso(a, v->created_at);
	row->amount = billing_money(a, v->is_payment ? v->paid : v->total, v->currency);
	row->status = (struct badge_view){ billing_invoice_label(v), tone_of(v) };
	row->note = note_of(v, a);
	row->pay_href = is_open ? hosted : NULL;
	row->hosted_href = is_open || v->is_payment ? NULL : hosted;
	row->receipt_href = v->is_payment ? hosted : NULL;
	row->pdf_href = checked(v->pdf_url, api_base, a);
}

void
billing_invoices_view_init(struct billing_invoices_view *v, const struct billing_invoices *list,
    bool is_set_up, bool is_first, const char *api_base, struct arena *a)
{
	const bool has_older = list->n > BILLING_INVOICES_SHOWN;

	v->rows.n = has_older ? BILLING_INVOICES_SHOWN : list->n;
	v->rows.v = arena_array(a, v->rows.n, sizeof(*v->rows.v));
	for (size_t i = 0; i < v->rows.n; i++)
		row_init(&v->rows.v[i], &list->v[i], api_base, a);
	if (has_older) {
		const struct billing_invoice *last = &list->v[v->rows.n - 1];

		v->older_href = arena_printf(a, "/billing/invoices?before=%" PRId64 "&id=%s",
		    last->created_us, url_encode(a, last->id));
	}
	if (!is_first)
		v->newest_href = "/billing/invoices";
	v->has_pages = has_older || !is_first;
	v->is_empty = v->rows.n == 0;
	if (!is_set_up) {
		v->none = (struct empty_view){ .title = "No invoices",
			.sentence = BILLING_MISSING,
			.href = "/billing",
			.link = "To billing" };
		return;
	}
	v->none = (struct empty_view){ .title = is_first ? "No invoice yet" : "No older invoice",
		.sentence = is_first ? "What you are charged appears here, each with its invoice."
				     : "That was all.",
		.href = is_first ? "/billing" : "/billing/invoices",
		.link = is_first ? "Plans and prices" : "The newest" };
}
