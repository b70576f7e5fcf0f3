#include "billing/movement_bridge.h"

#include <gmp.h>
#include <string.h>

#include "billing/fx.h"
#include "billing/mrr_number.h"

#define WORDS_OF_MOVES                                                                             \
	[BRIDGE_NEW] = "new", [BRIDGE_REACTIVATION] = "reactivation",                              \
	[BRIDGE_EXPANSION] = "expansion", [BRIDGE_CONTRACTION] = "contraction",                    \
	[BRIDGE_CHURN] = "churn", [BRIDGE_PAUSED] = "paused"

const char *const bridge_line_words[BRIDGE__MAX] = {
	WORDS_OF_MOVES,
	[BRIDGE_FX] = "fx",
};

const char *const bridge_fact_words[FACT__BRIDGE_MAX] = {
	WORDS_OF_MOVES,
	[FACT_STOCK] = "stock",
	[FACT_RATE] = "rate",
};

#define MOVES BRIDGE_FX /* lines before it are movements */

static const bool is_loss[MOVES] = {
	[BRIDGE_CONTRACTION] = true,
	[BRIDGE_CHURN] = true,
	[BRIDGE_PAUSED] = true,
};

/* What is known of one currency. */
struct money {
	const char *currency;
	const char *texts[FACT__BRIDGE_MAX][BRIDGE_DAYS + 1]; /* NULL: not told */
};

struct moneys {
	struct money *v;
	size_t n;
};

struct totals {
	mpq_t start, end, lines[BRIDGE__MAX];
	const char *reporting;
	bool is_whole;
};

/* ---- Order ---- */

static struct money *
money_of(struct moneys *all, const char *currency)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].currency, currency) == 0)
			return &all->v[i];
	all->v[all->n].currency = currency;
	return &all->v[all->n++];
}

static size_t
count_currencies(const struct movement_fact *facts, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i && strcmp(facts[j].currency, facts[i].currency) != 0)
			j++;
		count += j == i;
	}
	return count;
}

static bool
is_fact(const struct movement_fact *f)
{
	bool is_number;
	mpq_t q;

	mpq_init(q);
	is_number = mrr_number_read(q, f->value);
	mpq_clear(q);
	return is_number && f->day >= (f->what == FACT_RATE ? 0 : 1) && f->day <= BRIDGE_DAYS;
}

static enum err
sort_facts(struct moneys *all, struct arena *a, const struct movement_fact *facts, size_t n)
{
	*all = (struct moneys){ .v = arena_array(a, count_currencies(facts, n), sizeof(*all->v)) };
	for (size_t i = 0; i < n; i++) {
		if (!is_fact(&facts[i]))
			return ERR_INVALID;
		money_of(all, facts[i].currency)->texts[facts[i].what][facts[i].day] =
		    facts[i].value;
	}
	return ERR_OK;
}

/* ---- Adding up ---- */

/* to += amount × rate of that day. Nothing is worth nothing at any rate, also at an unknown one. */
static void
add_at_rate(mpq_t to, const mpq_t amount, const struct money *m, int day, struct totals *t)
{
	mpq_t rate;

	if (mpq_sgn(amount) == 0)
		return;
	mpq_init(rate);
	if (!fx_rate_minor(rate, m->texts[FACT_RATE][day], m->currency, t->reporting))
		t->is_whole = false;
	mpq_mul(rate, rate, amount);
	mpq_add(to, to, rate);
	mpq_clear(rate);
}

/* What was in stock before the movements of that day. */
static void
stock_before(mpq_t before, const mpq_t stock, const struct money *m, int day)
{
	mpq_t amount;

	mpq_init(amount);
	mpq_set(before, stock);
	for (int line = 0; line < MOVES; line++) {
		mrr_number_read(amount, m->texts[line][day]);
		if (is_loss[line])
			mpq_add(before, before, amount);
		else
			mpq_sub(before, before, amount);
	}
	mpq_clear(amount);
}

/*
 * The day whose rate movements count at: the one before; but a currency that comes up for the first
 * time may have its first rate on that very day.
 */
static int
rate_day(const mpq_t before, const struct money *m, int day)
{
	return mpq_sgn(before) == 0 && m->texts[FACT_RATE][day - 1] == NULL ? day : day - 1;
}

static void
add_moves(struct totals *t, const struct money *m, int day, int at)
{
	mpq_t amount;

	mpq_init(amount);
	for (int line = 0; line < MOVES; line++) {
		mrr_number_read(amount, m->texts[line][day]);
		add_at_rate(t->lines[line], amount, m, at, t);
	}
	mpq_clear(amount);
}

/* What the stock at the end of the day is worth more at that day's rate than at the other one. */
static void
add_fx(struct totals *t, const mpq_t stock, const struct money *m, int day, int at)
{
	mpq_t less;

	mpq_init(less);
	mpq_neg(less, stock);
	add_at_rate(t->lines[BRIDGE_FX], stock, m, day, t);
	add_at_rate(t->lines[BRIDGE_FX], less, m, at, t);
	mpq_clear(less);
}

/* From the end backwards, since the stock is known there. */
static void
add_money(struct totals *t, const struct money *m)
{
	mpq_t stock, before;

	mpq_inits(stock, before, NULL);
	mrr_number_read(stock, m->texts[FACT_STOCK][BRIDGE_DAYS]);
	add_at_rate(t->end, stock, m, BRIDGE_DAYS, t);
	for (int day = BRIDGE_DAYS; day > 0; day--) {
		stock_before(before, stock, m, day);
		add_moves(t, m, day, rate_day(before, m, day));
		add_fx(t, stock, m, day, rate_day(before, m, day));
		mpq_swap(stock, before);
	}
	add_at_rate(t->start, stock, m, 0, t);
	mpq_clears(stock, before, NULL);
}

static void
add_all(struct totals *t, const struct moneys *all, struct strbuf *missing)
{
	bool was_whole = true;

	for (size_t i = 0; i < all->n; i++) {
		t->is_whole = true;
		add_money(t, &all->v[i]);
		if (!t->is_whole && missing != NULL)
			strbuf_printf(
			    missing, "%s%s", missing->len == 0 ? "" : ", ", all->v[i].currency);
		was_whole &= t->is_whole;
	}
	t->is_whole = was_whole;
}

static bool
agrees(const struct totals *t)
{
	bool is_equal;
	mpq_t sum;

	mpq_init(sum);
	mpq_set(sum, t->start);
	for (int line = 0; line < BRIDGE__MAX; line++)
		if (line < MOVES && is_loss[line])
			mpq_sub(sum, sum, t->lines[line]);
		else
			mpq_add(sum, sum, t->lines[line]);
	is_equal = mpq_equal(sum, t->end);
	mpq_clear(sum);
	return is_equal;
}

static enum err
write_totals(struct movement_bridge *to, struct arena *a, const struct totals *t)
{
	enum err e = mrr_number_decimal(&to->start, a, t->start);

	if (!agrees(t))
		return ERR_INTERNAL;
	if (e == ERR_OK)
		e = mrr_number_decimal(&to->end, a, t->end);
	for (int line = 0; line < BRIDGE__MAX && e == ERR_OK; line++)
		e = mrr_number_decimal(&to->lines[line], a, t->lines[line]);
	return e;
}

enum err
movement_bridge_build(struct movement_bridge *to, struct arena *a,
    const struct movement_fact *facts, size_t n, const char *reporting, struct strbuf *missing)
{
	struct totals t = { .reporting = reporting };
	struct moneys all;
	enum err e = sort_facts(&all, a, facts, n);

	*to = (struct movement_bridge){ 0 };
	if (e != ERR_OK)
		return e;
	mpq_inits(t.start, t.end, NULL);
	for (int line = 0; line < BRIDGE__MAX; line++)
		mpq_init(t.lines[line]);
	add_all(&t, &all, missing);
	to->is_whole = t.is_whole;
	if (t.is_whole)
		e = write_totals(to, a, &t);
	mpq_clears(t.start, t.end, NULL);
	for (int line = 0; line < BRIDGE__MAX; line++)
		mpq_clear(t.lines[line]);
	return e;
}
