/*
 * Pictures as pics knows them: what is kept of each, what becomes of an upload, and the rules that
 * need neither database nor HTTP.
 */
#ifndef PICS_PICS_H
#define PICS_PICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/settings.h"
#include "blob/blob_key.h"
#include "content/content.h"
#include "image/image.h"

#define PICS_TITLE_POINTS 120 /* Unicode characters */
#define PICS_ALT_POINTS 1000
#define PICS_FILES_MAX 20 /* of one form */
/* Of all files of one form; conf/site_pics.conf lets a little more through. */
#define PICS_POST_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* The renditions of a picture; each has a key of its own where the bytes are (blob/blob_key.h). */
enum pics_part { PICS_FULL, PICS_VIEW, PICS_THUMB, PICS_PART__MAX };

/* How a picture came in: the form, a program, an IRC client through its bouncer. */
enum pics_source { PICS_BY_FORM, PICS_BY_API, PICS_BY_SOJU, PICS_SOURCE__MAX };
extern const char *const pics_source_words[PICS_SOURCE__MAX];

/* Kinds of content_facts: the formats, and what is none of them. */
#define PICS_KIND_NONE IMAGE_FORMAT__MAX
#define PICS_KIND__MAX (IMAGE_FORMAT__MAX + 1)
extern const char *const pics_kind_words[PICS_KIND__MAX];

struct picture {
	int64_t id, user_id;
	const char *public_id;
	enum visibility visibility;
	const char *title, *alt; /* "" for none */
	enum image_format format;
	int width, height, frames;
	int64_t bytes[PICS_PART__MAX]; /* 0: there is no such rendition */
	unsigned char hash[DIGEST_BYTES];
	int64_t created_at, views;
};

struct picture_list {
	struct picture *v;
	size_t n;
	int64_t total; /* that fit what is looked for, on all pages */
};

/* ---- What became of something that was sent ---- */

enum pics_outcome {
	PICS_STORED,
	PICS_EMPTY,
	PICS_NO_PICTURE,
	PICS_IS_SVG,
	PICS_BROKEN,
	PICS_TOO_LARGE,
	PICS_TOO_MANY_PIXELS,
	PICS_TOO_MANY_FRAMES,
	PICS_NO_ROOM,	   /* of the plan */
	PICS_TOO_MANY,	   /* files in one form */
	PICS_STORAGE_FULL, /* ours */
	PICS_STORAGE_DOWN,
	PICS_DATABASE_DOWN,
	PICS_ERASED, /* the account was emptied meanwhile */
	PICS_OUTCOME__MAX
};
/* "broken": for metrics, facts and the log. */
extern const char *const pics_outcome_words[PICS_OUTCOME__MAX];

enum pics_outcome pics_outcome_of_image(enum image_problem);
enum content_outcome pics_content_outcome(enum pics_outcome);
/* What it means for the answer to a program; ERR_OK if it is stored. */
enum err pics_outcome_err(enum pics_outcome);
/* A sentence for who sent it; `quota` is that of the plan. NULL if it is stored. */
const char *pics_outcome_sentence(
    enum pics_outcome, const struct image_limits *, int64_t quota, struct arena *);

/* ---- Rules ---- */

/* The limits of settings. */
void pics_limits(struct image_limits *, const struct settings *);

/* The key of a rendition: "Xq3…z.full". */
const char *pics_blob_key(struct arena *, const char *public_id, enum pics_part);

/* "png", "jpg", "gif", "webp": what an address of a picture ends in. */
const char *pics_extension(enum image_format);
/* The strong ETag of a rendition, with its quotes; unlike for each of them. */
const char *pics_etag(struct arena *, const struct picture *, enum pics_part);

/* Classes of the facts: "to_100k", "to_1m", "to_5m", "to_20m", "more" … */
const char *pics_size_class(int64_t bytes);
/* "wide", "tall", "square", "panorama", "strip"; "none" when the sides are not known. */
const char *pics_aspect_class(int width, int height);

/*
 * The words with a picture as they are kept: valid UTF-8, blanks at the ends, double ones and
 * control characters gone. NULL: none, and for the visibility unlisted. ERR_INVALID: `sentence`
 * says which does not fit; the picture's words are complete all the same.
 */
enum err pics_read_words(struct picture *, struct arena *, const char *title, const char *alt,
    const char *visibility, const char **sentence);

/* ---- What to paste elsewhere ---- */

struct pics_snippets {
	const char *markdown, *html, *bbcode;
};
/* `page` and `direct` are addresses of ours; the alt text is escaped for each of them. */
void pics_snippets(struct pics_snippets *, struct arena *, const struct picture *,
    const char *page_url, const char *direct_url);

/* ---- Who uploads from IRC ---- */

#define PICS_UPLOAD_KEY_LENGTH 22
/*
 * The last part of the address that a bouncer ("-": one soju for all) posts to: derived from the
 * internal secret, so nothing has to be kept.
 */
void pics_upload_key(char key[PICS_UPLOAD_KEY_LENGTH + 1], const char *secret, const char *bouncer);
/* True if the key is one of the two secrets; takes the same time for all wrong ones. */
bool pics_upload_key_fits(
    const char *key, const char *secret, const char *secret_old, const char *bouncer);

#endif
