#include "app/backfill_report.h"

#include <inttypes.h>

#include "base/human.h"

#define BAR_WIDTH 32

static int64_t
count_read(const struct backfill_counts *c)
{
	int64_t n = c->errors;

	for (int i = 0; i < MIRROR__MAX; i++)
		n += c->changes[i];
	return n;
}

void
backfill_report_bar(struct strbuf *out, const struct backfill *b)
{
	const int percent = backfill_percent(b);
	struct arena arena = { 0 };

	strbuf_printf(out, "%-13s [", backfill_kind_words[b->kind]);
	for (int i = 0; i < BAR_WIDTH; i++)
		strbuf_putc(out, i * 100 < percent * BAR_WIDTH ? '#' : ' ');
	strbuf_printf(
	    out, "] %3d%%  %s read", percent, human_count(&arena, count_read(&b->counts[b->kind])));
	arena_free(&arena);
}

void
backfill_report_line(struct strbuf *out, const struct backfill *b)
{
	struct arena arena = { 0 };

	strbuf_printf(out, "%s: %d%%, up to %s, %s read\n", backfill_kind_words[b->kind],
	    backfill_percent(b), human_time(&arena, b->place.at),
	    human_count(&arena, count_read(&b->counts[b->kind])));
	arena_free(&arena);
}

void
backfill_report_summary(struct strbuf *out, const struct backfill *b)
{
	static const char *const columns[MIRROR__MAX] = {
		[MIRROR_NEW] = "new",
		[MIRROR_SAME] = "same",
		[MIRROR_CHANGED] = "changed",
		[MIRROR_UNLINKED] = "unlinked",
	};
	static const enum mirror_change order[] = { MIRROR_NEW, MIRROR_SAME, MIRROR_CHANGED,
		MIRROR_UNLINKED };

	strbuf_printf(out, "%-13s", "");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		strbuf_printf(out, " %10s", columns[order[i]]);
	strbuf_printf(out, " %10s\n", "errors");
	for (int kind = 0; kind < BACKFILL__MAX; kind++) {
		strbuf_printf(out, "%-13s", backfill_kind_words[kind]);
		for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
			strbuf_printf(out, " %10" PRId64, b->counts[kind].changes[order[i]]);
		strbuf_printf(out, " %10" PRId64 "\n", b->counts[kind].errors);
	}
}

int64_t
backfill_report_errors(const struct backfill *b)
{
	int64_t n = 0;

	for (int kind = 0; kind < BACKFILL__MAX; kind++)
		n += b->counts[kind].errors;
	return n;
}
