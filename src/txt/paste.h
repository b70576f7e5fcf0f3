/* Pastes: texts with an address. What may be stored, and how it is said that something may not. */
#ifndef TXT_PASTE_H
#define TXT_PASTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "content/content.h"
#include "txt/syntax.h"

#define PASTE_TITLE_MAX 200 /* characters */

enum paste_expiry { EXPIRY_NEVER, EXPIRY_HOUR, EXPIRY_DAY, EXPIRY_WEEK, EXPIRY_MONTH, EXPIRY__MAX };
extern const char *const paste_expiry_words[EXPIRY__MAX];
extern const char *const paste_expiry_labels[EXPIRY__MAX];
extern const int64_t paste_expiry_seconds[EXPIRY__MAX]; /* 0: never */

struct paste {
	int64_t id, user_id, bytes, lines, views, created_at, expires_at; /* 0: never */
	char *public_id, *title;
	enum syntax syntax;
	enum visibility visibility;
	char *body; /* NULL in lists */
	size_t body_len;
	char *html; /* in colours, if that is known; NULL */
};

struct paste_list {
	struct paste *v;
	size_t n;
	int64_t total;
};

/* As somebody sent it; texts that were not given are NULL. */
struct paste_input {
	const char *title, *syntax, *expires, *visibility, *file_name;
	const char *body;
	size_t len;
};

/* What is stored of it. */
struct paste_draft {
	char public_id[CONTENT_ID_SIZE];
	const char *title, *body; /* ends with a NUL */
	size_t len;
	int64_t lines;
	enum syntax syntax;
	enum visibility visibility;
	enum paste_expiry expiry;
};

/*
 * Checks the input and fills the draft, which gets an id and lives in the arena. Anything but
 * CONTENT_STORED: *sentence says to a person what is wrong and what would be right. `max` is the
 * largest text, in bytes.
 */
enum content_outcome paste_draft_init(struct paste_draft *, const struct paste_input *, int64_t max,
    struct arena *, const char **sentence);
/* The sentence for a text that the plan has no room for. */
const char *paste_quota_sentence(struct arena *, int64_t bytes, int64_t used, int64_t allowed);
/* The status of an answer that says so. */
int paste_outcome_status(enum content_outcome);

/* What a person calls it. */
const char *paste_title(const struct paste *);
/* The name of the file when it is downloaded: letters, digits, "-", "_" and "." only. */
const char *paste_file_name(const struct paste *, struct arena *);
/* How long what is public may be kept by others, in seconds. */
int64_t paste_max_age(const struct paste *, int64_t now);

#endif
