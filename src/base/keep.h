/*
 * What may be believed for a moment, so that somebody who clicks quickly does not cost the same
 * work again: answers of the database (db/db_cache.h), whole pages (web/web_kept.h). Each thing is
 * about an account; when something of the account changes on this host, keep_drop() ends what all
 * its workers keep of it, at once. What changes elsewhere is seen when the moment is over.
 *
 * Things are in the memory of each worker; shared is only when each account changed last. A store
 * has a fixed number of places, and what is newer takes the place of what is older.
 */
#ifndef BASE_KEEP_H
#define BASE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEEP_KEY_BYTES 96
#define KEEP_PLACES 256 /* of a store */

/* What a thing is the answer to; begins as all zero but for `kind`. */
struct keep_key {
	const void *kind; /* the address of something static */
	size_t len;
	unsigned char bytes[KEEP_KEY_BYTES];
};

struct keep_thing {
	struct keep_key key;
	void *value; /* NULL: free place */
	int64_t owner, asked_us, until_us;
};

/* Static, all zero but for `free`. */
struct keep_store {
	void (*free)(void *value);
	struct keep_thing things[KEEP_PLACES];
};

/* Before the fork. Without it, or with `is_on` false, nothing is ever kept. */
void keep_init(bool is_on);
bool keep_is_on(void);

/* Adds a part to the key, with its length. False: it is too long to be kept. */
bool keep_key_add(struct keep_key *, const void *bytes, size_t len);
/* The value; NULL if there is none that is still true. Valid until the next call with the store. */
void *keep_find(struct keep_store *, const struct keep_key *, int64_t now_us);
/*
 * Takes the value, which is what was true at `asked_us` (clock_monotonic_us()) of the account
 * `owner`, for `ms`.
 */
void keep_put(struct keep_store *, const struct keep_key *, void *value, int64_t owner,
    int64_t asked_us, int ms);
/* Something of the account has changed, and is committed. Any thread. */
void keep_drop(int64_t owner);

#endif
