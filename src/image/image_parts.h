/* What the files of this folder share; nobody else includes it. */
#ifndef IMAGE_IMAGE_PARTS_H
#define IMAGE_IMAGE_PARTS_H

#include <stdbool.h>

#include "image/image.h"

/* The libraries are asked for B, G, R, A in memory, libwebp's encoder reads 0xAARRGGBB. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pixels are little-endian words");

/* Rows from the top, 0xAARRGGBB, not premultiplied. */
struct image_pixels {
	uint32_t *argb;
	int width, height;
};
void image_pixels_free(struct image_pixels *);

/* One picture on its way. */
struct image_job {
	const unsigned char *bytes;
	size_t len;
	const struct image_limits *limits;
	struct image_made *made;
	struct strbuf profile; /* of RGB, for view and thumbnail; empty: sRGB */
};

/* Side and pixels of a canvas, or of a frame after `before` pixels in others. */
enum image_problem image_fits(
    const struct image_limits *, int64_t width, int64_t height, int64_t before);
/* Notes the clean picture and its size; takes the buffer's memory. */
void image_job_done(struct image_job *, struct strbuf *, int width, int height, int frames);

/* ---- image_exif.c ---- */

/* 1 to 8 as EXIF numbers them; 1, upright, for whatever cannot be read. `tiff` begins with "II" or
 * "MM". */
int image_exif_orientation(const unsigned char *tiff, size_t len);
/* Whether a colour profile is one by its header, of the colour space ("RGB ", "GRAY"), and small
 * enough to be kept. */
bool image_profile_is_kept(const unsigned char *, size_t len, const char *space);

/* ---- image_scale.c ---- */

/* Makes pixels upright that a camera took in the given orientation. */
void image_turn(struct image_pixels *, int orientation);
/* View and thumbnail; false if libwebp could not, which it tells of no reason but memory. Changes
 * the pixels. */
bool image_shrink(struct image_job *, struct image_pixels *, bool has_view);
/* Puts a profile into a WebP; false as above. */
bool image_add_profile(struct strbuf *webp, const struct strbuf *profile);

/* ---- A file for each format ----
 *
 * _clean reads the job's bytes, checks the limits, decodes everything and ends with
 * image_job_done(). _pixels decodes the first frame of what _clean has made; its longest side may
 * be less than the picture's, but not less than `side`.
 */
enum image_problem image_png_clean(struct image_job *);
bool image_png_pixels(struct image_pixels *, const struct image_bytes *, int side);
enum image_problem image_jpeg_clean(struct image_job *);
bool image_jpeg_pixels(struct image_pixels *, const struct image_bytes *, int side);
enum image_problem image_gif_clean(struct image_job *);
bool image_gif_pixels(struct image_pixels *, const struct image_bytes *, int side);
enum image_problem image_webp_clean(struct image_job *);
bool image_webp_pixels(struct image_pixels *, const struct image_bytes *, int side);

#endif
