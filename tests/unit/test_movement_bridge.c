/* From the beginning of a window to its end, by cases; and against a recount of many. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "billing/movement_bridge.h"

#define LAST BRIDGE_DAYS
#define FACTS_MAX 12

#define STOCK(currency, value)                                                                     \
	{                                                                                          \
		LAST, currency, value, FACT_STOCK                                                  \
	}
#define MOVE(day, currency, line, value)                                                           \
	{                                                                                          \
		day, currency, value, BRIDGE_##line                                                \
	}

/* Rates from a day on until a newer one, as the database has them. */
struct rate {
	int from;
	const char *currency, *rate;
};
#define RATES_MAX 3

static const struct {
	const char *name;
	struct movement_fact facts[FACTS_MAX];
	struct rate rates[RATES_MAX];
	/* start, the seven lines, end */
	const char *want;
} cases[] = {
	{ "nothing", { { 0 } }, { { 0 } }, "0 | 0 0 0 0 0 0 0 | 0" },
	{ "a stock without movements", { STOCK("eur", "900") }, { { 0 } },
	    "900 | 0 0 0 0 0 0 0 | 900" },
	{ "one of each kind",
	    { STOCK("eur", "1000"), MOVE(1, "eur", NEW, "500"), MOVE(2, "eur", NEW, "100"),
		MOVE(2, "eur", REACTIVATION, "50"), MOVE(9, "eur", EXPANSION, "25"),
		MOVE(20, "eur", CONTRACTION, "12.5"), MOVE(30, "eur", CHURN, "200"),
		MOVE(30, "eur", PAUSED, "100") },
	    { { 0 } }, "637.5 | 600 50 25 12.5 200 100 0 | 1000" },
	{ "all of it is gone", { MOVE(30, "eur", CHURN, "900") }, { { 0 } },
	    "900 | 0 0 0 0 900 0 0 | 0" },
	{ "a rate that stays", { STOCK("usd", "1000"), MOVE(3, "usd", NEW, "400") },
	    { { 0, "usd", "0.5" } }, "300 | 200 0 0 0 0 0 0 | 500" },
	{ "the stock is worth more", { STOCK("usd", "1000") },
	    { { 0, "usd", "0.5" }, { 7, "usd", "0.6" }, { 8, "usd", "0.55" } },
	    "500 | 0 0 0 0 0 0 50 | 550" },
	{ "the stock is worth less", { STOCK("usd", "1000") },
	    { { 0, "usd", "0.5" }, { 30, "usd", "0.1" } }, "500 | 0 0 0 0 0 0 -400 | 100" },
	{ "a movement counts at the rate of the day before",
	    { STOCK("usd", "1000"), MOVE(7, "usd", NEW, "1000") },
	    { { 0, "usd", "0.5" }, { 7, "usd", "0.6" } }, "0 | 500 0 0 0 0 0 100 | 600" },
	{ "and so does churn, which has nothing left to be worth more",
	    { MOVE(7, "usd", CHURN, "1000") }, { { 0, "usd", "0.5" }, { 7, "usd", "0.6" } },
	    "500 | 0 0 0 0 500 0 0 | 0" },
	{ "from one currency to the other",
	    { STOCK("usd", "1000"), MOVE(7, "usd", EXPANSION, "1000"),
		MOVE(7, "eur", CONTRACTION, "900") },
	    { { 0, "usd", "0.9" } }, "900 | 0 0 900 900 0 0 0 | 900" },
	{ "yen have no smaller unit", { STOCK("jpy", "980") }, { { 0, "jpy", "0.0062" } },
	    "607.6 | 0 0 0 0 0 0 0 | 607.6" },
	{ "dinars have three places", { STOCK("kwd", "1000") }, { { 0, "kwd", "3" } },
	    "300 | 0 0 0 0 0 0 0 | 300" },
	{ "thirds are rounded at the end alone",
	    { STOCK("usd", "900"), MOVE(5, "usd", NEW, "300"), MOVE(6, "usd", NEW, "300"),
		MOVE(7, "usd", NEW, "300") },
	    { { 0, "usd", "0.333333333333333" } }, "0 | 300 0 0 0 0 0 0 | 300" },
	{ "no rate", { STOCK("eur", "5"), STOCK("usd", "900") }, { { 0 } }, "missing usd" },
	{ "no rate for two", { STOCK("jpy", "5"), STOCK("usd", "900") }, { { 0 } },
	    "missing jpy, usd" },
	{ "a rate that came within the window", { STOCK("usd", "900") }, { { 5, "usd", "0.9" } },
	    "missing usd" },
	{ "a rate that came on the day of the first dollar",
	    { STOCK("usd", "900"), MOVE(5, "usd", NEW, "900") },
	    { { 5, "usd", "0.5" }, { 6, "usd", "0.6" } }, "0 | 450 0 0 0 0 0 90 | 540" },
	{ "a rate that came the day after", { STOCK("usd", "900"), MOVE(5, "usd", NEW, "900") },
	    { { 6, "usd", "0.5" } }, "missing usd" },
	{ "a rate that is missing for what came and went",
	    { STOCK("eur", "5"), MOVE(5, "usd", NEW, "900"), MOVE(6, "usd", CHURN, "900") },
	    { { 0 } }, "missing usd" },
	{ "no rate where there is nothing", { STOCK("eur", "5"), STOCK("usd", "0") }, { { 0 } },
	    "5 | 0 0 0 0 0 0 0 | 5" },
	{ "a rate of the reporting currency is 1", { STOCK("eur", "5") }, { { 0, "eur", "7" } },
	    "5 | 0 0 0 0 0 0 0 | 5" },
	{ "no number", { STOCK("eur", "five") }, { { 0 } }, "invalid" },
	{ "a day before the window", { MOVE(0, "eur", NEW, "5") }, { { 0 } }, "invalid" },
	{ "a day after it", { MOVE(31, "eur", NEW, "5") }, { { 0 } }, "invalid" },
	{ "more than can be kept", { STOCK("eur", "1e25") }, { { 0 } }, "invalid" },
};

static size_t
add_rates(struct movement_fact *to, const struct rate *rates)
{
	size_t n = 0;

	for (int i = 0; i < RATES_MAX && rates[i].rate != NULL; i++) {
		bool is_last = i + 1 == RATES_MAX || rates[i + 1].rate == NULL;
		int end = is_last ? LAST + 1 : rates[i + 1].from;

		for (int day = rates[i].from; day < end; day++)
			to[n++] = (struct movement_fact){ day, rates[i].currency, rates[i].rate,
				FACT_RATE };
	}
	return n;
}

static void
describe(
    struct strbuf *out, enum err e, const struct movement_bridge *b, const struct strbuf *missing)
{
	if (e != ERR_OK) {
		strbuf_puts(out, err_word(e));
		return;
	}
	if (!b->is_whole) {
		strbuf_printf(out, "missing %s", strbuf_text(missing));
		return;
	}
	strbuf_printf(out, "%s |", b->start);
	for (int line = 0; line < BRIDGE__MAX; line++)
		strbuf_printf(out, " %s", b->lines[line]);
	strbuf_printf(out, " | %s", b->end);
}

Test(movement_bridge, cases)
{
	struct movement_fact facts[FACTS_MAX + LAST + 1];
	struct strbuf got = { 0 }, missing = { 0 };
	struct arena arena = { 0 };
	struct movement_bridge b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = 0;

		strbuf_clear(&got);
		strbuf_clear(&missing);
		for (; n < FACTS_MAX && cases[i].facts[n].value != NULL; n++)
			facts[n] = cases[i].facts[n];
		n += add_rates(facts + n, cases[i].rates);
		describe(&got, movement_bridge_build(&b, &arena, facts, n, "eur", &missing), &b,
		    &missing);
		cr_expect_str_eq(
		    strbuf_text(&got), cases[i].want, "%s: %s", cases[i].name, strbuf_text(&got));
	}
	strbuf_free(&got);
	strbuf_free(&missing);
	arena_free(&arena);
}

/* ---- Many ---- */

#define MONEYS 3

static const char *const moneys[MONEYS] = { "eur", "usd", "gbp" }; /* of two places each */
static const int loss[BRIDGE__MAX] = { 0, 0, 0, 1, 1, 1 };

/* Rates in hundredths and amounts in hundreds, so that plain integers are exact. */
static int64_t stock[MONEYS][LAST + 1], rates[MONEYS][LAST + 1], moves[MONEYS][LAST + 1][BRIDGE_FX];

static void
make_some(void)
{
	for (int m = 0; m < MONEYS; m++) {
		stock[m][0] = 100 * (rand() % 50) + 10000;
		for (int day = 0; day <= LAST; day++) {
			rates[m][day] = m == 0 ? 100 : 50 + rand() % 100;
			if (day > 0)
				stock[m][day] = stock[m][day - 1];
			for (int line = 0; line < BRIDGE_FX && day > 0; line++) {
				moves[m][day][line] = rand() % 4 == 0 ? 100 * (rand() % 3) : 0;
				stock[m][day] +=
				    loss[line] ? -moves[m][day][line] : moves[m][day][line];
			}
		}
	}
}

static size_t
tell(struct movement_fact *f, struct arena *a)
{
	size_t n = 0;

	for (int m = 0; m < MONEYS; m++) {
		f[n++] = (struct movement_fact){ LAST, moneys[m],
			arena_printf(a, "%lld", (long long)stock[m][LAST]), FACT_STOCK };
		for (int day = 0; day <= LAST; day++) {
			f[n++] = (struct movement_fact){ day, moneys[m],
				arena_printf(a, "%lld.%02lld", (long long)rates[m][day] / 100,
				    (long long)rates[m][day] % 100),
				FACT_RATE };
			for (int line = 0; line < BRIDGE_FX && day > 0; line++)
				f[n++] = (struct movement_fact){ day, moneys[m],
					arena_printf(a, "%lld", (long long)moves[m][day][line]),
					line };
		}
	}
	return n;
}

static void
recount(struct strbuf *out)
{
	int64_t lines[BRIDGE__MAX] = { 0 }, start = 0, end = 0;

	for (int m = 0; m < MONEYS; m++) {
		start += stock[m][0] * rates[m][0];
		end += stock[m][LAST] * rates[m][LAST];
		for (int day = 1; day <= LAST; day++) {
			for (int line = 0; line < BRIDGE_FX; line++)
				lines[line] += moves[m][day][line] * rates[m][day - 1];
			lines[BRIDGE_FX] += stock[m][day] * (rates[m][day] - rates[m][day - 1]);
		}
	}
	strbuf_printf(out, "%lld |", (long long)start / 100);
	for (int line = 0; line < BRIDGE__MAX; line++)
		strbuf_printf(out, " %lld", (long long)lines[line] / 100);
	strbuf_printf(out, " | %lld", (long long)end / 100);
}

Test(movement_bridge, many_equal_a_recount)
{
	static struct movement_fact facts[MONEYS * (LAST + 1) * (BRIDGE_FX + 2)];
	struct strbuf got = { 0 }, want = { 0 };
	struct arena arena = { 0 };
	struct movement_bridge b;

	srand(1);
	for (int round = 0; round < 200; round++) {
		strbuf_clear(&got);
		strbuf_clear(&want);
		make_some();
		recount(&want);
		describe(&got,
		    movement_bridge_build(&b, &arena, facts, tell(facts, &arena), "eur", NULL), &b,
		    &want);
		cr_assert_str_eq(strbuf_text(&got), strbuf_text(&want));
		arena_free(&arena);
	}
	strbuf_free(&got);
	strbuf_free(&want);
}
