#include "content/content_views.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/shared_memory.h"

#define PROBES 16

struct place {
	_Atomic int64_t id; /* 0: free */
	_Atomic int64_t n;
};

struct shared {
	atomic_uint current; /* the table that workers count in */
	_Atomic int64_t lost;
	struct place places[2][CONTENT_VIEWS_PLACES];
};

static struct shared *shared;

void
content_views_init(void)
{
	shared = shared_memory_new(sizeof(*shared));
}

static size_t
place_of(int64_t id)
{
	return (size_t)(((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

/* The place of the object, which may be a free one that is taken for it. */
static struct place *
find_place(struct place *table, int64_t id)
{
	const size_t first = place_of(id);

	for (size_t i = 0; i < PROBES; i++) {
		struct place *p = &table[(first + i) % CONTENT_VIEWS_PLACES];
		int64_t there = 0;

		if (atomic_compare_exchange_strong(&p->id, &there, id) || there == id)
			return p;
	}
	return NULL;
}

static void
add(int64_t id, int64_t n)
{
	struct place *p = find_place(shared->places[atomic_load(&shared->current) & 1], id);

	if (p != NULL)
		atomic_fetch_add(&p->n, n);
	else
		atomic_fetch_add(&shared->lost, n);
}

void
content_views_add(int64_t id)
{
	if (shared != NULL)
		add(id, 1);
}

static size_t
take_table(struct place *table, struct strbuf *ids, struct strbuf *counts)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTENT_VIEWS_PLACES; i++) {
		const int64_t id = atomic_exchange(&table[i].id, 0);
		const int64_t views = atomic_exchange(&table[i].n, 0);

		if (id == 0 || views == 0)
			continue;
		strbuf_printf(ids, "%s%" PRId64, n == 0 ? "" : ",", id);
		strbuf_printf(counts, "%s%" PRId64, n == 0 ? "" : ",", views);
		n++;
	}
	return n;
}

size_t
content_views_take(struct strbuf *ids, struct strbuf *counts, int64_t *lost)
{
	size_t n = 0;

	*lost = 0;
	strbuf_putc(ids, '{');
	strbuf_putc(counts, '{');
	if (shared != NULL) {
		*lost = atomic_exchange(&shared->lost, 0);
		n = take_table(shared->places[~atomic_load(&shared->current) & 1], ids, counts);
		atomic_fetch_xor(&shared->current, 1);
	}
	strbuf_putc(ids, '}');
	strbuf_putc(counts, '}');
	return n;
}

void
content_views_put_back(const struct strbuf *ids, const struct strbuf *counts)
{
	const char *id = strbuf_text(ids), *count = strbuf_text(counts);
	char *end;

	while (shared != NULL && (*id == '{' || *id == ',') && id[1] != '}') {
		const int64_t i = strtoll(id + 1, &end, 10);

		id = end;
		add(i, strtoll(count + 1, &end, 10));
		count = end;
	}
}
