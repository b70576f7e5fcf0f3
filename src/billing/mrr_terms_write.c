/* Terms written back in Stripe's shape, only what mrr_terms_read() looks at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "billing/mrr_parts.h"

/* A member of the object that is open: a comma unless it is the first. */
static void
name(struct strbuf *out, const char *word)
{
	if (out->s[out->len - 1] != '{')
		strbuf_putc(out, ',');
	json_write_text(out, word);
	strbuf_putc(out, ':');
}

static void
text(struct strbuf *out, const char *word, const char *value)
{
	if (value == NULL)
		return;
	name(out, word);
	json_write_text(out, value);
}

static void
integer(struct strbuf *out, const char *word, int64_t value)
{
	name(out, word);
	strbuf_printf(out, "%" PRId64, value);
}

static void
truth(struct strbuf *out, const char *word, bool value)
{
	name(out, word);
	strbuf_puts(out, value ? "true" : "false");
}

/* ---- Prices ---- */

static void
write_tier(struct strbuf *out, const struct mrr_tier *t)
{
	strbuf_putc(out, '{');
	if (t->up_to != INT64_MAX)
		integer(out, "up_to", t->up_to);
	else
		strbuf_puts(out, "\"up_to\":null");
	text(out, "unit_amount_decimal", t->unit);
	text(out, "flat_amount_decimal", t->flat);
	strbuf_putc(out, '}');
}

static void
write_tiers(struct strbuf *out, const struct mrr_price *p)
{
	text(out, "tiers_mode", p->tiers_mode);
	if (p->tiers == NULL)
		return;
	name(out, "tiers");
	strbuf_putc(out, '[');
	for (size_t i = 0; i < p->ntiers; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		write_tier(out, &p->tiers[i]);
	}
	strbuf_putc(out, ']');
}

static void
write_recurring(struct strbuf *out, const struct mrr_price *p)
{
	if (p->is_one_time)
		text(out, "type", "one_time");
	if (p->interval == NULL && !p->is_metered)
		return;
	name(out, "recurring");
	strbuf_putc(out, '{');
	text(out, "interval", p->interval);
	integer(out, "interval_count", p->interval_count);
	text(out, "usage_type", p->is_metered ? "metered" : "licensed");
	strbuf_putc(out, '}');
}

static void
write_price(struct strbuf *out, const struct mrr_price *p)
{
	name(out, "price");
	if (!p->is_known) {
		json_write_text(out, p->id);
		return;
	}
	strbuf_putc(out, '{');
	text(out, "id", p->id);
	text(out, "product", p->product);
	text(out, "currency", p->currency);
	text(out, "billing_scheme", p->is_tiered ? "tiered" : "per_unit");
	text(out, "unit_amount_decimal", p->unit);
	write_recurring(out, p);
	write_tiers(out, p);
	if (p->is_tax_inclusive)
		text(out, "tax_behavior", "inclusive");
	if (p->rounding != NULL) {
		name(out, "transform_quantity");
		strbuf_putc(out, '{');
		integer(out, "divide_by", p->divide_by);
		text(out, "round", p->rounding);
		strbuf_putc(out, '}');
	}
	strbuf_putc(out, '}');
}

/* ---- Discounts ---- */

/* As a number, as Stripe has it, when reading that gives the same text again. */
static void
write_percent(struct strbuf *out, const char *percent)
{
	char again[64];

	if (percent == NULL)
		return;
	name(out, "percent_off");
	snprintf(again, sizeof(again), "%.15g", strtod(percent, NULL));
	if (strcmp(again, percent) == 0)
		strbuf_puts(out, percent);
	else
		json_write_text(out, percent);
}

static void
write_products(struct strbuf *out, const struct mrr_discount *d)
{
	if (!d->is_limited)
		return;
	name(out, "applies_to");
	strbuf_puts(out, "{\"products\":[");
	for (size_t i = 0; i < d->nproducts; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		json_write_text(out, d->products[i]);
	}
	strbuf_puts(out, "]}");
}

static void
write_coupon(struct strbuf *out, const struct mrr_discount *d)
{
	strbuf_putc(out, '{');
	text(out, "id", d->coupon_id);
	text(out, "duration", d->duration);
	write_percent(out, d->percent_off);
	text(out, "amount_off", d->amount_off);
	text(out, "currency", d->currency);
	write_products(out, d);
	strbuf_putc(out, '}');
}

static void
write_discount(struct strbuf *out, const struct mrr_discount *d)
{
	if (!d->is_expanded && d->coupon_id == NULL && d->end == 0) {
		json_write_text(out, d->id == NULL ? "" : d->id);
		return;
	}
	strbuf_putc(out, '{');
	text(out, "id", d->id);
	if (d->end != 0)
		integer(out, "end", d->end);
	name(out, "source");
	strbuf_puts(out, "{\"type\":\"coupon\",\"coupon\":");
	if (d->is_expanded)
		write_coupon(out, d);
	else
		json_write_text(out, d->coupon_id);
	strbuf_puts(out, "}}");
}

static void
write_discounts(struct strbuf *out, const struct mrr_discounts *list)
{
	if (list->n == 0)
		return;
	name(out, "discounts");
	strbuf_putc(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		write_discount(out, &list->v[i]);
	}
	strbuf_putc(out, ']');
}

/* ---- Items, phases, all of it ---- */

static void
write_item(struct strbuf *out, const struct mrr_item *item)
{
	strbuf_putc(out, '{');
	text(out, "id", item->id);
	integer(out, "quantity", item->quantity);
	write_price(out, &item->price);
	write_discounts(out, &item->discounts);
	strbuf_putc(out, '}');
}

static void
write_items(struct strbuf *out, const struct mrr_items *items)
{
	strbuf_putc(out, '[');
	for (size_t i = 0; i < items->n; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		write_item(out, &items->v[i]);
	}
	strbuf_putc(out, ']');
}

static void
write_phase(struct strbuf *out, const struct mrr_phase *p)
{
	strbuf_putc(out, '{');
	integer(out, "start_date", p->start);
	name(out, "items");
	write_items(out, &p->items);
	write_discounts(out, &p->discounts);
	strbuf_putc(out, '}');
}

static void
write_schedule(struct strbuf *out, const struct mrr_terms *t)
{
	if (t->schedule_id == NULL)
		return;
	name(out, "schedule");
	strbuf_putc(out, '{');
	text(out, "id", t->schedule_id);
	if (t->is_schedule_unread) {
		truth(out, "is_unread", true);
		strbuf_putc(out, '}');
		return;
	}
	text(out, "end_behavior", t->is_schedule_cancelling ? "cancel" : "release");
	name(out, "phases");
	strbuf_putc(out, '[');
	for (size_t i = 0; i < t->nphases; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		write_phase(out, &t->phases[i]);
	}
	strbuf_puts(out, "]}");
}

void
mrr_terms_write(const struct mrr_terms *t, struct strbuf *out)
{
	strbuf_putc(out, '{');
	text(out, "id", t->id);
	text(out, "object", "subscription");
	text(out, "status", t->status);
	text(out, "currency", t->currency);
	if (t->is_paused) {
		name(out, "pause_collection");
		strbuf_puts(out, "{}");
	}
	truth(out, "cancel_at_period_end", t->cancel_at_period_end);
	if (t->cancel_at != 0)
		integer(out, "cancel_at", t->cancel_at);
	name(out, "items");
	strbuf_puts(out, "{\"data\":");
	write_items(out, &t->items);
	truth(out, "has_more", t->has_more_items);
	strbuf_putc(out, '}');
	write_discounts(out, &t->discounts);
	write_schedule(out, t);
	strbuf_putc(out, '}');
}
