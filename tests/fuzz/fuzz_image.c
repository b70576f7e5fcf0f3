/*
 * Uploaded pictures. Whatever is taken stays within the limits, and what was made of it is a
 * picture of the same size that is taken again. The limits are small, so that no input takes long.
 */
#include "fuzz/fuzz.h"
#include "image/image.h"

static const struct image_limits limits = { 4096, 1 << 16, 512, 6 };
/* What is written anew may be larger than what was read, or count pixels that were not there. */
static const struct image_limits wide = { 1 << 22, 1 << 16, 512, 6 };

static void
must_be_a_preview(const struct image_bytes *b, int side, const struct image_made *m)
{
	must(b->format == IMAGE_WEBP && b->len > 12 && memcmp(b->bytes + 8, "WEBP", 4) == 0);
	must(b->width > 0 && b->width <= side && b->width <= m->width);
	must(b->height > 0 && b->height <= side && b->height <= m->height);
}

static void
must_be_made(const struct image_made *m)
{
	must(m->format < IMAGE_FORMAT__MAX && m->clean.format == m->format);
	must(m->width > 0 && m->width <= limits.max_side);
	must(m->height > 0 && m->height <= limits.max_side);
	must((int64_t)m->width * m->height <= limits.max_pixels);
	must(m->frames > 0 && m->frames <= limits.max_frames);
	must(m->clean.width == m->width && m->clean.height == m->height);
	must_be_a_preview(&m->thumb, IMAGE_THUMB_SIDE, m);
	must(m->view.bytes == NULL); /* nothing is so large here */
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct image_made m, again, preview;
	struct strbuf sentence = { 0 };
	enum image_problem p = image_make(&m, bytes, len, &limits);

	must(p >= 0 && p < IMAGE_PROBLEM__MAX);
	image_problem_sentence(&sentence, p, &limits);
	must((sentence.len == 0) == (p == IMAGE_FINE));
	strbuf_free(&sentence);
	if (p != IMAGE_FINE) {
		must(m.clean.bytes == NULL && m.view.bytes == NULL && m.thumb.bytes == NULL);
		return 0;
	}
	must_be_made(&m);
	must(image_make(&again, m.clean.bytes, m.clean.len, &wide) == IMAGE_FINE);
	must(again.format == m.format && again.frames == m.frames);
	must(again.width == m.width && again.height == m.height);
	must(image_make(&preview, m.thumb.bytes, m.thumb.len, &wide) == IMAGE_FINE);
	must(preview.width == m.thumb.width && preview.height == m.thumb.height);
	image_made_free(&preview);
	image_made_free(&again);
	image_made_free(&m);
	return 0;
}
