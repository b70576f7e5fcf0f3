/* Rates of exchange from files: whole or not at all, with the line of each mistake. */
#include "billing/fx.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct strbuf problems;

static void
teardown(void)
{
	arena_free(&arena);
	strbuf_free(&problems);
}

TestSuite(fx, .fini = teardown);

static enum err
read_bytes(struct fx_rate_list *list, const char *bytes, size_t len)
{
	strbuf_clear(&problems);
	return fx_csv_read(list, &arena, bytes, len, "eur", &problems);
}

/* What came out of a file, as lines again. */
static const struct {
	const char *file, *rates;
} good[] = {
	{ "2026-01-01,usd,0.92", "2026-01-01 usd 0.92;" },
	{ "day,currency,rate\n2026-01-01,usd,0.92\n", "2026-01-01 usd 0.92;" },
	{ "Day , Currency,RATE\r\n2026-01-01,USD,0.92\r\n\r\n2026-01-02,USD,1\r\n",
	    "2026-01-01 usd 0.92;2026-01-02 usd 1;" },
	{ "\xef\xbb\xbf\"day\",\"currency\",\"rate\"\n\"2024-02-29\",\" jpy \",\"0.0062\"",
	    "2024-02-29 jpy 0.0062;" },
	{ " 2026-01-01 ,\tkwd , 2.99999999999999999999 ",
	    "2026-01-01 kwd 2.99999999999999999999;" },
	{ "2026-01-01,usd,0.92\n2026-01-01,jpy,0.92\n2026-01-02,usd,0.92",
	    "2026-01-01 usd 0.92;2026-01-01 jpy 0.92;2026-01-02 usd 0.92;" },
};

Test(fx, good_files)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct fx_rate_list list = { 0 };
		const char *got = "";

		cr_expect_eq(read_bytes(&list, good[i].file, strlen(good[i].file)), ERR_OK,
		    "%s: %s", good[i].file, strbuf_text(&problems));
		for (size_t k = 0; k < list.n; k++)
			got = arena_printf(&arena, "%s%s %s %s;", got, list.v[k].day,
			    list.v[k].currency, list.v[k].rate);
		cr_expect_str_eq(got, good[i].rates);
		cr_expect_str_eq(strbuf_text(&problems), "");
	}
}

#define DAY "the day must be one of the calendar, such as 2026-01-31\n"
#define CURRENCY "the currency must be three letters, such as USD\n"
#define RATE                                                                                       \
	"the rate must be a number above 0 with a point, such as 0.92, of at most 32 characters\n"
#define FIELDS "there must be three fields: day,currency,rate\n"

static const struct {
	const char *file, *says;
} bad[] = {
	{ "", "there is no rate in it\n" },
	{ "day,currency,rate\n", "there is no rate in it\n" },
	{ "2026-01-01,usd,0.92\nday,currency,rate\n", "line 2: " DAY },
	{ "2026-02-30,usd,0.92", "line 1: " DAY },
	{ "2026-1-1,usd,0.92", "line 1: " DAY },
	{ "01.01.2026,usd,0.92", "line 1: " DAY },
	{ "0000-01-01,usd,0.92", "line 1: " DAY },
	{ "2026-01-01T,usd,0.92", "line 1: " DAY },
	{ "2026-01-01,us,0.92", "line 1: " CURRENCY },
	{ "2026-01-01,us1,0.92", "line 1: " CURRENCY },
	{ "2026-01-01,,0.92", "line 1: " CURRENCY },
	{ "2026-01-01,eur,1", "line 1: that is the reporting currency, whose rate is always 1\n" },
	{ "2026-01-01,usd,0", "line 1: " RATE },
	{ "2026-01-01,usd,0.000", "line 1: " RATE },
	{ "2026-01-01,usd,-1", "line 1: " RATE },
	{ "2026-01-01,usd,1e3", "line 1: " RATE },
	{ "2026-01-01,usd,.5", "line 1: " RATE },
	{ "2026-01-01,usd,1.", "line 1: " RATE },
	{ "2026-01-01,usd,", "line 1: " RATE },
	{ "2026-01-01,usd,1.00000000000000000000000000000001", "line 1: " RATE },
	{ "2026-01-01,usd", "line 1: " FIELDS },
	{ "2026-01-01,usd,0,92", "line 1: " FIELDS },
	{ "2026-01-01;usd;0.92", "line 1: " FIELDS },
	{ "2026-01-01,usd,0.9\n\n2026-01-02,usd,x\n2026-01-02,xxxx,1",
	    "line 3: " RATE "line 4: " CURRENCY },
	{ "2026-01-01,usd,0.9\n2026-01-01,jpy,1\n2026-01-01,USD,0.8\n",
	    "line 3: the same day and currency as in line 1\n" },
};

Test(fx, bad_files)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fx_rate_list list = { 0 };

		cr_expect_eq(read_bytes(&list, bad[i].file, strlen(bad[i].file)), ERR_INVALID, "%s",
		    bad[i].file);
		cr_expect_str_eq(strbuf_text(&problems), bad[i].says, "%s: %s", bad[i].file,
		    strbuf_text(&problems));
	}
}

Test(fx, no_text)
{
	struct fx_rate_list list = { 0 };

	cr_expect_eq(read_bytes(&list, "2026-01-01,usd,0.92\n\0", 21), ERR_INVALID);
	cr_expect_str_eq(strbuf_text(&problems), "this is no text\n");
}

/* Ten are told, the others counted. */
Test(fx, many_mistakes)
{
	struct fx_rate_list list = { 0 };
	struct strbuf file = { 0 };

	for (int i = 0; i < 25; i++)
		strbuf_puts(&file, "x\n");
	cr_expect_eq(read_bytes(&list, strbuf_text(&file), file.len), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&problems), "line 10: "));
	cr_expect_null(strstr(strbuf_text(&problems), "line 11: "));
	cr_expect_not_null(strstr(strbuf_text(&problems), "and 15 more\n"));
	strbuf_free(&file);
}
