#include "content/content_facts.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/shared_memory.h"
#include "base/xmalloc.h"

struct cell {
	_Atomic int64_t count, bytes, time;
};

#define ROWS ((size_t)CONTENT_KINDS_MAX * VISIBILITY__MAX * CONTENT__MAX)

static struct cell *cells;
static const char *const *words;
/* What the last call took; only the job that writes looks at it. */
static struct {
	int64_t count, bytes, time;
} * taken;

void
content_facts_init(const char *const *kinds, size_t nkinds)
{
	if (nkinds > CONTENT_KINDS_MAX)
		abort();
	words = kinds;
	cells = shared_memory_new(ROWS * sizeof(*cells));
	taken = xcalloc(ROWS, sizeof(*taken));
}

static struct cell *
cell_of(const struct content_fact *f)
{
	return &cells[(f->kind * VISIBILITY__MAX + f->visibility) * CONTENT__MAX + f->outcome];
}

void
content_facts_add(const struct content_fact *f)
{
	if (cells == NULL)
		return;
	atomic_fetch_add(&cell_of(f)->count, 1);
	atomic_fetch_add(&cell_of(f)->bytes, f->bytes);
	atomic_fetch_add(&cell_of(f)->time, f->process_us);
}

void
content_facts_add_time(const struct content_fact *f)
{
	if (cells != NULL)
		atomic_fetch_add(&cell_of(f)->time, f->process_us);
}

static void
add_row(struct strbuf columns[FACT__MAX], size_t row, size_t n)
{
	const char *comma = n == 0 ? "" : ",";
	const size_t pair = row / CONTENT__MAX;

	strbuf_printf(&columns[FACT_KIND], "%s%s", comma, words[pair / VISIBILITY__MAX]);
	strbuf_printf(
	    &columns[FACT_VISIBILITY], "%s%s", comma, visibility_words[pair % VISIBILITY__MAX]);
	strbuf_printf(
	    &columns[FACT_OUTCOME], "%s%s", comma, content_outcome_words[row % CONTENT__MAX]);
	strbuf_printf(&columns[FACT_COUNT], "%s%" PRId64, comma, taken[row].count);
	strbuf_printf(&columns[FACT_BYTES], "%s%" PRId64, comma, taken[row].bytes);
	strbuf_printf(&columns[FACT_TIME], "%s%" PRId64, comma, taken[row].time);
}

size_t
content_facts_take(struct strbuf columns[FACT__MAX])
{
	size_t n = 0;

	for (int i = 0; i < FACT__MAX; i++)
		strbuf_putc(&columns[i], '{');
	for (size_t row = 0; cells != NULL && row < ROWS; row++) {
		taken[row].count = atomic_exchange(&cells[row].count, 0);
		taken[row].bytes = atomic_exchange(&cells[row].bytes, 0);
		taken[row].time = atomic_exchange(&cells[row].time, 0);
		if (taken[row].count != 0 || taken[row].time != 0)
			add_row(columns, row, n++);
	}
	for (int i = 0; i < FACT__MAX; i++)
		strbuf_putc(&columns[i], '}');
	return n;
}

void
content_facts_put_back(void)
{
	for (size_t row = 0; cells != NULL && row < ROWS; row++) {
		atomic_fetch_add(&cells[row].count, taken[row].count);
		atomic_fetch_add(&cells[row].bytes, taken[row].bytes);
		atomic_fetch_add(&cells[row].time, taken[row].time);
	}
}
