/*
 * How long a photograph of 12 megapixels takes from the upload to clean picture, view and
 * thumbnail: as a camera writes it, lying (turned without loss), progressive, and as PNG. They are
 * made here: soft shapes with the noise of a sensor. Prints the median of several runs of each in
 * milliseconds, and the peak of memory of the first in MB, with the whole program.
 *
 * `image --write FILE [WIDTH]` only writes the photograph, or a narrow strip of it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
#include <png.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/xmalloc.h"
#include "image/image.h"

#define WIDTH 4000
#define HEIGHT 3000
#define RUNS 3

static const struct image_limits limits = { 64 << 20, 50 * 1000 * 1000, 16000, 1000 };

static void
paint_row(unsigned char *rgb, int y)
{
	static uint32_t noise = 1;

	for (int x = 0; x < WIDTH; x++)
		for (int c = 0; c < 3; c++) {
			int soft = (x * (c + 1) / 16 + y / 12) % 512;

			noise = noise * 1664525 + 1013904223;
			soft = soft < 256 ? soft : 511 - soft;
			*rgb++ = (unsigned char)(soft * 15 / 16 + (int)(noise >> 24) / 16);
		}
}

static int width = WIDTH;

static void
write_jpeg(struct strbuf *out, bool is_progressive, bool is_lying)
{
	static const unsigned char exif[] = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"
					    "\x06\0\0\0\0\0\0";
	static unsigned char row[WIDTH * 3];
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors; /* libjpeg's own: any trouble ends the program */
	JSAMPROW rows[] = { row };
	unsigned char *bytes = NULL;
	unsigned long len = 0;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &len);
	c.image_width = (JDIMENSION)width, c.image_height = HEIGHT;
	c.input_components = 3, c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 90, TRUE);
	if (is_progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	if (is_lying)
		jpeg_write_marker(&c, JPEG_APP0 + 1, exif, sizeof(exif));
	for (int y = 0; y < HEIGHT; y++) {
		paint_row(row, y);
		jpeg_write_scanlines(&c, rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	strbuf_clear(out);
	strbuf_add(out, bytes, len);
	free(bytes);
}

static void
write_png(struct strbuf *out)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = WIDTH,
		.height = HEIGHT,
		.format = PNG_FORMAT_RGB };
	unsigned char *rgb = xmalloc((size_t)WIDTH * HEIGHT * 3);
	png_alloc_size_t len = (png_alloc_size_t)WIDTH * HEIGHT * 4;

	for (int y = 0; y < HEIGHT; y++)
		paint_row(rgb + (size_t)y * WIDTH * 3, y);
	strbuf_clear(out);
	strbuf_reserve(out, len);
	if (!png_image_write_to_memory(&image, out->s, &len, 0, rgb, 0, NULL))
		exit(1);
	out->len = len;
	free(rgb);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
measure(const struct strbuf *upload)
{
	static double ms[RUNS];
	struct image_made made;
	int64_t begun;

	for (int i = 0; i < RUNS; i++) {
		begun = clock_monotonic_us();
		if (image_make(&made, upload->s, upload->len, &limits) != IMAGE_FINE)
			exit(1);
		ms[i] = (double)(clock_monotonic_us() - begun) / 1000;
		image_made_free(&made);
	}
	qsort(ms, RUNS, sizeof(ms[0]), compare);
	return ms[RUNS / 2];
}

static double
peak_mb(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

static int
write_file(const char *path)
{
	struct strbuf b = { 0 };
	FILE *f = fopen(path, "w");
	bool is_fine;

	write_jpeg(&b, false, false);
	is_fine = f != NULL && fwrite(b.s, 1, b.len, f) == b.len && fclose(f) == 0;
	strbuf_free(&b);
	return is_fine ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct strbuf b = { 0 };
	double plain, lying, progressive, png, first_mb;

	if (argc >= 3 && strcmp(argv[1], "--write") == 0) {
		width = argc > 3 ? atoi(argv[3]) : WIDTH;
		return width > 0 && width <= WIDTH ? write_file(argv[2]) : 1;
	}
	write_jpeg(&b, false, false);
	plain = measure(&b);
	first_mb = peak_mb();
	write_jpeg(&b, false, true);
	lying = measure(&b);
	write_jpeg(&b, true, false);
	progressive = measure(&b);
	write_png(&b);
	png = measure(&b);
	printf("%.0f %.0f %.0f %.0f %.0f\n", plain, lying, progressive, png, first_mb);
	strbuf_free(&b);
	return 0;
}
