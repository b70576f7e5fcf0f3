#define _GNU_SOURCE /* memfd_create */
#include "txt/paste_kept.h"

#include <sys/mman.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/keep.h"
#include "base/xmalloc.h"

#define KEEP_MS 5000
#define BYTES_MAX (16 * 1024 * 1024) /* of all texts together */

#define FILE_BYTES_MIN (8 * 1024) /* below that copying is cheaper */

struct kept {
	struct arena arena;
	struct paste paste;
	int fd; /* -1: the text is in the arena */
};

static size_t kept_bytes;

static void
free_kept(void *value)
{
	struct kept *k = value;

	kept_bytes -= k->paste.body_len;
	if (k->fd >= 0)
		close(k->fd);
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

/* The text as a file in memory; -1: there is none to be had. */
static int
make_file(const struct paste *p)
{
	const int fd = memfd_create("paste", MFD_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	while (fd >= 0 && done < p->body_len) {
		n = write(fd, p->body + done, p->body_len - done);
		if (n <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	return fd;
}

const struct paste *
paste_kept_find(const char *public_id, int64_t now, int64_t now_us, int *fd)
{
	struct keep_key key;
	struct kept *k;

	*fd = -1;
	if (!keep_is_on() || !make_key(&key, public_id))
		return NULL;
	k = keep_find(&store, &key, now_us);
	if (k == NULL || (k->paste.expires_at != 0 && k->paste.expires_at <= now))
		return NULL;
	if (k->fd < 0)
		return &k->paste;
	*fd = fcntl(k->fd, F_DUPFD_CLOEXEC, 0);
	return *fd >= 0 ? &k->paste : NULL;
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
	k->paste.html = NULL;
	k->fd = p->body_len >= FILE_BYTES_MIN ? make_file(p) : -1;
	k->paste.body = k->fd < 0 ? arena_strndup(&k->arena, p->body, p->body_len) : NULL;
	kept_bytes += p->body_len;
	keep_put(&store, &key, k, p->user_id, asked_us, KEEP_MS);
}
