#include "billing/movement.h"

#include <gmp.h>
#include <string.h>

#include "billing/mrr_number.h"

const char *const movement_kind_words[MOVEMENT__MAX] = {
	[MOVEMENT_NEW] = "new",
	[MOVEMENT_REACTIVATION] = "reactivation",
	[MOVEMENT_EXPANSION] = "expansion",
	[MOVEMENT_CONTRACTION] = "contraction",
	[MOVEMENT_CHURN] = "churn",
};

const char *const churn_kind_words[CHURN__MAX] = {
	[CHURN_PAYMENT] = "payment",
	[CHURN_DISPUTE] = "dispute",
	[CHURN_PAUSED] = "paused",
	[CHURN_VOLUNTARY] = "voluntary",
};

/* What the payer has in one currency, and what of it was lost for which reason. */
struct purse {
	const char *currency;
	mpq_t was, is, lost[CHURN__MAX];
};

struct purses {
	struct purse *v;
	size_t n;
};

/* ---- Adding up ---- */

static struct purse *
purse_of(struct purses *all, const char *currency)
{
	struct purse *p;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].currency, currency) == 0)
			return &all->v[i];
	p = &all->v[all->n++];
	p->currency = currency;
	mpq_inits(p->was, p->is, NULL);
	for (int k = 0; k < CHURN__MAX; k++)
		mpq_init(p->lost[k]);
	return p;
}

static void
purses_clear(struct purses *all)
{
	for (size_t i = 0; i < all->n; i++) {
		mpq_clears(all->v[i].was, all->v[i].is, NULL);
		for (int k = 0; k < CHURN__MAX; k++)
			mpq_clear(all->v[i].lost[k]);
	}
}

static bool
is_word(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

static enum churn_kind
churn_of(const struct movement_pair *p)
{
	if (is_word(p->status, "unpaid") || is_word(p->cancel_reason, "payment_failed"))
		return CHURN_PAYMENT;
	if (is_word(p->cancel_reason, "payment_disputed"))
		return CHURN_DISPUTE;
	if (is_word(p->status, "paused"))
		return CHURN_PAUSED;
	return p->is_paused && !is_word(p->status, "canceled") ? CHURN_PAUSED : CHURN_VOLUNTARY;
}

static bool
read_amount(mpq_t to, const char *text)
{
	return mrr_number_read(to, text) && mpq_sgn(to) >= 0;
}

static enum err
add_pair(struct purses *all, const struct movement_pair *p)
{
	struct purse *before = purse_of(all, p->was_currency);
	struct purse *after = purse_of(all, p->is_currency);
	enum err e = ERR_INVALID;
	mpq_t was, is;

	mpq_inits(was, is, NULL);
	if (read_amount(was, p->was) && read_amount(is, p->is)) {
		mpq_add(before->was, before->was, was);
		mpq_add(after->is, after->is, is);
		if (mpq_sgn(is) == 0)
			mpq_add(before->lost[churn_of(p)], before->lost[churn_of(p)], was);
		e = ERR_OK;
	}
	mpq_clears(was, is, NULL);
	return e;
}

/* ---- Telling ---- */

/* Why most of it was lost. */
static enum churn_kind
most_lost(const struct purse *p)
{
	enum churn_kind most = CHURN_PAYMENT;

	for (int k = 1; k < CHURN__MAX; k++)
		if (mpq_cmp(p->lost[k], p->lost[most]) > 0)
			most = (enum churn_kind)k;
	return most;
}

static enum movement_kind
coming_kind(const struct movement_past *past, bool is_switch)
{
	if (is_switch)
		return MOVEMENT_EXPANSION;
	return past->has_paid ? MOVEMENT_REACTIVATION : MOVEMENT_NEW;
}

static enum movement_kind
kind_of(const struct purse *p, const struct movement_past *past, const struct movements *all)
{
	if (mpq_sgn(p->was) == 0 && all->has_come)
		return coming_kind(past, all->is_switch);
	if (mpq_sgn(p->is) == 0 && all->has_left)
		return MOVEMENT_CHURN;
	return mpq_cmp(p->is, p->was) > 0 ? MOVEMENT_EXPANSION : MOVEMENT_CONTRACTION;
}

static enum err
tell(struct movements *to, struct arena *a, const struct purse *p, const struct movement_past *past)
{
	struct movement *m = &to->v[to->n];
	enum err e = mrr_number_decimal(&m->was, a, p->was);

	if (mpq_equal(p->was, p->is))
		return ERR_OK;
	if (e == ERR_OK)
		e = mrr_number_decimal(&m->is, a, p->is);
	m->currency = p->currency;
	m->kind = kind_of(p, past, to);
	m->churn = m->kind == MOVEMENT_CHURN ? most_lost(p) : CHURN__MAX;
	to->n++;
	return e;
}

/* Whether it came or went: in all currencies together. */
static void
look_at_whole(struct movements *to, const struct purses *all, const struct movement_past *past)
{
	bool was_paying = false, is_paying = false;

	for (size_t i = 0; i < all->n; i++) {
		was_paying |= mpq_sgn(all->v[i].was) > 0;
		is_paying |= mpq_sgn(all->v[i].is) > 0;
	}
	to->has_left = was_paying && !is_paying;
	to->has_come = !was_paying && is_paying;
	to->is_switch = to->has_come && past->has_paid && past->days_away >= 0 &&
			past->days_away <= MOVEMENT_SWITCH_DAYS;
}

enum err
movement_find(struct movements *to, struct arena *a, const struct movement_past *past,
    const struct movement_pair *pairs, size_t n)
{
	struct purses all = { .v = arena_array(a, 2 * n, sizeof(*all.v)) };
	enum err e = ERR_OK;

	*to = (struct movements){ .v = arena_array(a, 2 * n, sizeof(*to->v)) };
	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = add_pair(&all, &pairs[i]);
	look_at_whole(to, &all, past);
	for (size_t i = 0; i < all.n && e == ERR_OK; i++)
		e = tell(to, a, &all.v[i], past);
	purses_clear(&all);
	return e;
}
