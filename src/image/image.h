/*
 * What strangers upload, made into pictures that can be shown: read by content alone, decoded, and
 * written anew without whatever is no picture. PNG, JPEG, GIF (animations too) and WebP.
 *
 * Everything happens in memory and in the calling thread; no files, no other process. Sides and
 * pixels are known from the header and checked before any pixel gets memory.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum image_format { IMAGE_PNG, IMAGE_JPEG, IMAGE_GIF, IMAGE_WEBP, IMAGE_FORMAT__MAX };
/* "png", for the database, metrics and names of files; "image/png". */
extern const char *const image_format_words[IMAGE_FORMAT__MAX];
extern const char *const image_format_types[IMAGE_FORMAT__MAX];

struct image_limits {
	size_t max_bytes;
	int64_t max_pixels; /* of all frames together, and of the canvas */
	int max_side;
	int max_frames;
};

enum image_problem {
	IMAGE_FINE,
	IMAGE_EMPTY,
	IMAGE_UNKNOWN, /* none of the formats */
	IMAGE_SVG,
	IMAGE_BROKEN, /* cut off or garbled */
	IMAGE_TOO_LARGE,
	IMAGE_TOO_MANY_PIXELS, /* a side is too long, too */
	IMAGE_TOO_MANY_FRAMES,
	IMAGE_PROBLEM__MAX
};
/* "broken", for metrics and the log. */
extern const char *const image_problem_words[IMAGE_PROBLEM__MAX];
/* One sentence for the visitor, which names the limit; nothing for IMAGE_FINE. */
void image_problem_sentence(struct strbuf *, enum image_problem, const struct image_limits *);

struct image_bytes {
	unsigned char *bytes; /* NULL: there is none */
	size_t len;
	int width, height;
	enum image_format format;
};

#define IMAGE_VIEW_SIDE 1600
#define IMAGE_THUMB_SIDE 400

/*
 * `clean` is the picture itself in its own format: upright, without metadata but for a colour
 * profile of a sane size, and nothing after its end. JPEG and WebP keep their very pixels where
 * that is possible, PNG and GIF always; 16 bits a channel become 8, and an animated PNG its first
 * frame. `view` and `thumb` are WebP and have the same profile: their longest side is at most
 * IMAGE_VIEW_SIDE and IMAGE_THUMB_SIDE. There is no view of what is no larger, nor of an animation:
 * then the clean one is shown. The thumbnail of an animation is its first frame.
 */
struct image_made {
	enum image_format format;
	int width, height, frames;
	struct image_bytes clean, view, thumb;
};

/*
 * Needs at most about 8 bytes for each of max_pixels, beside the bytes themselves, and some seconds
 * for a picture of that size: whoever calls it from several threads bounds how many at once.
 * Anything but IMAGE_FINE leaves `made` empty.
 */
enum image_problem image_make(
    struct image_made *, const void *bytes, size_t len, const struct image_limits *);
void image_made_free(struct image_made *);

#endif
