/*
 * Pictures of strangers. Most of tests/data/pictures show four fields: red and green above, blue
 * and yellow below, 32 × 16 pixels (odd*: 30 × 20), upright once the orientation is applied.
 */
#define _GNU_SOURCE /* memmem */
#include <png.h>
#include <sys/resource.h>

#include "image/image.h"
#include "image/image_parts.h"
#include "unit/files.h"

#define PICTURES "tests/data/pictures/"

static const struct image_limits usual = { 1 << 20, 50 * 1000 * 1000, 16000, 1000 };

enum look { LOOK_COLORS, LOOK_GREYS, LOOK_CLEAR, LOOK_FADES }; /* a clear green; alpha fades in */

static const struct good {
	const char *file;
	enum image_format format;
	enum look look;
	int width, height, frames;
	size_t clean_max; /* bytes; nothing swells */
	bool has_profile;
} goods[] = {
	{ "rgb.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "palette.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 870, false },
	{ "palette_clear.png", IMAGE_PNG, LOOK_FADES, 32, 16, 1, 140, false },
	{ "grey.png", IMAGE_PNG, LOOK_GREYS, 32, 16, 1, 100, false },
	{ "grey_alpha.png", IMAGE_PNG, LOOK_GREYS, 32, 16, 1, 110, false },
	{ "bilevel.png", IMAGE_PNG, LOOK_FADES, 32, 16, 1, 150, false },
	{ "alpha.png", IMAGE_PNG, LOOK_FADES, 32, 16, 1, 140, false },
	{ "interlaced.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "rgb16.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "rgb16_clear.png", IMAGE_PNG, LOOK_CLEAR, 32, 16, 1, 120, false },
	{ "grey16.png", IMAGE_PNG, LOOK_GREYS, 32, 16, 1, 100, false },
	{ "text.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "profile.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 500, true },
	{ "profile_bomb.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "animated.png", IMAGE_PNG, LOOK_COLORS, 32, 16, 1, 120, false },
	{ "rgb.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 400, false },
	{ "progressive.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 600, false },
	{ "grey.jpg", IMAGE_JPEG, LOOK_GREYS, 32, 16, 1, 200, false },
	{ "cmyk.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 400, false },
	{ "profile.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 1000, true },
	{ "gps.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 400, false },
	{ "turn1.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 400, false },
	{ "turn2.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn3.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn4.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn5.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn6.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn7.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "turn8.jpg", IMAGE_JPEG, LOOK_COLORS, 32, 16, 1, 700, false },
	{ "odd1.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd2.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd3.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd4.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd5.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd6.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd7.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "odd8.jpg", IMAGE_JPEG, LOOK_COLORS, 30, 20, 1, 900, false },
	{ "one.gif", IMAGE_GIF, LOOK_COLORS, 32, 16, 1, 140, false },
	{ "interlaced.gif", IMAGE_GIF, LOOK_COLORS, 32, 16, 1, 140, false },
	{ "clear.gif", IMAGE_GIF, LOOK_CLEAR, 32, 16, 1, 150, false },
	{ "animated.gif", IMAGE_GIF, LOOK_COLORS, 32, 16, 4, 1500, false },
	{ "lossy.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 1, 110, false },
	{ "lossless.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 1, 70, false },
	{ "alpha.webp", IMAGE_WEBP, LOOK_FADES, 32, 16, 1, 190, false },
	{ "profile.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 1, 720, true },
	{ "turn6.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 1, 200, false },
	{ "turn6_lossless.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 1, 80, false },
	{ "animated.webp", IMAGE_WEBP, LOOK_COLORS, 32, 16, 4, 400, false },
};
#define NGOODS (sizeof(goods) / sizeof(goods[0]))

static void
read_picture(const char *file, struct strbuf *out)
{
	char path[256];

	snprintf(path, sizeof(path), PICTURES "%s", file);
	strbuf_clear(out);
	cr_assert(file_read(path, out), "%s is missing", path);
}

/* In a block of exactly their length, for the address sanitizer. */
static enum image_problem
make(struct image_made *m, const void *bytes, size_t len, const struct image_limits *l)
{
	unsigned char *copy = malloc(len > 0 ? len : 1);
	enum image_problem p;

	if (len > 0)
		memcpy(copy, bytes, len);
	p = image_make(m, copy, len, l);
	free(copy);
	cr_expect((p == IMAGE_FINE) == (m->clean.bytes != NULL));
	cr_expect((p == IMAGE_FINE) == (m->thumb.bytes != NULL));
	return p;
}

static bool
holds(const struct image_bytes *b, const char *word)
{
	return b->bytes != NULL && memmem(b->bytes, b->len, word, strlen(word)) != NULL;
}

/* ---- What they show ---- */

static bool
pixels_of(struct image_pixels *p, const struct image_bytes *b)
{
	static bool (*const readers[])(struct image_pixels *, const struct image_bytes *, int) = {
		[IMAGE_PNG] = image_png_pixels,
		[IMAGE_JPEG] = image_jpeg_pixels,
		[IMAGE_GIF] = image_gif_pixels,
		[IMAGE_WEBP] = image_webp_pixels,
	};

	return readers[b->format](p, b, 0);
}

static bool
is_near(uint32_t a, uint32_t b)
{
	for (int shift = 0; shift < 32; shift += 8)
		if (abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff)) > 40)
			return false;
	return true;
}

static void
check_corners(const struct good *g, const struct image_bytes *b, const char *what)
{
	static const uint32_t corners[][4] = {
		[LOOK_COLORS] = { 0xffff0000, 0xff00ff00, 0xff0000ff, 0xffffff00 },
		[LOOK_GREYS] = { 0xff4c4c4c, 0xff969696, 0xff1d1d1d, 0xffe2e2e2 },
	};
	struct image_pixels p = { 0 };
	const int xs[] = { 1, b->width - 2 }, ys[] = { 1, b->height - 2 };

	cr_assert(pixels_of(&p, b), "%s: %s", g->file, what);
	cr_expect(p.width == b->width && p.height == b->height);
	for (int i = 0; i < 4; i++) {
		uint32_t is = p.argb[ys[i / 2] * p.width + xs[i % 2]];

		if (g->look == LOOK_CLEAR && i == 1)
			cr_expect_eq(is >> 24, 0, "%s: %s is not clear", g->file, what);
		else if (g->look == LOOK_CLEAR)
			cr_expect(is_near(is, corners[LOOK_COLORS][i]), "%s: %s, corner %d: %08x",
			    g->file, what, i, is);
		else if (g->look != LOOK_FADES)
			cr_expect(is_near(is, corners[g->look][i]), "%s: %s, corner %d: %08x",
			    g->file, what, i, is);
	}
	image_pixels_free(&p);
}

static void
check_good(const struct good *g, const struct image_made *m)
{
	static const char *const secrets[] = { "script", "Exif", "EXIF", "XMP", "xmp", "Photoshop",
		"acTL", "fdAT", "tEXt" };

	cr_expect_eq(m->format, g->format, "%s", g->file);
	cr_expect(m->width == g->width && m->height == g->height && m->frames == g->frames,
	    "%s: %d x %d, %d frames", g->file, m->width, m->height, m->frames);
	cr_expect(m->clean.len <= g->clean_max, "%s: %zu bytes", g->file, m->clean.len);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		cr_expect(!holds(&m->clean, secrets[i]) && !holds(&m->thumb, secrets[i]),
		    "%s keeps %s", g->file, secrets[i]);
	cr_expect_null(m->view.bytes, "%s", g->file);
	cr_expect(m->thumb.width == g->width && m->thumb.height == g->height);
	cr_expect_eq(m->thumb.format, IMAGE_WEBP);
	if (g->format != IMAGE_PNG) /* packed there */
		cr_expect_eq(holds(&m->clean, "acsp"), g->has_profile, "%s", g->file);
	cr_expect_eq(holds(&m->thumb, "acsp"), g->has_profile, "%s", g->file);
	check_corners(g, &m->clean, "clean");
	check_corners(g, &m->thumb, "thumbnail");
}

Test(image, good_ones)
{
	struct strbuf b = { 0 };
	struct image_made m, again;

	for (size_t i = 0; i < NGOODS; i++) {
		read_picture(goods[i].file, &b);
		cr_assert_eq(make(&m, b.s, b.len, &usual), IMAGE_FINE, "%s", goods[i].file);
		check_good(&goods[i], &m);
		cr_assert_eq(make(&again, m.clean.bytes, m.clean.len, &usual), IMAGE_FINE);
		check_good(&goods[i], &again);
		cr_expect_leq(again.clean.len, m.clean.len, "%s", goods[i].file);
		image_made_free(&again);
		image_made_free(&m);
	}
	strbuf_free(&b);
}

/* What needs no turning keeps its very pixels: those of JPEG and WebP, too. */
Test(image, pixels_stay)
{
	static const char *const files[] = { "rgb.png", "palette.png", "palette_clear.png",
		"grey.png", "alpha.png", "interlaced.png", "rgb.jpg", "progressive.jpg", "grey.jpg",
		"gps.jpg", "clear.gif", "interlaced.gif", "lossy.webp", "alpha.webp" };
	struct image_pixels before, after;
	struct strbuf b = { 0 };
	struct image_made m;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		read_picture(files[i], &b);
		cr_assert_eq(make(&m, b.s, b.len, &usual), IMAGE_FINE);
		before = after = (struct image_pixels){ 0 };
		cr_assert(pixels_of(&before, &(struct image_bytes){ (unsigned char *)b.s, b.len,
						 m.width, m.height, m.format }));
		cr_assert(pixels_of(&after, &m.clean));
		cr_expect_arr_eq(
		    before.argb, after.argb, (size_t)(m.width * m.height) * 4, "%s", files[i]);
		image_pixels_free(&before);
		image_pixels_free(&after);
		image_made_free(&m);
	}
	strbuf_free(&b);
}

/* ---- What is refused ---- */

/* However it is cut; a byte of padding that libwebp does not miss apart. */
Test(image, cut_off)
{
	struct strbuf b = { 0 };
	struct image_made m;

	for (size_t i = 0; i < NGOODS; i++) {
		read_picture(goods[i].file, &b);
		for (size_t len = 0; len < b.len; len += len < 64 ? 1 : 7) {
			enum image_problem p = make(&m, b.s, len, &usual);

			cr_expect(p == IMAGE_BROKEN || (p == IMAGE_EMPTY && len == 0) ||
				      (p == IMAGE_UNKNOWN && len < 12),
			    "%s, %zu of %zu: %s", goods[i].file, len, b.len,
			    image_problem_words[p]);
			image_made_free(&m);
		}
	}
	strbuf_free(&b);
}

/* No bit of damage does any harm; what is still taken is a picture. */
Test(image, garbled)
{
	const struct image_limits small = { 1 << 20, 1 << 16, 1024, 10 };
	struct strbuf b = { 0 };
	struct image_made m, again;

	for (size_t i = 0; i < NGOODS; i += 2) {
		read_picture(goods[i].file, &b);
		for (size_t at = 3; at < b.len; at += 5) {
			b.s[at] ^= (char)(1 << at % 8);
			if (make(&m, b.s, b.len, &small) == IMAGE_FINE) {
				cr_expect_eq(make(&again, m.clean.bytes, m.clean.len, &small),
				    IMAGE_FINE, "%s, %zu", goods[i].file, at);
				image_made_free(&again);
			}
			image_made_free(&m);
			b.s[at] ^= (char)(1 << at % 8);
		}
	}
	strbuf_free(&b);
}

Test(image, no_pictures)
{
	static const struct {
		const char *bytes;
		enum image_problem problem;
	} cases[] = {
		{ "", IMAGE_EMPTY },
		{ "x", IMAGE_UNKNOWN },
		{ "<", IMAGE_UNKNOWN },
		{ "\x89PNG\r\n", IMAGE_UNKNOWN },
		{ "\x89PNG\r\n\x1a\n", IMAGE_BROKEN },
		{ "\xff\xd8\xff", IMAGE_BROKEN },
		{ "GIF89a", IMAGE_BROKEN },
		{ "RIFFxxxxWEBP", IMAGE_BROKEN },
		{ "RIFFxxxxWAVE", IMAGE_UNKNOWN },
		{ "BM6\x01", IMAGE_UNKNOWN },
		{ "%PDF-1.7", IMAGE_UNKNOWN },
		{ "<!DOCTYPE html><title>x.png</title>", IMAGE_UNKNOWN },
		{ "<svg xmlns='http://www.w3.org/2000/svg'/>", IMAGE_SVG },
		{ "<?xml version='1.0'?>\n<!-- x -->\n<svg onload='alert(1)'/>", IMAGE_SVG },
		{ "\xef\xbb\xbf \n<svg>", IMAGE_SVG },
		{ "GIF89a/*<svg>", IMAGE_TOO_MANY_PIXELS },
	};
	struct image_made m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum image_problem p = make(&m, cases[i].bytes, strlen(cases[i].bytes), &usual);

		cr_expect_eq(p, cases[i].problem, "%s: %s", cases[i].bytes, image_problem_words[p]);
	}
}

/* Refused by their heads: no pixel of them ever gets memory. */
Test(image, bombs)
{
	static const struct {
		const char *file;
		enum image_problem problem;
	} cases[] = {
		{ "bomb.png", IMAGE_TOO_MANY_PIXELS }, { "bomb.jpg", IMAGE_TOO_MANY_PIXELS },
		{ "bomb.gif", IMAGE_TOO_MANY_PIXELS },
		{ "bomb.webp", IMAGE_BROKEN }, /* its frame does not fill its canvas */
	};
	const struct rlimit little = { 256 << 20, 256 << 20 };
	struct strbuf b = { 0 };
	struct image_made m;

#if !defined(__SANITIZE_ADDRESS__)
	setrlimit(RLIMIT_AS, &little);
#endif
	(void)little;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_picture(cases[i].file, &b);
		cr_expect_eq(make(&m, b.s, b.len, &usual), cases[i].problem, "%s", cases[i].file);
	}
	strbuf_free(&b);
}

/* One below what a picture needs is too little, what it needs is enough. */
Test(image, limits)
{
	struct strbuf b = { 0 };
	struct image_made m;

	for (size_t i = 0; i < NGOODS; i++) {
		const struct good *g = &goods[i];
		int longest = g->width > g->height ? g->width : g->height;
		int64_t pixels = (int64_t)g->width * g->height * g->frames;
		struct image_limits l = { 0, pixels, longest, g->frames };

		read_picture(g->file, &b);
		l.max_bytes = b.len;
		cr_expect_eq(make(&m, b.s, b.len, &l), IMAGE_FINE, "%s", g->file);
		image_made_free(&m);
		l.max_bytes--;
		cr_expect_eq(make(&m, b.s, b.len, &l), IMAGE_TOO_LARGE, "%s", g->file);
		l.max_bytes++, l.max_side--;
		cr_expect_eq(make(&m, b.s, b.len, &l), IMAGE_TOO_MANY_PIXELS, "%s", g->file);
		l.max_side++, l.max_pixels--;
		if (strcmp(g->file, "animated.gif") != 0) /* its later frames are smaller */
			cr_expect_eq(
			    make(&m, b.s, b.len, &l), IMAGE_TOO_MANY_PIXELS, "%s", g->file);
		image_made_free(&m);
		l.max_pixels++, l.max_frames--;
		if (g->frames > 1)
			cr_expect_eq(
			    make(&m, b.s, b.len, &l), IMAGE_TOO_MANY_FRAMES, "%s", g->file);
	}
	strbuf_free(&b);
}

Test(image, five_thousand_frames)
{
	static const char head[] = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
	static const char frame[] = "\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
	struct image_limits l = usual;
	struct strbuf b = { 0 };
	struct image_made m;

	strbuf_add(&b, head, sizeof(head) - 1);
	for (int i = 0; i < 5000; i++)
		strbuf_add(&b, frame, sizeof(frame) - 1);
	strbuf_putc(&b, ';');
	cr_expect_eq(make(&m, b.s, b.len, &l), IMAGE_TOO_MANY_FRAMES);
	l.max_frames = 5000;
	cr_expect_eq(make(&m, b.s, b.len, &l), IMAGE_FINE);
	cr_expect_eq(m.frames, 5000);
	image_made_free(&m);
	strbuf_free(&b);
}

/* ---- What is hidden in them ---- */

Test(image, nothing_after_the_end)
{
	static const char *const files[] = { "rgb.png", "rgb.jpg", "one.gif", "animated.gif",
		"lossy.webp", "animated.webp" };
	static const char tail[] = "PK\3\4*/=1;alert('hidden')//<script>";
	struct strbuf b = { 0 };
	struct image_made m;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		read_picture(files[i], &b);
		strbuf_add(&b, tail, sizeof(tail) - 1);
		cr_assert_eq(make(&m, b.s, b.len, &usual), IMAGE_FINE, "%s", files[i]);
		cr_expect(!holds(&m.clean, "hidden") && !holds(&m.thumb, "hidden"), "%s", files[i]);
		image_made_free(&m);
	}
	strbuf_free(&b);
}

/* An animation keeps delays, disposal and how often it runs. */
Test(image, animation_stays)
{
	static const char rounds[] = "NETSCAPE2.0\x03\x01\x03\0",
			  control[] = "\x21\xf9\x04\x08\x05";
	struct strbuf b = { 0 };
	struct image_made m;

	read_picture("animated.gif", &b);
	cr_assert_eq(make(&m, b.s, b.len, &usual), IMAGE_FINE);
	cr_expect_not_null(memmem(m.clean.bytes, m.clean.len, rounds, sizeof(rounds) - 1));
	cr_expect_not_null(memmem(m.clean.bytes, m.clean.len, control, sizeof(control) - 1));
	image_made_free(&m);
	strbuf_free(&b);
}

/* ---- Sizes ---- */

static void
add_png(struct strbuf *out, int width, int height)
{
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = (png_uint_32)width,
		.height = (png_uint_32)height,
		.format = PNG_FORMAT_RGB };
	unsigned char *rgb = calloc((size_t)width * (size_t)height, 3);
	png_alloc_size_t len = 0;

	strbuf_clear(out);
	cr_assert(png_image_write_to_memory(&image, NULL, &len, 0, rgb, 0, NULL));
	strbuf_reserve(out, len);
	cr_assert(png_image_write_to_memory(&image, out->s, &len, 0, rgb, 0, NULL));
	out->len = len;
	free(rgb);
}

Test(image, view_and_thumbnail)
{
	static const struct {
		int width, height, view_width, view_height, thumb_width, thumb_height;
	} cases[] = {
		{ 1, 1, 0, 0, 1, 1 },
		{ 400, 300, 0, 0, 400, 300 },
		{ 401, 300, 0, 0, 400, 299 },
		{ 1600, 1200, 0, 0, 400, 300 },
		{ 1601, 1200, 1600, 1199, 400, 300 },
		{ 900, 3200, 450, 1600, 113, 400 },
		{ 15000, 1, 1600, 1, 400, 1 },
	};
	struct strbuf b = { 0 };
	struct image_made m;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add_png(&b, cases[i].width, cases[i].height);
		cr_assert_eq(make(&m, b.s, b.len, &usual), IMAGE_FINE, "%zu", i);
		cr_expect(
		    m.view.width == cases[i].view_width && m.view.height == cases[i].view_height,
		    "%zu: %d x %d", i, m.view.width, m.view.height);
		cr_expect(m.thumb.width == cases[i].thumb_width &&
			      m.thumb.height == cases[i].thumb_height,
		    "%zu: %d x %d", i, m.thumb.width, m.thumb.height);
		image_made_free(&m);
	}
	strbuf_free(&b);
}

/* ---- Words ---- */

Test(image, sentences)
{
	const struct image_limits l = { 20 * 1000 * 1000, 50 * 1000 * 1000, 16000, 1000 };
	static const char *const parts[IMAGE_PROBLEM__MAX] = { "", "empty",
		"PNG, JPEG, GIF and WebP", "scripts", "broken", "20 MB", "50,000,000",
		"1,000 frames" };
	struct strbuf b = { 0 };

	for (int p = 0; p < IMAGE_PROBLEM__MAX; p++) {
		strbuf_clear(&b);
		image_problem_sentence(&b, (enum image_problem)p, &l);
		cr_expect_not_null(strstr(strbuf_text(&b), parts[p]), "%s", strbuf_text(&b));
		cr_expect_eq(b.len > 0, p != IMAGE_FINE);
		cr_expect_not_null(image_problem_words[p]);
	}
	for (int f = 0; f < IMAGE_FORMAT__MAX; f++)
		cr_expect_not_null(strstr(image_format_types[f], image_format_words[f]));
	strbuf_free(&b);
}
