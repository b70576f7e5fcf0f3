/*
 * PNG through libpng: what is read is written anew as it is, palette and grey too, without chunks
 * but for those of colour. What stands in others is not even unpacked.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>

#include "base/xmalloc.h"
#include "image/image_parts.h"

/* Against the usual 6: photographs get smaller in half the time, screenshots a little larger. */
#define DEFLATE_LEVEL 3
#define CHUNK_BYTES_MIN ((size_t)64 * 1024)

struct work {
	const struct image_job *job;
	size_t at; /* what is read next */
	png_structp in, out;
	png_infop in_info, out_info;
	int width, height;
	unsigned char *pixels;
	size_t stride;
	struct strbuf bytes;
	enum image_problem problem;
};

/* ---- What libpng calls ---- */

static void
on_error(png_structp png, png_const_charp why)
{
	(void)why;
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png, png_const_charp why)
{
	(void)png, (void)why;
}

static void
read_bytes(png_structp png, png_bytep out, size_t n)
{
	struct work *w = png_get_io_ptr(png);

	if (w->job->len - w->at < n)
		png_error(png, "cut off");
	memcpy(out, w->job->bytes + w->at, n);
	w->at += n;
}

static void
write_bytes(png_structp png, png_bytep bytes, size_t n)
{
	struct work *w = png_get_io_ptr(png);

	strbuf_add(&w->bytes, bytes, n);
}

static void
flush_bytes(png_structp png)
{
	(void)png;
}

/* ---- Reading ---- */

/* Chunks that libpng knows and we drop; the unknown ones it drops by itself. */
static const png_byte dropped[] = "bKGD\0eXIf\0hIST\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0"
				  "tEXt\0tIME\0zTXt";

static void
read_head(struct work *w)
{
	png_set_read_fn(w->in, w, read_bytes);
	/* Sides are refused below, with a sentence of their own. */
	png_set_user_limits(w->in, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	/* No chunk is longer than the file; none unpacks to more than that, or a usual profile. */
	png_set_chunk_malloc_max(
	    w->in, w->job->len > CHUNK_BYTES_MIN ? w->job->len : CHUNK_BYTES_MIN);
	png_set_keep_unknown_chunks(
	    w->in, PNG_HANDLE_CHUNK_NEVER, dropped, (int)(sizeof(dropped) / 5));
	png_set_check_for_invalid_index(w->in, 0);
	png_read_info(w->in, w->in_info);
	w->problem = image_fits(w->job->limits, png_get_image_width(w->in, w->in_info),
	    png_get_image_height(w->in, w->in_info), 0);
}

static void
read_pixels(struct work *w)
{
	int passes = png_set_interlace_handling(w->in);

	w->width = (int)png_get_image_width(w->in, w->in_info);
	w->height = (int)png_get_image_height(w->in, w->in_info);
	if (png_get_bit_depth(w->in, w->in_info) == 16) {
		png_set_scale_16(w->in);
		/* A transparent colour of 16 bits is none of 8. */
		if (png_get_valid(w->in, w->in_info, PNG_INFO_tRNS))
			png_set_tRNS_to_alpha(w->in);
	}
	png_read_update_info(w->in, w->in_info);
	w->stride = png_get_rowbytes(w->in, w->in_info);
	w->pixels = xcalloc((size_t)w->height, w->stride);
	for (; passes > 0; passes--)
		for (int y = 0; y < w->height; y++)
			png_read_row(w->in, w->pixels + (size_t)y * w->stride, NULL);
	png_read_end(w->in, NULL);
}

static bool
read_all(struct work *w)
{
	w->in = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	w->in_info = w->in != NULL ? png_create_info_struct(w->in) : NULL;
	if (w->in_info == NULL || setjmp(png_jmpbuf(w->in)) != 0)
		return false;
	read_head(w);
	if (w->problem == IMAGE_FINE)
		read_pixels(w);
	return true;
}

/* ---- Writing ---- */

static void
write_palette(struct work *w)
{
	png_colorp colors;
	png_bytep alpha = NULL;
	png_color_16p color = NULL;
	int n;

	if (png_get_PLTE(w->in, w->in_info, &colors, &n) != 0 &&
	    png_get_color_type(w->in, w->in_info) == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(w->out, w->out_info, colors, n);
	if ((png_get_color_type(w->in, w->in_info) & PNG_COLOR_MASK_ALPHA) == 0 &&
	    png_get_tRNS(w->in, w->in_info, &alpha, &n, &color) != 0)
		png_set_tRNS(w->out, w->out_info, alpha, n, color);
}

/* A profile, else what is left of the older ways to say the same. */
static void
write_colors(struct work *w)
{
	png_charp name;
	png_bytep profile;
	png_uint_32 len;
	png_fixed_point gamma, c[8];
	int n;
	bool is_rgb = (png_get_color_type(w->in, w->in_info) & PNG_COLOR_MASK_COLOR) != 0;

	if (png_get_iCCP(w->in, w->in_info, &name, &n, &profile, &len) != 0 &&
	    image_profile_is_kept(profile, len, is_rgb ? "RGB " : "GRAY")) {
		png_set_iCCP(w->out, w->out_info, "profile", n, profile, len);
		if (is_rgb)
			strbuf_add(&((struct image_job *)w->job)->profile, profile, len);
		return;
	}
	if (png_get_sRGB(w->in, w->in_info, &n) != 0) {
		png_set_sRGB(w->out, w->out_info, n);
		return;
	}
	if (png_get_gAMA_fixed(w->in, w->in_info, &gamma) != 0)
		png_set_gAMA_fixed(w->out, w->out_info, gamma);
	if (png_get_cHRM_fixed(
		w->in, w->in_info, c, c + 1, c + 2, c + 3, c + 4, c + 5, c + 6, c + 7) != 0)
		png_set_cHRM_fixed(
		    w->out, w->out_info, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
}

static bool
write_all(struct work *w)
{
	w->out = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	w->out_info = w->out != NULL ? png_create_info_struct(w->out) : NULL;
	if (w->out_info == NULL || setjmp(png_jmpbuf(w->out)) != 0)
		return false;
	png_set_write_fn(w->out, w, write_bytes, flush_bytes);
	png_set_benign_errors(w->out, 1);
	png_set_check_for_invalid_index(w->out, 0);
	png_set_compression_level(w->out, DEFLATE_LEVEL);
	png_set_IHDR(w->out, w->out_info, (png_uint_32)w->width, (png_uint_32)w->height,
	    png_get_bit_depth(w->in, w->in_info), png_get_color_type(w->in, w->in_info),
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	write_colors(w);
	write_palette(w);
	png_write_info(w->out, w->out_info);
	for (int y = 0; y < w->height; y++)
		png_write_row(w->out, w->pixels + (size_t)y * w->stride);
	png_write_end(w->out, NULL);
	return true;
}

/* ---- All of it ---- */

enum image_problem
image_png_clean(struct image_job *j)
{
	struct work w = { .job = j, .problem = IMAGE_BROKEN };

	if (!read_all(&w) || (w.problem == IMAGE_FINE && !write_all(&w)))
		w.problem = IMAGE_BROKEN;
	png_destroy_write_struct(&w.out, &w.out_info);
	png_destroy_read_struct(&w.in, &w.in_info, NULL);
	free(w.pixels);
	if (w.problem == IMAGE_FINE)
		image_job_done(j, &w.bytes, w.width, w.height, 1);
	strbuf_free(&w.bytes);
	return w.problem;
}

/* libpng's simple reader also brings what has a gamma of its own to sRGB's. */
bool
image_png_pixels(struct image_pixels *p, const struct image_bytes *b, int side)
{
	png_image image = { .version = PNG_IMAGE_VERSION };

	(void)side;
	if (!png_image_begin_read_from_memory(&image, b->bytes, b->len))
		return false;
	image.format = PNG_FORMAT_BGRA;
	p->width = (int)image.width, p->height = (int)image.height;
	p->argb = xmalloc((size_t)image.width * image.height * sizeof(*p->argb));
	return png_image_finish_read(&image, NULL, p->argb, 0, NULL) != 0;
}
