/*
 * The arithmetic of mrr.h. A subscription is added up in passes: one for MRR, which knows coupons
 * that last for ever, one for billed MRR, which also knows those that run, and one for what is
 * scheduled. Rules are named by their numbers in tests/data/mrr-vectors.json.
 */
#include <stdlib.h>
#include <string.h>

#include "billing/mrr_number.h"
#include "billing/mrr_parts.h"

const char *const mrr_flag_words[MRR__MAX] = {
	[MRR_COLLECTION_PAUSED] = "collection_paused",
	[MRR_SCHEDULED_TO_CANCEL] = "scheduled_to_cancel",
	[MRR_PAST_DUE] = "past_due",
	[MRR_METERED] = "metered",
	[MRR_AMOUNT_UNKNOWN] = "amount_unknown",
	[MRR_TIERS_MISSING] = "tiers_missing",
	[MRR_ONCE_DISCOUNT_IGNORED] = "once_discount_ignored",
	[MRR_DISCOUNT_ENDED] = "discount_ended",
	[MRR_REPEATING_DISCOUNT_IN_BILLED_ONLY] = "repeating_discount_in_billed_only",
	[MRR_DISCOUNT_CURRENCY_MISMATCH] = "discount_currency_mismatch",
	[MRR_DISCOUNT_NOT_EXPANDED] = "discount_not_expanded",
	[MRR_ITEMS_INCOMPLETE] = "items_incomplete",
	[MRR_INTERVAL_UNKNOWN] = "interval_unknown",
	[MRR_TAX_INCLUSIVE] = "tax_inclusive",
	[MRR_SCHEDULE_UNREAD] = "schedule_unread",
};

/* One walk through items. */
struct pass {
	struct arena *arena;
	const struct mrr_terms *terms;
	int64_t now;
	bool is_billed;
	uint32_t flags;
	struct mrr_told *told; /* NULL: nobody wants to know */
};

static void
flag(struct pass *p, enum mrr_flag f)
{
	p->flags |= 1U << f;
}

static bool
is_word(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

/* ---- Items: rules 5 to 7 ---- */

/* Rule 6. False: there is no such quantity. */
static bool
quantity_of(mpz_t q, const struct mrr_item *item)
{
	const struct mrr_price *p = &item->price;
	mpz_t divisor;

	if (item->quantity == MRR_QUANTITY_BAD)
		return false;
	mpz_set_si(q, item->quantity);
	if (p->rounding == NULL)
		return true;
	if (p->divide_by < 1 ||
	    (strcmp(p->rounding, "up") != 0 && strcmp(p->rounding, "down") != 0))
		return false;
	mpz_init_set_si(divisor, p->divide_by);
	if (strcmp(p->rounding, "up") == 0)
		mpz_cdiv_q(q, q, divisor);
	else
		mpz_fdiv_q(q, q, divisor);
	mpz_clear(divisor);
	return true;
}

/* Adds units × unit + flat. False: the tier has neither. */
static bool
add_tier(struct pass *p, mpq_t sum, const struct mrr_tier *t, const mpz_t units)
{
	mpq_t n, amount;

	if (t->unit == NULL && t->flat == NULL)
		return false;
	mpq_inits(n, amount, NULL);
	mpq_set_z(n, units);
	mrr_number_read(amount, t->unit);
	mpq_mul(amount, amount, n);
	mpq_add(sum, sum, amount);
	mrr_number_read(amount, t->flat);
	mpq_add(sum, sum, amount);
	if (p->told != NULL)
		mrr_tell_tier(p->told, mrr_number_exact(p->arena, n), t);
	mpq_clears(n, amount, NULL);
	return true;
}

static bool
add_graduated(struct pass *p, mpq_t sum, const struct mrr_price *price, const mpz_t quantity)
{
	mpz_t below, units;
	bool is_known = true;

	mpz_inits(below, units, NULL);
	for (size_t i = 0; i < price->ntiers && is_known && mpz_cmp(quantity, below) > 0; i++) {
		const struct mrr_tier *t = &price->tiers[i];

		if (t->up_to == INT64_MAX || mpz_cmp_si(quantity, t->up_to) <= 0)
			mpz_sub(units, quantity, below);
		else {
			mpz_ui_sub(units, (unsigned long)t->up_to, below);
		}
		if (mpz_sgn(units) > 0)
			is_known = add_tier(p, sum, t, units);
		mpz_add(below, below, units);
	}
	mpz_clears(below, units, NULL);
	return is_known;
}

static bool
add_volume(struct pass *p, mpq_t sum, const struct mrr_price *price, const mpz_t quantity)
{
	size_t i = 0;

	while (i + 1 < price->ntiers && mpz_cmp_si(quantity, price->tiers[i].up_to) > 0)
		i++;
	return add_tier(p, sum, &price->tiers[i], quantity);
}

/* A list that ends below the quantity is no complete list. */
static bool
has_tiers_for(const struct mrr_price *price, const mpz_t quantity)
{
	int64_t most = price->tiers == NULL ? 0 : price->tiers[price->ntiers - 1].up_to;

	return price->tiers != NULL && (most == INT64_MAX || mpz_cmp_si(quantity, most) <= 0) &&
	       (is_word(price->tiers_mode, "graduated") || is_word(price->tiers_mode, "volume"));
}

/* Rule 7. */
static void
price_tiers(struct pass *p, mpq_t sum, const struct mrr_price *price, const mpz_t quantity)
{
	bool is_known;

	if (!has_tiers_for(price, quantity)) {
		flag(p, MRR_TIERS_MISSING);
		return;
	}
	is_known = strcmp(price->tiers_mode, "graduated") == 0
		       ? add_graduated(p, sum, price, quantity)
		       : add_volume(p, sum, price, quantity);
	if (!is_known) {
		flag(p, MRR_AMOUNT_UNKNOWN);
		mpq_set_ui(sum, 0, 1);
	}
}

static void
price_units(struct pass *p, mpq_t sum, const struct mrr_price *price, const mpz_t quantity)
{
	mpq_t n;

	if (!mrr_number_read(sum, price->unit)) {
		flag(p, MRR_AMOUNT_UNKNOWN);
		return;
	}
	mpq_init(n);
	mpq_set_z(n, quantity);
	mpq_mul(sum, sum, n);
	mpq_clear(n);
}

/* Rule 13: how much of a month's worth one period's amount is. False: the period is unknown. */
static bool
month_factor(mpq_t factor, const struct mrr_price *p)
{
	static const struct {
		const char *interval;
		unsigned long above, below;
	} factors[] = { { "month", 1, 1 }, { "year", 1, 12 }, { "week", 52, 12 },
		{ "day", 365, 12 } };
	mpz_t count;

	for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		if (!is_word(p->interval, factors[i].interval) || p->interval_count < 1)
			continue;
		mpz_init_set_si(count, p->interval_count);
		mpq_set_ui(factor, factors[i].above, factors[i].below);
		mpz_mul(mpq_denref(factor), mpq_denref(factor), count);
		mpq_canonicalize(factor);
		mpz_clear(count);
		return true;
	}
	mpq_set_ui(factor, 0, 1);
	return false;
}

/* Whether the item has an amount each period at all; flags why not. */
static bool
recurs(struct pass *p, const struct mrr_price *price)
{
	mpq_t factor;
	bool is_known;

	if (price->is_metered)
		flag(p, MRR_METERED);
	if (price->is_metered || price->is_one_time)
		return false;
	if (!price->is_known ||
	    (price->currency != NULL && strcmp(price->currency, p->terms->currency) != 0)) {
		flag(p, MRR_AMOUNT_UNKNOWN);
		return false;
	}
	mpq_init(factor);
	is_known = month_factor(factor, price);
	mpq_clear(factor);
	if (!is_known)
		flag(p, MRR_INTERVAL_UNKNOWN);
	return is_known;
}

static void
price_quantity(struct pass *p, mpq_t sum, const struct mrr_item *item)
{
	mpz_t quantity;

	mpz_init(quantity);
	if (!quantity_of(quantity, item))
		flag(p, MRR_AMOUNT_UNKNOWN);
	else if (item->price.is_tiered)
		price_tiers(p, sum, &item->price, quantity);
	else
		price_units(p, sum, &item->price, quantity);
	mpz_clear(quantity);
}

/* Per billing period, before discounts. */
static void
price_item(struct pass *p, mpq_t sum, const struct mrr_item *item)
{
	if (p->told != NULL)
		mrr_tell_item(p->told, item);
	if (!recurs(p, &item->price))
		return;
	price_quantity(p, sum, item);
	if (item->price.is_tax_inclusive)
		flag(p, MRR_TAX_INCLUSIVE);
	if (p->told != NULL)
		mrr_tell_gross(p->told, item, sum);
}

/* ---- Discounts: rules 8 to 12 ---- */

static bool
leave_out(struct pass *p, const struct mrr_discount *d, enum mrr_flag f, const char *why)
{
	flag(p, f);
	if (p->told != NULL)
		mrr_tell_left_out(p->told, d, why);
	return false;
}

/* Rules 9, 10 and 12: whether it counts in this pass. */
static bool
counts(struct pass *p, const struct mrr_discount *d)
{
	bool is_repeating;

	if (!d->is_expanded)
		return leave_out(p, d, MRR_DISCOUNT_NOT_EXPANDED, "its coupon is not known");
	if (strcmp(d->duration, "once") == 0)
		return leave_out(p, d, MRR_ONCE_DISCOUNT_IGNORED, "it counts once only");
	if (d->end != 0 && d->end <= p->now)
		return leave_out(p, d, MRR_DISCOUNT_ENDED, "it has ended");
	is_repeating = strcmp(d->duration, "repeating") == 0;
	if (!is_repeating && strcmp(d->duration, "forever") != 0)
		return leave_out(p, d, MRR_DISCOUNT_NOT_EXPANDED, "its duration is not known");
	if (is_repeating) {
		flag(p, MRR_REPEATING_DISCOUNT_IN_BILLED_ONLY);
		if (!p->is_billed)
			return leave_out(p, d, MRR_REPEATING_DISCOUNT_IN_BILLED_ONLY,
			    "it ends, and counts in billed MRR only");
	}
	if (d->amount_off != NULL && !is_word(d->currency, p->terms->currency))
		return leave_out(
		    p, d, MRR_DISCOUNT_CURRENCY_MISMATCH, "its amount is of another currency");
	return true;
}

/* Rule 11. */
static bool
is_eligible(const struct mrr_discount *d, const struct mrr_item *item)
{
	for (size_t i = 0; i < d->nproducts; i++)
		if (is_word(d->products[i], item->price.product == NULL ? "" : item->price.product))
			return true;
	return !d->is_limited;
}

/* Rule 10: what is left of 1 after the discount. */
static void
rest_of(mpq_t rest, const struct mrr_discount *d, const mpq_t eligible)
{
	mpq_t off;

	mpq_init(off);
	mpq_set_ui(rest, 1, 1);
	if (d->percent_off != NULL) {
		mpq_t hundred;

		mpq_init(hundred);
		mpq_set_ui(hundred, 100, 1);
		mrr_number_read(off, d->percent_off);
		mpq_div(off, off, hundred);
		mpq_clear(hundred);
	} else if (mpq_sgn(eligible) > 0) {
		mrr_number_read(off, d->amount_off);
		mpq_div(off, off, eligible);
	}
	mpq_sub(rest, rest, off);
	if (mpq_sgn(rest) < 0)
		mpq_set_ui(rest, 0, 1);
	mpq_clear(off);
}

/* A discount on n items, whose amounts a period are given. */
static void
apply(struct pass *p, const struct mrr_discount *unresolved, const struct mrr_item *items,
    mpq_t *amounts, size_t n)
{
	const struct mrr_discount *d = mrr_terms_resolve(p->terms, unresolved);
	mpq_t eligible, rest, before;

	if (!counts(p, d))
		return;
	mpq_inits(eligible, rest, before, NULL);
	for (size_t i = 0; i < n; i++)
		if (is_eligible(d, &items[i]))
			mpq_add(eligible, eligible, amounts[i]);
	rest_of(rest, d, eligible);
	for (size_t i = 0; i < n; i++) {
		if (!is_eligible(d, &items[i]))
			continue;
		mpq_set(before, amounts[i]);
		mpq_mul(amounts[i], amounts[i], rest);
		if (p->told != NULL && mpq_sgn(before) != 0)
			mrr_tell_discount(p->told, d, &items[i], before, amounts[i]);
	}
	mpq_clears(eligible, rest, before, NULL);
}

/* ---- Sums: rules 13 and 14 ---- */

static void
add_months(struct pass *p, mpq_t sum, const struct mrr_item *item, const mpq_t amount)
{
	mpq_t factor, monthly;

	mpq_inits(factor, monthly, NULL);
	month_factor(factor, &item->price);
	mpq_mul(monthly, amount, factor);
	mpq_add(sum, sum, monthly);
	if (p->told != NULL && mpq_sgn(factor) > 0 && !item->price.is_metered)
		mrr_tell_month(p->told, item, amount, factor, monthly);
	mpq_clears(factor, monthly, NULL);
}

static void
add_up(struct pass *p, mpq_t sum, const struct mrr_items *items, const struct mrr_discounts *all)
{
	mpq_t *amounts = arena_array(p->arena, items->n, sizeof(*amounts));

	for (size_t i = 0; i < items->n; i++) {
		const struct mrr_discounts *own = &items->v[i].discounts;

		mpq_init(amounts[i]);
		price_item(p, amounts[i], &items->v[i]);
		for (size_t k = 0; k < own->n; k++)
			apply(p, &own->v[k], &items->v[i], &amounts[i], 1);
	}
	for (size_t k = 0; k < all->n; k++)
		apply(p, &all->v[k], items->v, amounts, items->n);
	mpq_set_ui(sum, 0, 1);
	for (size_t i = 0; i < items->n; i++) {
		add_months(p, sum, &items->v[i], amounts[i]);
		mpq_clear(amounts[i]);
	}
}

/* ---- The figures ---- */

struct figures {
	mpq_t mrr, billed, committed, trial;
};

static void
tell(struct pass *p, const char *sentence)
{
	if (p->told != NULL)
		mrr_tell_line(p->told, sentence);
}

static bool
ends(const struct mrr_terms *t)
{
	return t->cancel_at_period_end || t->cancel_at != 0 || t->is_schedule_cancelling;
}

/* MRR without what ends, and with the prices that are to last. */
static void
commit(struct pass *p, struct figures *f)
{
	const struct mrr_phase *last = mrr_terms_last_phase(p->terms, p->now);

	if (ends(p->terms)) {
		tell(p, "Committed MRR: it is to end, so nothing is committed.");
		return;
	}
	if (last == NULL) {
		tell(p, "Committed MRR: nothing is scheduled, so it is as MRR.");
		mpq_set(f->committed, f->mrr);
		return;
	}
	tell(p, "Committed MRR, with the prices that are scheduled to last:");
	p->is_billed = false;
	add_up(p, f->committed, &last->items, &last->discounts);
}

static void
count(struct pass *p, struct figures *f)
{
	const struct mrr_terms *t = p->terms;

	if (t->cancel_at_period_end || t->cancel_at != 0)
		flag(p, MRR_SCHEDULED_TO_CANCEL);
	if (strcmp(t->status, "past_due") == 0)
		flag(p, MRR_PAST_DUE);
	if (t->has_more_items)
		flag(p, MRR_ITEMS_INCOMPLETE);
	if (t->is_schedule_unread)
		flag(p, MRR_SCHEDULE_UNREAD);
	tell(p, "MRR, with coupons that last for ever:");
	add_up(p, f->mrr, &t->items, &t->discounts);
	tell(p, "Billed MRR, also with coupons that run for a time:");
	p->is_billed = true;
	add_up(p, f->billed, &t->items, &t->discounts);
	commit(p, f);
}

/* Rules 2 to 4. */
static void
compute(struct pass *p, struct figures *f)
{
	const struct mrr_terms *t = p->terms;
	bool is_trial = strcmp(t->status, "trialing") == 0;

	if (!is_trial && strcmp(t->status, "active") != 0 && strcmp(t->status, "past_due") != 0) {
		tell(p, "A subscription of this status counts nothing.");
	} else if (t->is_paused) {
		tell(p, "Its collection is paused: it counts nothing.");
		if (!is_trial)
			flag(p, MRR_COLLECTION_PAUSED);
	} else if (is_trial) {
		tell(p, "A trial counts nothing yet. What it would be worth:");
		add_up(p, f->trial, &t->items, &t->discounts);
		p->flags = 0;
	} else
		count(p, f);
}

/* ---- When they change ---- */

static void
sooner(int64_t *at, int64_t when, int64_t now)
{
	if (when > now && (*at == 0 || when < *at))
		*at = when;
}

static void
see_ends(int64_t *at, const struct mrr_discounts *list, int64_t now)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].is_expanded && strcmp(list->v[i].duration, "once") != 0)
			sooner(at, list->v[i].end, now);
}

/* The end of a discount, the beginning of a phase; what else changes them, Stripe tells. */
static int64_t
changes_at(const struct mrr_terms *t, int64_t now)
{
	int64_t at = 0;

	if (strcmp(t->status, "active") != 0 && strcmp(t->status, "past_due") != 0 &&
	    strcmp(t->status, "trialing") != 0)
		return 0;
	see_ends(&at, &t->discounts, now);
	for (size_t i = 0; i < t->items.n; i++)
		see_ends(&at, &t->items.v[i].discounts, now);
	for (size_t i = 0; i < t->nphases; i++) {
		sooner(&at, t->phases[i].start, now);
		see_ends(&at, &t->phases[i].discounts, now);
	}
	return at;
}

static enum err
write_down(struct mrr *m, struct arena *a, const struct figures *f)
{
	if (mrr_number_decimal(&m->mrr, a, f->mrr) != ERR_OK ||
	    mrr_number_decimal(&m->billed, a, f->billed) != ERR_OK ||
	    mrr_number_decimal(&m->committed, a, f->committed) != ERR_OK ||
	    mrr_number_decimal(&m->trial, a, f->trial) != ERR_OK ||
	    mrr_number_round(&m->rounded, f->mrr) != ERR_OK ||
	    mrr_number_round(&m->billed_rounded, f->billed) != ERR_OK)
		return ERR_INVALID;
	m->exact = mrr_number_exact(a, f->mrr);
	m->billed_exact = mrr_number_exact(a, f->billed);
	return ERR_OK;
}

enum err
mrr_compute_told(
    struct mrr *m, struct arena *a, const struct mrr_terms *t, int64_t now, struct mrr_told *told)
{
	struct pass p = { .arena = a, .terms = t, .now = now, .told = told };
	struct figures f;
	enum err e;

	memset(m, 0, sizeof(*m));
	mpq_inits(f.mrr, f.billed, f.committed, f.trial, NULL);
	compute(&p, &f);
	m->currency = t->currency;
	m->flags = p.flags;
	m->changes_at = changes_at(t, now);
	e = write_down(m, a, &f);
	mpq_clears(f.mrr, f.billed, f.committed, f.trial, NULL);
	return e;
}

enum err
mrr_compute(struct mrr *m, struct arena *a, const struct mrr_terms *t, int64_t now)
{
	return mrr_compute_told(m, a, t, now, NULL);
}

const char *
mrr_flags_array(struct arena *a, uint32_t flags)
{
	const char *text = "";

	for (int i = 0; i < MRR__MAX; i++)
		if ((flags & 1U << i) != 0)
			text = arena_printf(
			    a, "%s%s%s", text, *text == '\0' ? "" : ",", mrr_flag_words[i]);
	return arena_printf(a, "{%s}", text);
}
