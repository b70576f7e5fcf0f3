/* What came between two day ends, by cases; and that whatever came, the sums agree. */
#include <criterion/criterion.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "billing/movement.h"
#include "billing/mrr_number.h"

#define NEVER                                                                                      \
	{                                                                                          \
		false, -1                                                                          \
	}
#define PAID                                                                                       \
	{                                                                                          \
		true, -1                                                                           \
	}
#define AWAY(days)                                                                                 \
	{                                                                                          \
		true, days                                                                         \
	}
#define EUR(was, is)                                                                               \
	{                                                                                          \
		"eur", was, "eur", is, "active", false, NULL                                       \
	}
#define USD(was, is)                                                                               \
	{                                                                                          \
		"usd", was, "usd", is, "active", false, NULL                                       \
	}
#define GONE(was, status, reason)                                                                  \
	{                                                                                          \
		"eur", was, "eur", "0", status, false, reason                                      \
	}
#define CANCELED(was) GONE(was, "canceled", NULL)
#define PAUSED(was, status)                                                                        \
	{                                                                                          \
		"eur", was, "eur", "0", status, true, NULL                                         \
	}
#define PAIRS_MAX 4

/* Each movement as "currency kind was is", churn with its kind behind a colon. */
static const struct {
	const char *name;
	struct movement_past past;
	struct movement_pair pairs[PAIRS_MAX];
	const char *want;
} cases[] = {
	{ "nothing", NEVER, { { 0 } }, "" },
	{ "as before", PAID, { EUR("900", "900") }, "" },
	{ "the same number in other digits", PAID, { EUR("900.000000000000", "900") }, "" },
	{ "never worth anything", NEVER, { EUR("0", "0") }, "" },
	{ "new", NEVER, { EUR("0", "900") }, "eur new 0 900" },
	{ "new in two currencies", NEVER, { EUR("0", "900"), USD("0", "500") },
	    "eur new 0 900, usd new 0 500" },
	{ "back after four days", AWAY(4), { EUR("0", "900") }, "eur reactivation 0 900" },
	{ "back after three days", AWAY(3), { EUR("0", "900") }, "eur expansion 0 900, switch" },
	{ "back after one day, in another currency", AWAY(1), { USD("0", "900") },
	    "usd expansion 0 900, switch" },
	{ "back, and nobody knows since when it was away", PAID, { EUR("0", "900") },
	    "eur reactivation 0 900" },
	{ "never paid, whatever else is said", { false, 1 }, { EUR("0", "900") }, "eur new 0 900" },
	{ "expansion", PAID, { EUR("900", "900.000000000001") },
	    "eur expansion 900 900.000000000001" },
	{ "contraction", PAID, { EUR("900", "1") }, "eur contraction 900 1" },
	{ "a second subscription", PAID, { EUR("900", "900"), EUR("0", "500") },
	    "eur expansion 900 1400" },
	{ "one of two ends", PAID, { EUR("900", "900"), CANCELED("500") },
	    "eur contraction 1400 900" },
	{ "up and down cancel out", PAID, { EUR("900", "500"), EUR("500", "900") }, "" },
	{ "a new one for an old one", PAID, { CANCELED("900"), EUR("0", "750") },
	    "eur contraction 900 750" },
	{ "a yearly one for a monthly one at the same price", PAID,
	    { CANCELED("900"), EUR("0", "900") }, "" },
	{ "another currency beside", PAID, { EUR("900", "900"), USD("0", "500") },
	    "usd expansion 0 500" },
	{ "one currency of two ends", PAID, { CANCELED("900"), USD("500", "500") },
	    "eur contraction 900 0" },
	{ "from euros to dollars with a new subscription", PAID,
	    { CANCELED("900"), USD("0", "1000") }, "eur contraction 900 0, usd expansion 0 1000" },
	{ "a subscription that changes its currency", PAID,
	    { { "eur", "900", "usd", "900", "active", false, NULL } },
	    "eur contraction 900 0, usd expansion 0 900" },
	{ "it changes its currency and ends", PAID,
	    { { "eur", "900", "usd", "0", "canceled", false, NULL } },
	    "eur churn:voluntary 900 0" },
	{ "canceled", PAID, { GONE("900", "canceled", "cancellation_requested") },
	    "eur churn:voluntary 900 0" },
	{ "canceled without a reason", PAID, { CANCELED("900") }, "eur churn:voluntary 900 0" },
	{ "gone at Stripe", PAID, { GONE("900", "canceled", "not_at_stripe") },
	    "eur churn:voluntary 900 0" },
	{ "a coupon takes all of it", PAID, { EUR("900", "0") }, "eur churn:voluntary 900 0" },
	{ "a word that came later", PAID, { GONE("900", "hibernating", "asleep") },
	    "eur churn:voluntary 900 0" },
	{ "unpaid", PAID, { GONE("900", "unpaid", NULL) }, "eur churn:payment 900 0" },
	{ "canceled for payment failure", PAID, { GONE("900", "canceled", "payment_failed") },
	    "eur churn:payment 900 0" },
	{ "disputed", PAID, { GONE("900", "canceled", "payment_disputed") },
	    "eur churn:dispute 900 0" },
	{ "collection paused", PAID, { PAUSED("900", "active") }, "eur churn:paused 900 0" },
	{ "collection paused while past due", PAID, { PAUSED("900", "past_due") },
	    "eur churn:paused 900 0" },
	{ "paused by status", PAID, { GONE("900", "paused", NULL) }, "eur churn:paused 900 0" },
	{ "paused and canceled on the same day", PAID, { PAUSED("900", "canceled") },
	    "eur churn:voluntary 900 0" },
	{ "paused and unpaid", PAID, { PAUSED("900", "unpaid") }, "eur churn:payment 900 0" },
	{ "two end, most for payment failure", PAID,
	    { CANCELED("400"), GONE("500", "unpaid", NULL) }, "eur churn:payment 900 0" },
	{ "three end, most by will", PAID,
	    { CANCELED("300"), GONE("500", "unpaid", NULL), CANCELED("300") },
	    "eur churn:voluntary 1100 0" },
	{ "two end alike", PAID, { CANCELED("500"), GONE("500", "unpaid", NULL) },
	    "eur churn:payment 1000 0" },
	{ "all of two currencies ends, each for its reason", PAID,
	    { GONE("900", "unpaid", NULL), { "usd", "5", "usd", "0", "active", true, NULL } },
	    "eur churn:payment 900 0, usd churn:paused 5 0" },
	{ "no number", PAID, { EUR("900", "nine") }, "invalid" },
	{ "nothing at all", PAID, { EUR("", "900") }, "invalid" },
	{ "below nothing", PAID, { EUR("-1", "900") }, "invalid" },
	{ "more than a column holds", PAID, { EUR("0", "1e25") }, "invalid" },
};

static size_t
count_pairs(const struct movement_pair *pairs)
{
	size_t n = 0;

	while (n < PAIRS_MAX && pairs[n].is != NULL)
		n++;
	return n;
}

static void
describe(struct strbuf *out, enum err e, const struct movements *m)
{
	if (e != ERR_OK) {
		strbuf_puts(out, err_word(e));
		return;
	}
	for (size_t i = 0; i < m->n; i++)
		strbuf_printf(out, "%s%s %s%s%s %s %s", i == 0 ? "" : ", ", m->v[i].currency,
		    movement_kind_words[m->v[i].kind], m->v[i].churn == CHURN__MAX ? "" : ":",
		    m->v[i].churn == CHURN__MAX ? "" : churn_kind_words[m->v[i].churn], m->v[i].was,
		    m->v[i].is);
	if (m->is_switch)
		strbuf_puts(out, ", switch");
}

Test(movement, cases)
{
	struct arena arena = { 0 };
	struct strbuf got = { 0 };
	struct movements m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strbuf_clear(&got);
		describe(&got,
		    movement_find(
			&m, &arena, &cases[i].past, cases[i].pairs, count_pairs(cases[i].pairs)),
		    &m);
		cr_expect_str_eq(
		    strbuf_text(&got), cases[i].want, "%s: %s", cases[i].name, strbuf_text(&got));
	}
	strbuf_free(&got);
	arena_free(&arena);
}

/* ---- Whatever comes ---- */

#define CURRENCIES 3

static const char *const currencies[CURRENCIES] = { "eur", "usd", "jpy" };

static const char *
some_amount(struct arena *a)
{
	return rand() % 2 == 0 ? "0" : arena_printf(a, "%d.%012d", rand() % 3, rand() % 3);
}

static void
add(mpq_t to, const char *text, bool is_less)
{
	mpq_t q;

	mpq_init(q);
	cr_assert(mrr_number_read(q, text));
	if (is_less)
		mpq_sub(to, to, q);
	else
		mpq_add(to, to, q);
	mpq_clear(q);
}

/* In each currency the movements are what the pairs differ by, and there is one at most. */
static void
check_sums(const char *currency, const struct movement_pair *p, size_t n, const struct movements *m)
{
	size_t found = 0;
	mpq_t left;

	mpq_init(left);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(p[i].is_currency, currency) == 0)
			add(left, p[i].is, false);
		if (strcmp(p[i].was_currency, currency) == 0)
			add(left, p[i].was, true);
	}
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->v[i].currency, currency) != 0)
			continue;
		add(left, m->v[i].is, true);
		add(left, m->v[i].was, false);
		found++;
	}
	cr_assert(mpq_sgn(left) == 0);
	cr_assert_leq(found, 1);
	mpq_clear(left);
}

Test(movement, sums_agree_whatever_comes)
{
	struct arena arena = { 0 };

	srand(1);
	for (int round = 0; round < 20000; round++) {
		struct movement_past past = { rand() % 2 == 0, rand() % 6 - 1 };
		struct movement_pair p[PAIRS_MAX];
		size_t n = (size_t)rand() % (PAIRS_MAX + 1);
		struct movements m;

		for (size_t i = 0; i < n; i++)
			p[i] = (struct movement_pair){ currencies[rand() % CURRENCIES],
				some_amount(&arena), currencies[rand() % CURRENCIES],
				some_amount(&arena), "active", false, NULL };
		cr_assert_eq(movement_find(&m, &arena, &past, p, n), ERR_OK);
		for (int c = 0; c < CURRENCIES; c++)
			check_sums(currencies[c], p, n, &m);
		cr_assert_not(m.has_left && m.has_come);
		for (size_t i = 0; i < m.n; i++)
			cr_assert_eq(m.v[i].kind == MOVEMENT_CHURN, m.has_left);
		arena_free(&arena);
	}
}
