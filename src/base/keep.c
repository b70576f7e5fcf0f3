#include "base/keep.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/shared_memory.h"
#include "base/siphash.h"

/* Accounts whose numbers agree in the lowest bits only drop each other's things too often. */
#define OWNERS 4096

static _Atomic int64_t *changed_us; /* of an account, shared by all workers; NULL: it is off */
static unsigned char hash_key[SIPHASH_KEY_BYTES];

void
keep_init(bool is_on)
{
	if (!is_on)
		return;
	changed_us = shared_memory_new(OWNERS * sizeof(*changed_us));
	random_bytes(hash_key, sizeof(hash_key));
}

bool
keep_is_on(void)
{
	return changed_us != NULL;
}

static _Atomic int64_t *
change_of(int64_t owner)
{
	return &changed_us[(uint64_t)owner % OWNERS];
}

bool
keep_key_add(struct keep_key *k, const void *bytes, size_t len)
{
	if (len > 255 || k->len + 1 + len > KEEP_KEY_BYTES)
		return false;
	k->bytes[k->len++] = (unsigned char)len;
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
	return true;
}

static struct keep_thing *
place_of(struct keep_store *s, const struct keep_key *k)
{
	return &s->things[(siphash(hash_key, k->bytes, k->len) ^ (uintptr_t)k->kind) % KEEP_PLACES];
}

static void
empty(struct keep_store *s, struct keep_thing *t)
{
	if (t->value != NULL)
		s->free(t->value);
	t->value = NULL;
}

static bool
is_same(const struct keep_key *a, const struct keep_key *b)
{
	return a->kind == b->kind && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* What was asked before a change may not know of it. */
static bool
is_true(const struct keep_thing *t, int64_t now_us)
{
	return now_us < t->until_us && t->asked_us > atomic_load(change_of(t->owner));
}

void *
keep_find(struct keep_store *s, const struct keep_key *k, int64_t now_us)
{
	struct keep_thing *t;

	if (!keep_is_on())
		return NULL;
	t = place_of(s, k);
	if (t->value == NULL || !is_same(&t->key, k))
		return NULL;
	if (!is_true(t, now_us))
		empty(s, t);
	return t->value;
}

void
keep_put(struct keep_store *s, const struct keep_key *k, void *value, int64_t owner,
    int64_t asked_us, int ms)
{
	struct keep_thing *t;

	if (!keep_is_on()) {
		s->free(value);
		return;
	}
	t = place_of(s, k);
	empty(s, t);
	*t = (struct keep_thing){ .key = *k,
		.value = value,
		.owner = owner,
		.asked_us = asked_us,
		.until_us = asked_us + (int64_t)ms * 1000 };
}

void
keep_drop(int64_t owner)
{
	if (keep_is_on())
		atomic_store(change_of(owner), clock_monotonic_us());
}
