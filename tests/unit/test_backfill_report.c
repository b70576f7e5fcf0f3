/* What `portal backfill` is told, and what it tells. */
#include "app/backfill_report.h"

#include <criterion/criterion.h>

#include "app/backfill_main.h"

static const struct {
	const char *words[5];
	int64_t days; /* 0: refused */
	bool is_dry_run;
} commands[] = {
	{ { "--days", "1" }, 1, false },
	{ { "--days", "3650", "--dry-run" }, 3650, true },
	{ { "--dry-run", "--days", "30" }, 30, true },
	{ { "--days", "30", "--days", "7" }, 7, false },
	{ { NULL }, 0, false },
	{ { "--dry-run" }, 0, true },
	{ { "--days" }, 0, false },
	{ { "--days", "" }, 0, false },
	{ { "--days", "0" }, 0, false },
	{ { "--days", "-5" }, 0, false },
	{ { "--days", "3651" }, 0, false },
	{ { "--days", "7d" }, 0, false },
	{ { "--days", "9223372036854775808" }, 0, false },
	{ { "30" }, 0, false },
	{ { "--days=30" }, 0, false },
};

Test(backfill_report, command_lines)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char *argv[5] = { 0 };
		int64_t days;
		bool is_dry_run;
		int argc = 0;
		enum err e;

		for (; argc < 5 && commands[i].words[argc] != NULL; argc++)
			argv[argc] = (char *)(uintptr_t)commands[i].words[argc];
		e = backfill_main_read(argc, argv, &days, &is_dry_run);
		cr_expect_eq(e, commands[i].days > 0 ? ERR_OK : ERR_INVALID, "%zu", i);
		if (e == ERR_OK) {
			cr_expect_eq(days, commands[i].days, "%zu", i);
			cr_expect_eq(is_dry_run, commands[i].is_dry_run, "%zu", i);
		}
	}
}

static const struct {
	int64_t at;
	const char *bar, *line;
} places[] = {
	{ 1000, "invoices      [                                ]   0%  12,345 read",
	    "invoices: 0%, up to 1970-01-01 00:16 UTC, 12,345 read\n" },
	{ 1500, "invoices      [################                ]  50%  12,345 read",
	    "invoices: 50%, up to 1970-01-01 00:25 UTC, 12,345 read\n" },
	{ 1999, "invoices      [################################]  99%  12,345 read",
	    "invoices: 99%, up to 1970-01-01 00:33 UTC, 12,345 read\n" },
	{ 2000, "invoices      [################################] 100%  12,345 read",
	    "invoices: 100%, up to 1970-01-01 00:33 UTC, 12,345 read\n" },
};

static struct backfill
reading_invoices(int64_t at)
{
	struct backfill b = { .until = 2000, .kind = BACKFILL_INVOICES };

	b.place = (struct backfill_place){ .from = 1000, .at = at };
	b.counts[BACKFILL_INVOICES].changes[MIRROR_NEW] = 12000;
	b.counts[BACKFILL_INVOICES].changes[MIRROR_UNLINKED] = 300;
	b.counts[BACKFILL_INVOICES].changes[MIRROR_SAME] = 40;
	b.counts[BACKFILL_INVOICES].errors = 5;
	b.counts[BACKFILL_REFUNDS].errors = 2;
	return b;
}

Test(backfill_report, progress)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct backfill b = reading_invoices(places[i].at);
		struct strbuf out = { 0 };

		backfill_report_bar(&out, &b);
		cr_expect_str_eq(strbuf_text(&out), places[i].bar);
		strbuf_clear(&out);
		backfill_report_line(&out, &b);
		cr_expect_str_eq(strbuf_text(&out), places[i].line);
		strbuf_free(&out);
	}
}

Test(backfill_report, nothing_to_read_is_all_read)
{
	struct backfill b = { .until = 1000 };

	b.place = (struct backfill_place){ .from = 1000, .at = 1000 };
	cr_expect_eq(backfill_percent(&b), 100);
}

Test(backfill_report, summary)
{
	const struct backfill b = reading_invoices(2000);
	struct strbuf out = { 0 };

	backfill_report_summary(&out, &b);
	cr_expect_str_eq(strbuf_text(&out),
	    "                     new       same    changed   unlinked     errors\n"
	    "subscriptions          0          0          0          0          0\n"
	    "invoices           12000         40          0        300          5\n"
	    "refunds                0          0          0          0          2\n"
	    "payments               0          0          0          0          0\n");
	cr_expect_eq(backfill_report_errors(&b), 7);
	strbuf_free(&out);
}
