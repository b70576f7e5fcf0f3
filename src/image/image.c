#define _GNU_SOURCE /* memmem */
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "image/image_parts.h"

const char *const image_format_words[IMAGE_FORMAT__MAX] = {
	[IMAGE_PNG] = "png",
	[IMAGE_JPEG] = "jpeg",
	[IMAGE_GIF] = "gif",
	[IMAGE_WEBP] = "webp",
};
const char *const image_format_types[IMAGE_FORMAT__MAX] = {
	[IMAGE_PNG] = "image/png",
	[IMAGE_JPEG] = "image/jpeg",
	[IMAGE_GIF] = "image/gif",
	[IMAGE_WEBP] = "image/webp",
};
const char *const image_problem_words[IMAGE_PROBLEM__MAX] = {
	[IMAGE_FINE] = "fine",
	[IMAGE_EMPTY] = "empty",
	[IMAGE_UNKNOWN] = "unknown",
	[IMAGE_SVG] = "svg",
	[IMAGE_BROKEN] = "broken",
	[IMAGE_TOO_LARGE] = "too_large",
	[IMAGE_TOO_MANY_PIXELS] = "too_many_pixels",
	[IMAGE_TOO_MANY_FRAMES] = "too_many_frames",
};

static const struct {
	enum image_problem (*clean)(struct image_job *);
	bool (*pixels)(struct image_pixels *, const struct image_bytes *, int side);
} formats[IMAGE_FORMAT__MAX] = {
	[IMAGE_PNG] = { image_png_clean, image_png_pixels },
	[IMAGE_JPEG] = { image_jpeg_clean, image_jpeg_pixels },
	[IMAGE_GIF] = { image_gif_clean, image_gif_pixels },
	[IMAGE_WEBP] = { image_webp_clean, image_webp_pixels },
};

/* ---- What it is ---- */

static bool
begins(const unsigned char *bytes, size_t len, const char *with, size_t n)
{
	return len >= n && memcmp(bytes, with, n) == 0;
}

/* "<svg" near the beginning of something that opens like markup: behind a declaration, comments. */
static bool
is_svg(const unsigned char *bytes, size_t len)
{
	size_t at = begins(bytes, len, "\xef\xbb\xbf", 3) ? 3 : 0, end = len < 4096 ? len : 4096;

	while (at < end && strchr(" \t\r\n", bytes[at]) != NULL && bytes[at] != '\0')
		at++;
	return at < end && bytes[at] == '<' && memmem(bytes + at, end - at, "<svg", 4) != NULL;
}

static enum image_problem
sniff(enum image_format *format, const unsigned char *bytes, size_t len)
{
	if (begins(bytes, len, "\x89PNG\r\n\x1a\n", 8))
		*format = IMAGE_PNG;
	else if (begins(bytes, len, "\xff\xd8\xff", 3))
		*format = IMAGE_JPEG;
	else if (begins(bytes, len, "GIF87a", 6) || begins(bytes, len, "GIF89a", 6))
		*format = IMAGE_GIF;
	else if (begins(bytes, len, "RIFF", 4) && len >= 12 && memcmp(bytes + 8, "WEBP", 4) == 0)
		*format = IMAGE_WEBP;
	else
		return is_svg(bytes, len) ? IMAGE_SVG : IMAGE_UNKNOWN;
	return IMAGE_FINE;
}

/* ---- For the files of the formats ---- */

void
image_pixels_free(struct image_pixels *p)
{
	free(p->argb);
	*p = (struct image_pixels){ 0 };
}

enum image_problem
image_fits(const struct image_limits *l, int64_t width, int64_t height, int64_t before)
{
	if (width <= 0 || height <= 0)
		return IMAGE_BROKEN;
	if (width > l->max_side || height > l->max_side || width * height > l->max_pixels - before)
		return IMAGE_TOO_MANY_PIXELS;
	return IMAGE_FINE;
}

void
image_job_done(struct image_job *j, struct strbuf *bytes, int width, int height, int frames)
{
	struct image_made *m = j->made;

	m->width = width, m->height = height, m->frames = frames;
	m->clean =
	    (struct image_bytes){ (unsigned char *)bytes->s, bytes->len, width, height, m->format };
	*bytes = (struct strbuf){ 0 };
}

/* ---- All of it ---- */

static enum image_problem
shrink(struct image_job *j)
{
	const struct image_made *m = j->made;
	struct image_pixels pixels = { 0 };
	bool has_view =
	    m->frames == 1 && (m->width > IMAGE_VIEW_SIDE || m->height > IMAGE_VIEW_SIDE);
	bool ok = formats[m->format].pixels(
		      &pixels, &m->clean, has_view ? IMAGE_VIEW_SIDE : IMAGE_THUMB_SIDE) &&
		  image_shrink(j, &pixels, has_view);

	image_pixels_free(&pixels);
	return ok ? IMAGE_FINE : IMAGE_BROKEN;
}

enum image_problem
image_make(
    struct image_made *made, const void *bytes, size_t len, const struct image_limits *limits)
{
	struct image_job j = { .bytes = bytes, .len = len, .limits = limits, .made = made };
	enum image_problem p;

	*made = (struct image_made){ 0 };
	if (len == 0)
		return IMAGE_EMPTY;
	if (len > limits->max_bytes)
		return IMAGE_TOO_LARGE;
	p = sniff(&made->format, bytes, len);
	if (p == IMAGE_FINE)
		p = formats[made->format].clean(&j);
	if (p == IMAGE_FINE)
		p = shrink(&j);
	strbuf_free(&j.profile);
	if (p != IMAGE_FINE)
		image_made_free(made);
	return p;
}

void
image_made_free(struct image_made *made)
{
	free(made->clean.bytes);
	free(made->view.bytes);
	free(made->thumb.bytes);
	*made = (struct image_made){ 0 };
}

void
image_problem_sentence(struct strbuf *out, enum image_problem p, const struct image_limits *l)
{
	static const char *const plain[IMAGE_PROBLEM__MAX] = {
		[IMAGE_EMPTY] = "The file is empty.",
		[IMAGE_UNKNOWN] =
		    "This is no picture that can be kept here: PNG, JPEG, GIF and WebP are.",
		[IMAGE_SVG] = "SVG pictures can hold scripts and are not kept here; PNG can.",
		[IMAGE_BROKEN] = "The picture is broken or was cut off on its way.",
	};
	struct arena a = { 0 };

	if (plain[p] != NULL)
		strbuf_puts(out, plain[p]);
	else if (p == IMAGE_TOO_LARGE)
		strbuf_printf(
		    out, "The picture is larger than %s.", human_bytes(&a, (int64_t)l->max_bytes));
	else if (p == IMAGE_TOO_MANY_PIXELS)
		strbuf_printf(out,
		    "The picture has too many pixels: all its frames together may have %s, a side "
		    "%s.",
		    human_count(&a, l->max_pixels), human_count(&a, l->max_side));
	else if (p == IMAGE_TOO_MANY_FRAMES)
		strbuf_printf(
		    out, "The animation has more than %s frames.", human_count(&a, l->max_frames));
	arena_free(&a);
}
