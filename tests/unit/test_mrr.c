/*
 * Monthly revenue: bad input, schedules, trials, what is missing and completed, the words of each
 * step, and that what is written down gives the same figures when it is read. The rules themselves
 * have their cases in tests/data/mrr-vectors.json (tests/vectors).
 */
#include <gmp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "billing/mrr.h"
#include "files.h"

#define NOW INT64_C(1767225600) /* 2026-01-01 */

static struct arena arena;

static void
teardown(void)
{
	arena_free(&arena);
}

TestSuite(mrr, .fini = teardown);

static const struct json *
parse(const char *text)
{
	const struct json *json;

	cr_assert_eq(json_read_parse(&json, &arena, text, strlen(text)), ERR_OK, "%s", text);
	return json;
}

static struct mrr_terms *
read_terms(const char *text)
{
	struct mrr_terms *terms;

	cr_assert_eq(mrr_terms_read(&terms, &arena, parse(text)), ERR_OK, "%s", text);
	return terms;
}

static const char *
written(const struct mrr_terms *terms)
{
	struct strbuf out = { 0 };
	const char *text;

	mrr_terms_write(terms, &out);
	text = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

static void
expect_same(const struct mrr *a, const struct mrr *b, const char *about)
{
	cr_expect_str_eq(a->exact, b->exact, "%s", about);
	cr_expect_str_eq(a->billed_exact, b->billed_exact, "%s", about);
	cr_expect_str_eq(a->mrr, b->mrr, "%s", about);
	cr_expect_str_eq(a->billed, b->billed, "%s", about);
	cr_expect_str_eq(a->committed, b->committed, "%s", about);
	cr_expect_str_eq(a->trial, b->trial, "%s", about);
	cr_expect_eq(a->flags, b->flags, "%s", about);
	cr_expect_eq(a->changes_at, b->changes_at, "%s", about);
}

/* The figures; what is written down gives the same, and the same text again. */
static struct mrr
figures(const struct mrr_terms *terms)
{
	const char *text = written(terms);
	struct mrr_terms *again = read_terms(text);
	struct mrr m, n;

	cr_assert_eq(mrr_compute(&m, &arena, terms, NOW), ERR_OK);
	cr_assert_eq(mrr_compute(&n, &arena, again, NOW), ERR_OK);
	expect_same(&m, &n, text);
	cr_expect_str_eq(written(again), text);
	return m;
}

/* ---- Items that are wrong or extreme ---- */

#define MONTHLY "\"recurring\":{\"interval\":\"month\",\"interval_count\":1}"
#define UNIT(amount) "\"unit_amount_decimal\":\"" amount "\"," MONTHLY
#define TIERED(mode, tiers)                                                                        \
	"\"billing_scheme\":\"tiered\",\"tiers_mode\":\"" mode "\",\"tiers\":[" tiers "]," MONTHLY
#define TIER(to, unit) "{\"up_to\":" to ",\"unit_amount\":" unit "}"

/* Of an item: members beside the price, members of the price. */
static const struct {
	const char *item, *price, *exact, *flags;
} items[] = {
	{ "\"quantity\":2", UNIT("450"), "900/1", "{}" },
	{ "\"quantity\":null", UNIT("450"), "450/1", "{}" },
	{ "\"quantity\":0", UNIT("450"), "0/1", "{}" },
	{ "\"quantity\":-1", UNIT("450"), "0/1", "{amount_unknown}" },
	{ "\"quantity\":1.5", UNIT("450"), "0/1", "{amount_unknown}" },
	{ "\"quantity\":\"2\"", UNIT("450"), "0/1", "{amount_unknown}" },
	{ "\"quantity\":9223372036854775807", UNIT("0.000000000001"),
	    "9223372036854775807/1000000000000", "{}" },
	{ "\"x\":1", UNIT("0.1"), "1/10", "{}" },
	{ "\"x\":1", UNIT("-100"), "-100/1", "{}" },
	{ "\"x\":1", UNIT("12a"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", UNIT(""), "0/1", "{amount_unknown}" },
	{ "\"x\":1", UNIT("1,5"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", UNIT("NaN"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", UNIT("0x10"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", UNIT(" 5"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", "\"unit_amount\":5,\"unit_amount_decimal\":\"x\"," MONTHLY, "0/1",
	    "{amount_unknown}" },
	{ "\"x\":1", "\"unit_amount\":5,\"unit_amount_decimal\":null," MONTHLY, "5/1", "{}" },
	{ "\"x\":1", "\"unit_amount\":33.3," MONTHLY, "333/10", "{}" },
	{ "\"x\":1", "\"unit_amount\":1e-7," MONTHLY, "1/10000000", "{}" },
	{ "\"x\":1", MONTHLY, "0/1", "{amount_unknown}" },
	/* periods */
	{ "\"x\":1", "\"unit_amount\":5,\"recurring\":{\"interval\":\"fortnight\"}", "0/1",
	    "{interval_unknown}" },
	{ "\"x\":1", "\"unit_amount\":5,\"recurring\":{\"interval\":null}", "0/1",
	    "{interval_unknown}" },
	{ "\"x\":1", "\"unit_amount\":5", "0/1", "{interval_unknown}" },
	{ "\"x\":1",
	    "\"unit_amount\":5,\"recurring\":{\"interval\":\"month\",\"interval_count\":0}", "0/1",
	    "{interval_unknown}" },
	{ "\"x\":1",
	    "\"unit_amount\":5,\"recurring\":{\"interval\":\"month\",\"interval_count\":-3}", "0/1",
	    "{interval_unknown}" },
	{ "\"x\":1", "\"unit_amount\":12,\"recurring\":{\"interval\":\"year\"}", "1/1", "{}" },
	{ "\"x\":1",
	    "\"unit_amount\":1,\"recurring\":{\"interval\":\"week\",\"interval_count\":"
	    "9223372036854775807}",
	    "13/27670116110564327421", "{}" },
	{ "\"x\":1", "\"unit_amount\":5,\"type\":\"one_time\",\"recurring\":null", "0/1", "{}" },
	/* packages */
	{ "\"quantity\":11",
	    UNIT("400") ",\"transform_quantity\":{\"divide_by\":5,\"round\":\"up\"}", "1200/1",
	    "{}" },
	{ "\"quantity\":11",
	    UNIT("400") ",\"transform_quantity\":{\"divide_by\":0,\"round\":\"up\"}", "0/1",
	    "{amount_unknown}" },
	{ "\"quantity\":11",
	    UNIT("400") ",\"transform_quantity\":{\"divide_by\":-5,\"round\":\"up\"}", "0/1",
	    "{amount_unknown}" },
	{ "\"quantity\":11",
	    UNIT("400") ",\"transform_quantity\":{\"divide_by\":5,\"round\":\"half\"}", "0/1",
	    "{amount_unknown}" },
	{ "\"quantity\":11", UNIT("400") ",\"transform_quantity\":{\"round\":\"up\"}", "0/1",
	    "{amount_unknown}" },
	{ "\"quantity\":11", UNIT("400") ",\"transform_quantity\":{}", "0/1", "{amount_unknown}" },
	/* tiers */
	{ "\"quantity\":12", TIERED("graduated", TIER("null", "50") "," TIER("5", "100")), "850/1",
	    "{}" },
	{ "\"quantity\":12", TIERED("volume", TIER("null", "50") "," TIER("5", "100")), "600/1",
	    "{}" },
	{ "\"quantity\":12", TIERED("graduated", TIER("5", "100") "," TIER("10", "50")), "0/1",
	    "{tiers_missing}" },
	{ "\"quantity\":10", TIERED("graduated", TIER("5", "100") "," TIER("10", "50")), "750/1",
	    "{}" },
	{ "\"quantity\":7",
	    TIERED("graduated", TIER("5", "100") "," TIER("5", "1") "," TIER("null", "50")),
	    "600/1", "{}" },
	{ "\"quantity\":0", TIERED("graduated", TIER("null", "50")), "0/1", "{}" },
	{ "\"quantity\":12", TIERED("graduated", TIER("-5", "100") "," TIER("null", "50")), "0/1",
	    "{tiers_missing}" },
	{ "\"quantity\":12", TIERED("graduated", TIER("\"inf\"", "100")), "0/1",
	    "{tiers_missing}" },
	{ "\"quantity\":12", TIERED("graduated", "7"), "0/1", "{tiers_missing}" },
	{ "\"quantity\":12", TIERED("graduated", ""), "0/1", "{tiers_missing}" },
	{ "\"quantity\":12", TIERED("staircase", TIER("null", "50")), "0/1", "{tiers_missing}" },
	{ "\"quantity\":12", TIERED("volume", TIER("null", "null")), "0/1", "{amount_unknown}" },
	{ "\"quantity\":-2", TIERED("volume", TIER("null", "50")), "0/1", "{amount_unknown}" },
	{ "\"quantity\":12", "\"billing_scheme\":\"tiered\"," MONTHLY, "0/1", "{tiers_missing}" },
	/* currencies */
	{ "\"x\":1", "\"currency\":\"usd\"," UNIT("450"), "0/1", "{amount_unknown}" },
	{ "\"x\":1", "\"currency\":\"EUR\"," UNIT("450"), "450/1", "{}" },
	{ "\"x\":1",
	    "\"currency\":\"usd\",\"currency_options\":{\"eur\":{\"unit_amount\":7}}," UNIT("450"),
	    "7/1", "{}" },
	{ "\"x\":1", "\"tax_behavior\":\"inclusive\"," UNIT("450"), "450/1", "{tax_inclusive}" },
};

static const char *
subscription(const char *status, const char *members, const char *data)
{
	return arena_printf(&arena,
	    "{\"id\":\"sub_1\",\"object\":\"subscription\",\"status\":\"%s\","
	    "\"currency\":\"EUR\"%s,\"items\":{\"has_more\":false,\"data\":[%s]}}",
	    status, members, data);
}

Test(mrr, items)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		const char *item =
		    arena_printf(&arena, "{\"id\":\"si_1\",%s,\"price\":{\"id\":\"price_1\",%s}}",
			items[i].item, items[i].price);
		struct mrr m = figures(read_terms(subscription("active", "", item)));

		cr_expect_str_eq(m.exact, items[i].exact, "%s: %s", item, m.exact);
		cr_expect_str_eq(m.billed_exact, items[i].exact, "%s", item);
		cr_expect_str_eq(mrr_flags_array(&arena, m.flags), items[i].flags, "%s", item);
		cr_expect_str_eq(m.currency, "eur");
	}
}

/* ---- Discounts ---- */

#define ITEM                                                                                       \
	"{\"id\":\"si_1\",\"price\":{\"id\":\"price_1\",\"product\":\"prod_1\"," UNIT("900") "}}"
#define COUPON(members) "{\"id\":\"di_1\",\"source\":{\"coupon\":{\"id\":\"c_1\"," members "}}}"
#define OLD_COUPON(members) "{\"id\":\"di_1\",\"coupon\":{\"id\":\"c_1\"," members "}}"
#define FOREVER "\"duration\":\"forever\","

static const struct {
	const char *members, *mrr, *billed, *flags;
	int64_t changes_at;
} discounts[] = {
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":100") "]", "0", "0", "{}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":33.333333333") "]", "600.000000003",
	    "600.000000003", "{}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":\"33.3333333333333333\"") "]", "600",
	    "600", "{}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":100.5") "]", "900", "900",
	    "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":-1") "]", "900", "900",
	    "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":null") "]", "900", "900",
	    "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"amount_off\":-5,\"currency\":\"eur\"") "]", "900",
	    "900", "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON("\"duration\":\"sometimes\",\"percent_off\":50") "]", "900",
	    "900", "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON("\"percent_off\":50") "]", "900", "900",
	    "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"amount_off\":200") "]", "900", "900",
	    "{discount_currency_mismatch}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"amount_off\":200,\"currency\":\"EUR\"") "]", "700",
	    "700", "{}", 0 },
	{ "\"discounts\":[" OLD_COUPON(FOREVER "\"percent_off\":50") "]", "450", "450", "{}", 0 },
	/* one alone, and beside the list of ids whose first it is */
	{ "\"discount\":" OLD_COUPON(FOREVER "\"percent_off\":50"), "450", "450", "{}", 0 },
	{ "\"discounts\":[\"di_1\"],\"discount\":" OLD_COUPON(FOREVER "\"percent_off\":50"), "450",
	    "450", "{}", 0 },
	{ "\"discounts\":[\"di_0\"],\"discount\":" OLD_COUPON(FOREVER "\"percent_off\":50"), "900",
	    "900", "{discount_not_expanded}", 0 },
	{ "\"discounts\":[" COUPON(FOREVER "\"percent_off\":50") "],\"discount\":" OLD_COUPON(
	      FOREVER "\"percent_off\":50"),
	    "450", "450", "{}", 0 },
	{ "\"discounts\":[{\"id\":\"di_1\",\"source\":{\"coupon\":\"c_1\"}}]", "900", "900",
	    "{discount_not_expanded}", 0 },
	{ "\"discounts\":[{}, null, 7, []]", "900", "900", "{discount_not_expanded}", 0 },
	{ "\"discounts\":7", "900", "900", "{}", 0 },
	/* what it is for */
	{ "\"discounts\":[" COUPON(
	      FOREVER "\"percent_off\":50,\"applies_to\":{\"products\":[\"prod_2\"]}") "]",
	    "900", "900", "{}", 0 },
	{ "\"discounts\":[" COUPON(
	      FOREVER "\"percent_off\":50,\"applies_to\":{\"products\":[]}") "]",
	    "900", "900", "{}", 0 },
	{ "\"discounts\":[" COUPON(
	      FOREVER "\"percent_off\":50,\"applies_to\":{\"products\":[null,\"prod_1\"]}") "]",
	    "450", "450", "{}", 0 },
	/* time */
	{ "\"discounts\":[{\"id\":\"di_1\",\"end\":1767225601,\"source\":{\"coupon\":{\"duration\":"
	  "\"repeating\",\"percent_off\":20}}}]",
	    "900", "720", "{repeating_discount_in_billed_only}", 1767225601 },
	{ "\"discounts\":[{\"id\":\"di_1\",\"end\":1767225600,\"source\":{\"coupon\":{\"duration\":"
	  "\"repeating\",\"percent_off\":20}}}]",
	    "900", "900", "{discount_ended}", 0 },
	{ "\"discounts\":[{\"id\":\"di_1\",\"end\":1767225601,\"source\":{\"coupon\":{\"duration\":"
	  "\"once\",\"percent_off\":20}}}]",
	    "900", "900", "{once_discount_ignored}", 0 },
};

Test(mrr, discounts)
{
	for (size_t i = 0; i < sizeof(discounts) / sizeof(discounts[0]); i++) {
		const char *about = discounts[i].members;
		struct mrr m = figures(
		    read_terms(subscription("active", arena_printf(&arena, ",%s", about), ITEM)));

		cr_expect_str_eq(m.mrr, discounts[i].mrr, "%s: %s", about, m.mrr);
		cr_expect_str_eq(m.billed, discounts[i].billed, "%s: %s", about, m.billed);
		cr_expect_str_eq(mrr_flags_array(&arena, m.flags), discounts[i].flags, "%s: %s",
		    about, mrr_flags_array(&arena, m.flags));
		cr_expect_eq(m.changes_at, discounts[i].changes_at, "%s", about);
	}
}

/* ---- What counts, what is committed ---- */

Test(mrr, a_schedule_that_could_not_be_read)
{
	struct mrr_terms *terms = read_terms(subscription("active", "", ITEM));
	struct mrr m;

	mrr_terms_miss_schedule(terms, &arena, "sub_sched_1");
	m = figures(terms);
	cr_expect_str_eq(m.committed, m.mrr);
	cr_expect_str_eq(mrr_flags_array(&arena, m.flags), "{schedule_unread}");
	m = figures(read_terms(subscription(
	    "active", ",\"schedule\":{\"id\":\"sub_sched_1\",\"is_unread\":true}", ITEM)));
	cr_expect_str_eq(mrr_flags_array(&arena, m.flags), "{schedule_unread}", "as written");
}

#define SCHEDULE(members, phases)                                                                  \
	",\"schedule\":{\"id\":\"sub_sched_1\"," members "\"phases\":[" phases "]}"
#define PHASE(start, amount)                                                                       \
	"{\"start_date\":" start ",\"items\":[{\"price\":{\"id\":\"price_2\"," UNIT(amount) "}}]}"

static const struct {
	const char *status, *members, *mrr, *committed, *trial, *flags;
	int64_t changes_at;
} states[] = {
	{ "active", "", "900", "900", "0", "{}", 0 },
	{ "past_due", "", "900", "900", "0", "{past_due}", 0 },
	{ "trialing", "", "0", "0", "900", "{}", 0 },
	{ "trialing", ",\"pause_collection\":{\"behavior\":\"void\"}", "0", "0", "0", "{}", 0 },
	{ "active", ",\"pause_collection\":{\"behavior\":\"void\"}", "0", "0", "0",
	    "{collection_paused}", 0 },
	{ "canceled", "", "0", "0", "0", "{}", 0 },
	{ "hibernating", "", "0", "0", "0", "{}", 0 },
	{ "active", ",\"cancel_at_period_end\":true", "900", "0", "0", "{scheduled_to_cancel}", 0 },
	{ "past_due", ",\"cancel_at\":1767225700", "900", "0", "0",
	    "{scheduled_to_cancel,past_due}", 0 },
	{ "active", SCHEDULE("", PHASE("1767225600", "900") "," PHASE("1767225700", "1500")), "900",
	    "1500", "0", "{}", 1767225700 },
	/* the last one lasts, wherever it stands */
	{ "active", SCHEDULE("", PHASE("1767225900", "100") "," PHASE("1767225700", "1500")), "900",
	    "100", "0", "{}", 1767225700 },
	{ "active", SCHEDULE("", PHASE("1767225600", "1500")), "900", "900", "0", "{}", 0 },
	{ "active", SCHEDULE("\"status\":\"released\",", PHASE("1767225700", "1500")), "900", "900",
	    "0", "{}", 0 },
	{ "active", SCHEDULE("\"end_behavior\":\"cancel\",", PHASE("1767225700", "1500")), "900",
	    "0", "0", "{}", 1767225700 },
	{ "active", ",\"schedule\":\"sub_sched_1\"", "900", "900", "0", "{}", 0 },
	{ "active",
	    SCHEDULE("", "{\"start_date\":1767225700,\"items\":[{\"price\":\"price_1\","
			 "\"quantity\":3}]}"),
	    "900", "2700", "0", "{}", 1767225700 },
	{ "active", SCHEDULE("", "{\"start_date\":1767225700,\"items\":[{\"price\":\"price_9\"}]}"),
	    "900", "0", "0", "{amount_unknown}", 1767225700 },
	/* coupons that only the schedule has */
	{ "active",
	    SCHEDULE("",
		"{\"start_date\":1767225700,\"discounts\":[{\"coupon\":{\"id\":\"c_9\"," FOREVER
		"\"percent_off\":50}}],\"items\":[{\"price\":\"price_1\","
		"\"discounts\":[{\"coupon\":{\"id\":\"c_8\"," FOREVER "\"percent_off\":10}}]}]}"),
	    "900", "405", "0", "{}", 1767225700 },
	{ "active",
	    SCHEDULE("", "{\"start_date\":1767225700,\"discounts\":[{\"coupon\":\"c_9\"}],"
			 "\"items\":[{\"price\":\"price_1\"}]}"),
	    "900", "900", "0", "{discount_not_expanded}", 1767225700 },
	/* a coupon of the schedule that is only an id is the one the subscription has */
	{ "active",
	    ",\"discounts\":[" COUPON(FOREVER "\"percent_off\":50") "]" SCHEDULE("",
		"{\"start_date\":1767225700,\"discounts\":[{\"coupon\":\"c_1\"}],\"items\":["
		"{\"price\":\"price_1\",\"quantity\":2}]}"),
	    "450", "900", "0", "{}", 1767225700 },
};

Test(mrr, states)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct mrr m =
		    figures(read_terms(subscription(states[i].status, states[i].members, ITEM)));

		cr_expect_str_eq(m.mrr, states[i].mrr, "%zu: %s", i, m.mrr);
		cr_expect_str_eq(m.committed, states[i].committed, "%zu: %s", i, m.committed);
		cr_expect_str_eq(m.trial, states[i].trial, "%zu: %s", i, m.trial);
		cr_expect_str_eq(mrr_flags_array(&arena, m.flags), states[i].flags, "%zu", i);
		cr_expect_eq(m.changes_at, states[i].changes_at, "%zu", i);
	}
}

/* ---- No subscriptions ---- */

static const char *const refused[] = {
	"[]",
	"{}",
	"{\"id\":\"sub_1\",\"object\":\"invoice\",\"status\":\"active\",\"currency\":\"eur\"}",
	"{\"id\":\"sub_1\",\"status\":\"active\"}",
	"{\"id\":\"sub_1\",\"currency\":\"eur\"}",
	"{\"id\":7,\"status\":\"active\",\"currency\":\"eur\"}",
	"{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"eur\",\"items\":{\"data\":7}}",
	"{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"eur\",\"items\":{\"data\":[7]}}",
	"{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"eur\",\"schedule\":{\"id\":\"s\"}}",
};

Test(mrr, no_subscriptions)
{
	struct mrr_terms *terms;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(mrr_terms_read(&terms, &arena, parse(refused[i])), ERR_INVALID, "%s",
		    refused[i]);
}

/* Beyond numeric(36, 12) and beyond whole minor units there is no figure, and no wrong one. */
Test(mrr, too_much)
{
	static const char *const units[] = { "1000000000000000000000000", "9223372036854775808" };
	struct mrr m;

	for (size_t i = 0; i < 2; i++)
		cr_expect_eq(
		    mrr_compute(&m, &arena,
			read_terms(subscription("active", "",
			    arena_printf(&arena,
				"{\"id\":\"si_1\",\"price\":{\"id\":\"p\",\"unit_amount_decimal\":"
				"\"%s\"," MONTHLY "}}",
				units[i]))),
			NOW),
		    ERR_INVALID);
}

/* ---- What is missing, and completed ---- */

Test(mrr, completed)
{
	struct mrr_terms *t = read_terms(
	    "{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"eur\",\"items\":{\"has_more\":"
	    "true,\"data\":[]}}");

	cr_expect(mrr_terms_lack_items(t));
	cr_expect_str_eq(mrr_flags_array(&arena, figures(t).flags), "{items_incomplete}");
	cr_expect_eq(mrr_terms_set_items(t, &arena, parse("{}")), ERR_INVALID);
	cr_expect(mrr_terms_lack_items(t));
	cr_expect_eq(
	    mrr_terms_set_items(t, &arena,
		parse("[{\"id\":\"si_1\",\"quantity\":12,\"discounts\":[\"di_1\"],\"price\":"
		      "{\"id\":\"price_1\",\"billing_scheme\":\"tiered\",\"tiers_mode\":"
		      "\"volume\"," MONTHLY "}},{\"id\":\"si_2\",\"price\":{\"id\":\"price_1\","
		      "\"billing_scheme\":\"tiered\"," MONTHLY "}},{\"id\":\"si_3\",\"price\":"
		      "{\"id\":\"price_3\",\"billing_scheme\":\"tiered\",\"recurring\":{"
		      "\"usage_type\":\"metered\",\"interval\":\"month\"}}}]")),
	    ERR_OK);
	cr_expect_not(mrr_terms_lack_items(t));
	cr_expect_str_eq(mrr_terms_lack_tiers(t, 0), "price_1");
	cr_expect_null(mrr_terms_lack_tiers(t, 1));
	cr_expect_str_eq(mrr_terms_lack_discounts(t, 0), "si_1");
	cr_expect_null(mrr_terms_lack_discounts(t, 1));
	cr_expect_str_eq(figures(t).mrr, "0");

	cr_expect_eq(mrr_terms_set_price(t, &arena, parse("{\"unit_amount\":1}")), ERR_INVALID);
	cr_expect_eq(mrr_terms_set_price(t, &arena,
			 parse("{\"id\":\"price_1\"," TIERED("volume", TIER("null", "50")) "}")),
	    ERR_OK);
	cr_expect_null(mrr_terms_lack_tiers(t, 0));
	cr_expect_str_eq(figures(t).mrr, "650");
	cr_expect_eq(mrr_terms_set_item(t, &arena, parse("{\"id\":\"si_1\"}")), ERR_INVALID);
	cr_expect_eq(mrr_terms_set_item(t, &arena,
			 parse("{\"id\":\"si_1\",\"discounts\":[" COUPON(
			     FOREVER "\"percent_off\":50") "]}")),
	    ERR_OK);
	cr_expect_null(mrr_terms_lack_discounts(t, 0));
	cr_expect_str_eq(figures(t).mrr, "350");
	cr_expect_eq(mrr_terms_set_schedule(t, &arena, parse("{\"id\":\"s\"}")), ERR_INVALID);
	cr_expect_eq(mrr_terms_set_schedule(t, &arena,
			 parse("{\"id\":\"s\",\"phases\":[" PHASE("1767225700", "1") "]}")),
	    ERR_OK);
	cr_expect_str_eq(figures(t).committed, "1");
}

/* ---- Words ---- */

static const char *const told[] = {
	/* everything that has words, with a name that a terminal must not obey */
	"{\"id\":\"sub_\\u001b[31m\",\"status\":\"past_due\",\"currency\":\"eur\",\"discounts\":["
	"{\"id\":\"di_1\",\"end\":1769904000,\"source\":{\"coupon\":{\"id\":\"c_1\",\"duration\":"
	"\"repeating\",\"percent_off\":33.3}}},{\"id\":\"di_2\",\"source\":{\"coupon\":{\"id\":\"c_"
	"2\","
	"\"duration\":\"forever\",\"amount_off\":100,\"currency\":\"eur\"}}},\"di_3\"],\"items\":{"
	"\"data\":[{\"id\":\"si_1\",\"quantity\":7,\"price\":{\"id\":\"price_1\","
	"\"unit_amount\":12500,\"transform_quantity\":{\"divide_by\":2,\"round\":\"up\"},"
	"\"recurring\":{\"interval\":\"year\"}}},{\"id\":\"si_2\",\"quantity\":4,\"price\":{\"id\":"
	"\"price_2\",\"billing_scheme\":\"tiered\",\"tiers_mode\":\"graduated\",\"tiers\":[{\"up_"
	"to\":1,"
	"\"flat_amount\":500,\"unit_amount\":null},{\"up_to\":null,\"unit_amount_decimal\":\"0.5\"}"
	"],"
	"\"recurring\":{\"interval\":\"day\",\"interval_count\":30}}},{\"id\":\"si_3\",\"price\":{"
	"\"id\":\"price_3\",\"recurring\":{\"interval\":\"month\",\"usage_type\":\"metered\"}}},{"
	"\"id\":\"si_4\",\"price\":{\"id\":\"price_4\",\"type\":\"one_time\"}},{\"id\":\"si_5\","
	"\"price\":\"price_5\"}]}}",
	"{\"id\":\"sub_2\",\"status\":\"trialing\",\"currency\":\"jpy\",\"items\":{\"data\":["
	"{\"id\":\"si_1\",\"price\":{\"id\":\"price_1\",\"unit_amount\":980," MONTHLY "}}]}}",
	"{\"id\":\"sub_3\",\"status\":\"canceled\",\"currency\":\"kwd\",\"items\":{\"data\":[]}}",
	"{\"id\":\"sub_4\",\"status\":\"active\",\"currency\":\"kwd\",\"cancel_at\":1769904000,"
	"\"items\":{\"data\":[{\"id\":\"si_1\",\"price\":{\"id\":\"price_1\",\"unit_amount\":30010,"
	"\"recurring\":{\"interval\":\"year\"}}}]}}",
};

Test(mrr, explained)
{
	struct strbuf out = { 0 };
	struct mrr m, same;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct mrr_terms *t = read_terms(told[i]);

		cr_expect_eq(mrr_explain(&out, &m, &arena, t, NOW), ERR_OK);
		cr_expect_eq(mrr_compute(&same, &arena, t, NOW), ERR_OK);
		expect_same(&m, &same, told[i]);
		strbuf_puts(&out, "\n----\n");
	}
	golden_check("mrr_explained.txt", &out);
	strbuf_free(&out);
}

/* ---- Anything at all ---- */

static unsigned
any(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

#define PICK(seed, words) words[any(seed, sizeof(words) / sizeof(words[0]))]

static const char *
any_discount(unsigned *seed)
{
	static const char *const durations[] = { "forever", "repeating", "once" };
	static const char *const offs[] = { "\"percent_off\":50", "\"percent_off\":12.5",
		"\"amount_off\":333,\"currency\":\"eur\"",
		"\"amount_off\":99999,\"currency\":\"eur\"",
		"\"amount_off\":5,\"currency\":\"usd\"", "\"percent_off\":\"0.000000000001\"" };
	static const char *const limits[] = { "", "",
		",\"applies_to\":{\"products\":[\"prod_0\"]}" };
	static const char *const ends[] = { "null", "1767225599", "1767225601", "1800000000" };

	if (any(seed, 8) == 0)
		return "\"di_x\"";
	return arena_printf(&arena,
	    "{\"id\":\"di_%u\",\"end\":%s,\"source\":{\"coupon\":{\"id\":\"c\",\"duration\":\"%s\","
	    "%s"
	    "%s}}}",
	    any(seed, 9), PICK(seed, ends), PICK(seed, durations), PICK(seed, offs),
	    PICK(seed, limits));
}

static const char *
any_item(unsigned *seed)
{
	static const char *const prices[] = { "\"unit_amount\":900", "\"unit_amount\":null",
		"\"unit_amount_decimal\":\"12.345678901234\"", "\"unit_amount_decimal\":\"0\"",
		"\"billing_scheme\":\"tiered\",\"tiers_mode\":\"graduated\",\"tiers\":[" TIER(
		    "5", "100") "," TIER("null", "7") "]",
		"\"billing_scheme\":\"tiered\",\"tiers_mode\":\"volume\",\"tiers\":[" TIER(
		    "null", "9") "," TIER("3", "11") "]",
		"\"unit_amount\":50,\"transform_quantity\":{\"divide_by\":7,\"round\":\"down\"}" };
	static const char *const periods[] = { "day", "week", "month", "year", "eon" };
	const char *discount = any(seed, 3) == 0 ? any_discount(seed) : "";

	return arena_printf(&arena,
	    "{\"id\":\"si_%u\",\"quantity\":%u,\"discounts\":[%s],\"price\":{\"id\":\"p_%u\","
	    "\"product\":\"prod_%u\",%s,\"recurring\":{\"interval\":\"%s\",\"interval_count\":%u}}"
	    "}",
	    any(seed, 99), any(seed, 20), discount, any(seed, 9), any(seed, 2), PICK(seed, prices),
	    PICK(seed, periods), any(seed, 7));
}

static const char *
any_subscription(unsigned *seed)
{
	static const char *const statuses[] = { "active", "active", "active", "past_due",
		"trialing", "canceled" };
	const char *data = any_item(seed), *list = any_discount(seed);

	for (unsigned n = any(seed, 5); n > 0; n--)
		data = arena_printf(&arena, "%s,%s", data, any_item(seed));
	for (unsigned n = any(seed, 3); n > 0; n--)
		list = arena_printf(&arena, "%s,%s", list, any_discount(seed));
	return subscription(PICK(seed, statuses),
	    arena_printf(&arena, ",\"cancel_at_period_end\":%s,\"discounts\":[%s]",
		any(seed, 4) == 0 ? "true" : "false", any(seed, 2) == 0 ? list : ""),
	    data);
}

#define RUNS 3000

/*
 * Read, written and read again it is the same; billed is never more than MRR; what is written down
 * to 12 decimals is off by half a unit of the last one at most, and so is the sum of many by as
 * many.
 */
Test(mrr, anything)
{
	mpq_t sum, written_sum, one, bound;
	unsigned seed = 1;

	mpq_inits(sum, written_sum, one, bound, NULL);
	for (int i = 0; i < RUNS; i++) {
		struct mrr m = figures(read_terms(any_subscription(&seed)));
		const char *point = strchr(m.mrr, '.');
		mpq_t billed;

		mpq_init(billed);
		cr_assert_eq(mpq_set_str(one, m.exact, 10), 0);
		cr_assert_eq(mpq_set_str(billed, m.billed_exact, 10), 0);
		cr_expect(mpq_cmp(billed, one) <= 0);
		cr_expect(mpq_sgn(billed) >= 0);
		mpq_clear(billed);
		mpq_add(sum, sum, one);
		cr_expect(point == NULL || strlen(point) <= 13, "%s", m.mrr);
		mpz_set_str(mpq_numref(one),
		    arena_printf(&arena, "%.*s%s%.*s",
			point == NULL ? (int)strlen(m.mrr) : (int)(point - m.mrr), m.mrr,
			point == NULL ? "" : point + 1,
			12 - (point == NULL ? 0 : (int)strlen(point + 1)), "000000000000"),
		    10);
		mpz_ui_pow_ui(mpq_denref(one), 10, 12);
		mpq_canonicalize(one);
		mpq_add(written_sum, written_sum, one);
		arena_free(&arena);
	}
	mpq_sub(sum, sum, written_sum);
	mpq_abs(sum, sum);
	mpq_set_ui(bound, RUNS, 1);
	mpz_ui_pow_ui(mpq_denref(bound), 10, 12);
	mpz_mul_ui(mpq_denref(bound), mpq_denref(bound), 2);
	mpq_canonicalize(bound);
	cr_expect(mpq_cmp(sum, bound) <= 0);
	cr_expect(mpq_sgn(written_sum) > 0);
	mpq_clears(sum, written_sum, one, bound, NULL);
}
