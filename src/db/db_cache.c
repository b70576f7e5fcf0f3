#include "db/db_cache.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/siphash.h"

#define SLOTS 512
#define KEY_BYTES 96
#define RESULT_BYTES_MAX 16384
/* Accounts whose numbers agree in the lowest bits only drop each other's answers too often. */
#define OWNERS 4096

struct key {
	const char *sql; /* a literal: its address is its name */
	size_t len;
	unsigned char bytes[KEY_BYTES];
};

struct slot {
	struct key key;
	PGresult *result; /* NULL: free */
	int64_t owner, asked_us, until_us;
};

static _Atomic int64_t
    *changed_us; /* of an account, shared by all workers; NULL: nothing is kept */
static struct slot slots[SLOTS];
static unsigned char hash_key[SIPHASH_KEY_BYTES];

void
db_cache_init(bool is_on)
{
	void *p;

	if (!is_on)
		return;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	p = mmap(NULL, OWNERS * sizeof(*changed_us), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		perror("no shared memory for the cache");
		exit(1);
	}
	changed_us = p;
	random_bytes(hash_key, sizeof(hash_key));
}

static _Atomic int64_t *
change_of(int64_t owner)
{
	return &changed_us[(uint64_t)owner % OWNERS];
}

/* Parameters one after the other, each with its length. False: too long to be kept. */
static bool
make_key(struct key *k, const struct db_query *q)
{
	*k = (struct key){ .sql = q->sql };
	for (int i = 0; i < q->n; i++) {
		const size_t len = q->values[i] == NULL ? 0
				   : q->formats[i] != 0 ? (size_t)q->lengths[i]
							: strlen(q->values[i]);

		if (q->values[i] == NULL || len > 255 || k->len + 1 + len > KEY_BYTES)
			return false;
		k->bytes[k->len++] = (unsigned char)len;
		memcpy(k->bytes + k->len, q->values[i], len);
		k->len += len;
	}
	return true;
}

static struct slot *
slot_of(const struct key *k)
{
	return &slots[(siphash(hash_key, k->bytes, k->len) ^ (uintptr_t)k->sql) % SLOTS];
}

static void
empty(struct slot *s)
{
	PQclear(s->result);
	s->result = NULL;
}

static bool
is_same(const struct key *a, const struct key *b)
{
	return a->sql == b->sql && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* What was asked before a change may not know of it. */
static bool
is_true(const struct slot *s, int64_t now_us)
{
	return now_us < s->until_us && s->asked_us > atomic_load(change_of(s->owner));
}

const PGresult *
db_cache_find(const struct db_query *q, int64_t now_us)
{
	struct slot *s;
	struct key k;

	if (changed_us == NULL || q->keep_ms == 0 || !make_key(&k, q))
		return NULL;
	s = slot_of(&k);
	if (s->result == NULL || !is_same(&s->key, &k))
		return NULL;
	if (!is_true(s, now_us))
		empty(s);
	return s->result;
}

static bool
is_keepable(const struct db_query *q, const PGresult *res)
{
	return changed_us != NULL && q->keep_ms > 0 && *q->owner != 0 &&
	       PQresultMemorySize(res) <= RESULT_BYTES_MAX;
}

void
db_cache_keep(const struct db_query *q, PGresult *res, int64_t asked_us)
{
	struct slot *s;
	struct key k;

	if (!is_keepable(q, res) || !make_key(&k, q)) {
		PQclear(res);
		return;
	}
	s = slot_of(&k);
	empty(s);
	*s = (struct slot){ .key = k,
		.result = res,
		.owner = *q->owner,
		.asked_us = asked_us,
		.until_us = asked_us + (int64_t)q->keep_ms * 1000 };
}

void
db_cache_drop(int64_t owner)
{
	if (changed_us != NULL)
		atomic_store(change_of(owner), clock_monotonic_us());
}
