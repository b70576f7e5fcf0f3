#include "txt/paste_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/keep.h"
#include "base/xmalloc.h"

#define KEEP_MS 5000
#define BYTES_MAX (16 * 1024 * 1024) /* of all texts together */

struct kept {
	struct arena arena;
	struct paste paste;
};

static size_t kept_bytes;

static void
free_kept(void *value)
{
	struct kept *k = value;

	kept_bytes -= k->paste.body_len;
	arena_free(&k->arena);
	free(k);
}

static struct keep_store store = { .free = free_kept };

static bool
make_key(struct keep_key *key, const char *public_id)
{
	*key = (struct keep_key){ .kind = &store };
	return keep_key_add(key, public_id, strlen(public_id));
}

const struct paste *
paste_kept_find(const char *public_id, int64_t now, int64_t now_us)
{
	struct keep_key key;
	struct kept *k;

	if (!keep_is_on() || !make_key(&key, public_id))
		return NULL;
	k = keep_find(&store, &key, now_us);
	if (k == NULL || (k->paste.expires_at != 0 && k->paste.expires_at <= now))
		return NULL;
	return &k->paste;
}

void
paste_kept_put(const struct paste *p, int64_t asked_us)
{
	struct keep_key key;
	struct kept *k;

	if (!keep_is_on() || p->visibility == VISIBILITY_PRIVATE ||
	    kept_bytes + p->body_len > BYTES_MAX || !make_key(&key, p->public_id))
		return;
	k = xcalloc(1, sizeof(*k));
	k->paste = *p;
	k->paste.public_id = arena_strdup(&k->arena, p->public_id);
	k->paste.title = arena_strdup(&k->arena, p->title);
	k->paste.body = arena_strndup(&k->arena, p->body, p->body_len);
	k->paste.html = NULL;
	kept_bytes += p->body_len;
	keep_put(&store, &key, k, p->user_id, asked_us, KEEP_MS);
}
