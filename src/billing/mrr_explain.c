/*
 * How a figure came about, in plain text: a line for each step that mrr.c takes. Names of Stripe's
 * are made harmless for a terminal.
 */
#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/mrr_number.h"
#include "billing/mrr_parts.h"

static const char *
safe(struct mrr_told *t, const char *name)
{
	return name == NULL ? "unnamed" : text_safe(t->arena, name);
}

/* "833.333333333333 (2500/3)"; the fraction only where the decimals are cut. */
static const char *
number(struct mrr_told *t, const mpq_t q)
{
	const char *text;
	mpq_t again;
	bool is_same;

	if (mrr_number_decimal(&text, t->arena, q) != ERR_OK)
		return mrr_number_exact(t->arena, q);
	mpq_init(again);
	mrr_number_read(again, text);
	is_same = mpq_equal(again, q);
	mpq_clear(again);
	return is_same ? text
		       : arena_printf(t->arena, "%s (%s)", text, mrr_number_exact(t->arena, q));
}

static const char *
period(struct mrr_told *t, const struct mrr_price *p)
{
	if (p->interval == NULL)
		return "an unknown period";
	if (p->interval_count == 1)
		return arena_printf(t->arena, "1 %s", safe(t, p->interval));
	return arena_printf(t->arena, "%" PRId64 " %ss", p->interval_count, safe(t, p->interval));
}

static const char *
quantity(struct mrr_told *t, const struct mrr_item *item)
{
	if (item->quantity == MRR_QUANTITY_BAD)
		return "an unknown quantity";
	if (item->price.rounding == NULL)
		return arena_printf(t->arena, "%" PRId64, item->quantity);
	return arena_printf(t->arena, "(%" PRId64 " / %" PRId64 ", rounded %s)", item->quantity,
	    item->price.divide_by, safe(t, item->price.rounding));
}

void
mrr_tell_line(struct mrr_told *t, const char *sentence)
{
	strbuf_printf(t->out, "%s\n", sentence);
}

void
mrr_tell_item(struct mrr_told *t, const struct mrr_item *item)
{
	const struct mrr_price *p = &item->price;

	strbuf_printf(t->out, "  %s, price %s: ", safe(t, item->id), safe(t, p->id));
	if (!p->is_known)
		strbuf_puts(t->out, "nothing is known of the price; 0\n");
	else if (p->is_metered)
		strbuf_puts(t->out, "metered, and what is used is not committed; 0\n");
	else if (p->is_one_time)
		strbuf_puts(t->out, "paid once; 0\n");
	else if (p->is_tiered)
		strbuf_printf(t->out, "%s in tiers, %s\n", quantity(t, item),
		    p->tiers == NULL ? "which are missing" : safe(t, p->tiers_mode));
	else
		strbuf_printf(t->out, "%s × %s\n", p->unit == NULL ? "an unknown amount" : p->unit,
		    quantity(t, item));
}

void
mrr_tell_gross(struct mrr_told *t, const struct mrr_item *item, const mpq_t gross)
{
	strbuf_printf(t->out, "    = %s for %s\n", number(t, gross), period(t, &item->price));
}

void
mrr_tell_tier(struct mrr_told *t, const char *units, const struct mrr_tier *tier)
{
	strbuf_printf(t->out, "    tier up to ");
	if (tier->up_to == INT64_MAX)
		strbuf_puts(t->out, "any number");
	else
		strbuf_printf(t->out, "%" PRId64, tier->up_to);
	strbuf_printf(t->out, ": %.*s × %s", (int)strcspn(units, "/"), units,
	    tier->unit == NULL ? "0" : tier->unit);
	if (tier->flat != NULL)
		strbuf_printf(t->out, " + %s", tier->flat);
	strbuf_putc(t->out, '\n');
}

static const char *
what_it_takes(struct mrr_told *t, const struct mrr_discount *d)
{
	if (d->percent_off != NULL)
		return arena_printf(t->arena, "%s %%", d->percent_off);
	if (d->amount_off != NULL)
		return arena_printf(t->arena, "%s %s", d->amount_off, safe(t, d->currency));
	return "an unknown part";
}

void
mrr_tell_left_out(struct mrr_told *t, const struct mrr_discount *d, const char *why)
{
	strbuf_printf(t->out, "    discount %s, coupon %s, %s off: left out, %s\n", safe(t, d->id),
	    safe(t, d->coupon_id), what_it_takes(t, d), why);
}

void
mrr_tell_discount(struct mrr_told *t, const struct mrr_discount *d, const struct mrr_item *item,
    const mpq_t before, const mpq_t after)
{
	strbuf_printf(t->out, "    discount %s, coupon %s, %s off: %s from %s to %s\n",
	    safe(t, d->id), safe(t, d->coupon_id), what_it_takes(t, d), safe(t, item->id),
	    number(t, before), number(t, after));
}

void
mrr_tell_month(struct mrr_told *t, const struct mrr_item *item, const mpq_t amount,
    const mpq_t factor, const mpq_t monthly)
{
	strbuf_printf(t->out, "    a month of %s: %s × %s = %s\n", safe(t, item->id),
	    number(t, amount), mrr_number_exact(t->arena, factor), number(t, monthly));
}

static void
tell_figure(struct strbuf *out, const char *name, const char *decimal, const char *exact)
{
	strbuf_printf(out, "%-14s %s", name, decimal);
	if (exact != NULL)
		strbuf_printf(out, ", exactly %s", exact);
	strbuf_putc(out, '\n');
}

static void
tell_flags(struct strbuf *out, uint32_t flags)
{
	strbuf_puts(out, "Flags:        ");
	for (int i = 0; i < MRR__MAX; i++)
		if ((flags & 1U << i) != 0)
			strbuf_printf(out, " %s", mrr_flag_words[i]);
	strbuf_puts(out, flags == 0 ? " none\n" : "\n");
}

static void
tell_result(struct mrr_told *t, const struct mrr *m)
{
	char text[NUMBER_SIZE];

	strbuf_putc(t->out, '\n');
	tell_figure(t->out, "MRR:", m->mrr, m->exact);
	tell_figure(t->out, "Billed MRR:", m->billed, m->billed_exact);
	tell_figure(t->out, "Committed MRR:", m->committed, NULL);
	tell_figure(t->out, "Trial MRR:", m->trial, NULL);
	strbuf_printf(t->out, "Shown as:      %s %s a month",
	    money_number(text, m->rounded, m->currency), safe(t, m->currency));
	strbuf_printf(t->out, ", billed %s\n", money_number(text, m->billed_rounded, m->currency));
	tell_flags(t->out, m->flags);
	strbuf_printf(t->out, "Changes at:    %s\n",
	    m->changes_at == 0 ? "no time that is known" : human_time(t->arena, m->changes_at));
}

enum err
mrr_explain(
    struct strbuf *out, struct mrr *m, struct arena *a, const struct mrr_terms *terms, int64_t now)
{
	struct mrr_told told = { .out = out, .arena = a };
	enum err e;

	strbuf_printf(out, "%s: %s, %s, at %s. Amounts in the smallest unit of the currency.\n\n",
	    safe(&told, terms->id), safe(&told, terms->status), safe(&told, terms->currency),
	    human_time(a, now));
	e = mrr_compute_told(m, a, terms, now, &told);
	if (e == ERR_OK)
		tell_result(&told, m);
	return e;
}
