/* MRR vectors: the shape of tests/data/mrr-vectors.json. */
#include <gmp.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "billing/mrr.h"
#include "vectors/vectors.h"

/* Flags of ours that no vector knows: they count only where a case expects them. */
#define OURS (1U << MRR_INTERVAL_UNKNOWN | 1U << MRR_TAX_INCLUSIVE)

#define CURRENCIES_MAX 64

struct total {
	const char *currency;
	mpq_t exact;
};

struct totals {
	struct total v[CURRENCIES_MAX];
	size_t n;
};

static const char *
text(const struct json *o, const char *name)
{
	const char *value = "";

	json_read_text(o, name, &value);
	return value;
}

static int64_t
number(const struct json *o, const char *name)
{
	int64_t n = INT64_MIN;

	json_read_int(o, name, &n);
	return n;
}

/* False: a word that is no flag. */
static bool
read_flags(uint32_t *flags, const struct json *c)
{
	const struct json *list = NULL;
	int k;

	*flags = 0;
	if (json_read_array(c, "expected_flags", &list) != ERR_OK)
		return false;
	for (size_t i = 0; i < list->n; i++) {
		for (k = 0; k < MRR__MAX; k++)
			if (list->items[i].kind == JSON_KIND_TEXT &&
			    strcmp(list->items[i].text, mrr_flag_words[k]) == 0)
				break;
		if (k == MRR__MAX)
			return false;
		*flags |= 1U << k;
	}
	return true;
}

/* Whether two fractions are the same number, however they are written. */
static bool
is_same(const char *a, const char *b)
{
	mpq_t x, y;
	bool same;

	mpq_inits(x, y, NULL);
	same = mpq_set_str(x, a, 10) == 0 && mpq_set_str(y, b, 10) == 0 &&
	       mpz_sgn(mpq_denref(x)) != 0 && mpz_sgn(mpq_denref(y)) != 0;
	if (same) {
		mpq_canonicalize(x);
		mpq_canonicalize(y);
		same = mpq_equal(x, y);
	}
	mpq_clears(x, y, NULL);
	return same;
}

static void
add(struct totals *t, const char *currency, const char *exact)
{
	mpq_t amount;
	size_t i;

	for (i = 0; i < t->n && strcmp(t->v[i].currency, currency) != 0; i++)
		;
	if (i == CURRENCIES_MAX)
		return;
	if (i == t->n) {
		t->v[t->n].currency = currency;
		mpq_init(t->v[t->n++].exact);
	}
	mpq_init(amount);
	mpq_set_str(amount, exact, 10);
	mpq_add(t->v[i].exact, t->v[i].exact, amount);
	mpq_clear(amount);
}

/* The figures of a case; also after its terms were written down and read again, as the mirror does.
 */
static enum err
compute(
    struct mrr *m, struct mrr *again, struct arena *a, const struct json *subscription, int64_t now)
{
	const struct json *written;
	struct mrr_terms *terms;
	struct strbuf out = { 0 };
	enum err e = mrr_terms_read(&terms, a, subscription);

	if (e == ERR_OK)
		e = mrr_compute(m, a, terms, now);
	if (e == ERR_OK) {
		mrr_terms_write(terms, &out);
		e = json_read_parse(&written, a, strbuf_text(&out), out.len);
	}
	if (e == ERR_OK)
		e = mrr_terms_read(&terms, a, written);
	if (e == ERR_OK)
		e = mrr_compute(again, a, terms, now);
	strbuf_free(&out);
	return e;
}

static void
check(struct vectors *v, struct arena *a, const struct json *c, const struct mrr *m,
    const struct mrr *again)
{
	const char *name = text(c, "name");
	uint32_t flags;

	if (!read_flags(&flags, c))
		vectors_failed(v, name, "its expected_flags are no list of known words");
	else if (!is_same(m->exact, text(c, "exact")))
		vectors_failed(v, name, "exact is %s, expected %s", m->exact, text(c, "exact"));
	else if (!is_same(m->billed_exact, text(c, "exact_billed")))
		vectors_failed(
		    v, name, "billed is %s, expected %s", m->billed_exact, text(c, "exact_billed"));
	else if (m->rounded != number(c, "expected_mrr_minor"))
		vectors_failed(v, name, "rounded is %" PRId64 ", expected %" PRId64, m->rounded,
		    number(c, "expected_mrr_minor"));
	else if (m->billed_rounded != number(c, "expected_billed_mrr_minor"))
		vectors_failed(v, name, "billed and rounded is %" PRId64 ", expected %" PRId64,
		    m->billed_rounded, number(c, "expected_billed_mrr_minor"));
	else if (strcmp(m->currency, text(c, "expected_currency")) != 0)
		vectors_failed(v, name, "the currency is %s, expected %s", m->currency,
		    text(c, "expected_currency"));
	else if ((m->flags & ~(OURS & ~flags)) != flags)
		vectors_failed(v, name, "flags are %s, expected %s", mrr_flags_array(a, m->flags),
		    mrr_flags_array(a, flags));
	else if (strcmp(m->exact, again->exact) != 0 ||
		 strcmp(m->billed_exact, again->billed_exact) != 0 || m->flags != again->flags)
		vectors_failed(v, name, "written down and read again it is %s, %s, flags %s",
		    again->exact, again->billed_exact, mrr_flags_array(a, again->flags));
	else
		vectors_passed(v);
}

static void
run_case(struct vectors *v, struct arena *a, const struct json *c, int64_t now, struct totals *t)
{
	const struct json *subscription = NULL;
	struct mrr m, again;

	if (json_read_object(c, "subscription", &subscription) != ERR_OK ||
	    compute(&m, &again, a, subscription, now) != ERR_OK) {
		vectors_failed(v, text(c, "name"), "it holds no subscription that can be read");
		return;
	}
	check(v, a, c, &m, &again);
	add(t, m.currency, m.exact);
}

/* One case for each currency that the file has a total for. */
static void
check_totals(struct vectors *v, const struct json *root, struct totals *t)
{
	const struct json *wanted = NULL;
	char *exact;

	json_read_object(root, "totals_exact_by_currency", &wanted);
	for (size_t i = 0; wanted != NULL && i < wanted->n; i++) {
		const struct json *w = &wanted->items[i];
		size_t k = 0;

		while (k < t->n && strcmp(t->v[k].currency, w->name) != 0)
			k++;
		exact = k < t->n ? mpq_get_str(NULL, 10, t->v[k].exact) : NULL;
		if (exact != NULL && w->kind == JSON_KIND_TEXT && is_same(exact, w->text))
			vectors_passed(v);
		else
			vectors_failed(v, w->name, "the total is %s, expected %s",
			    exact == NULL ? "of no case" : exact,
			    w->kind == JSON_KIND_TEXT ? w->text : "a fraction");
		if (exact != NULL) {
			void (*gmp_free)(void *, size_t);

			mp_get_memory_functions(NULL, NULL, &gmp_free);
			gmp_free(exact, strlen(exact) + 1);
		}
	}
}

void
vectors_mrr(struct vectors *v, struct arena *a, const struct json *root)
{
	const struct json *cases = NULL, *header = NULL;
	struct totals totals = { 0 };
	int64_t now;

	json_read_object(root, "header", &header);
	now = number(header == NULL ? root : header, "now");
	if (now == INT64_MIN || json_read_array(root, "vectors", &cases) != ERR_OK) {
		vectors_failed(v, "header", "it says no time \"now\"");
		return;
	}
	for (size_t i = 0; i < cases->n; i++)
		run_case(v, a, &cases->items[i], now, &totals);
	check_totals(v, root, &totals);
	for (size_t i = 0; i < totals.n; i++)
		mpq_clear(totals.v[i].exact);
}
