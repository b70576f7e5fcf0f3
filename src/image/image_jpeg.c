/*
 * JPEG through libjpeg-turbo. The coefficients are read, which is all of the decoding where damage
 * shows, and written anew, so that the pixels stay the very same; turning is done on coefficients
 * as well where the size allows it. CMYK becomes RGB, because what browsers and libwebp make of it
 * differs.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>
#include <turbojpeg.h>

#include "base/xmalloc.h"
#include "image/image_parts.h"

/* When the coefficients cannot stay. */
#define QUALITY 92
/* A progressive picture has about ten; each goes over all coefficients, however few bytes it has.
 */
#define SCANS_MAX 40

/* ---- Trouble ---- */

struct trouble {
	struct jpeg_error_mgr mgr;
	struct jpeg_progress_mgr progress;
	jmp_buf jump;
};

static void
on_error(j_common_ptr c)
{
	longjmp(((struct trouble *)(void *)c->err)->jump, 1);
}

/* What libjpeg mends with grey is broken to us. Other warnings are of things that do not stay. */
static void
on_message(j_common_ptr c, int level)
{
	static const int damages[] = { JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_JPEG_EOF,
		JWRN_MUST_RESYNC, JWRN_BOGUS_PROGRESSION, JWRN_ARITH_BAD_CODE };

	if (level >= 0)
		return;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		if (c->err->msg_code == damages[i])
			on_error(c);
}

static void
on_progress(j_common_ptr c)
{
	if (((j_decompress_ptr)(void *)c)->input_scan_number > SCANS_MAX)
		on_error(c);
}

static void
trouble_init(struct trouble *t, struct jpeg_decompress_struct *in)
{
	jpeg_std_error(&t->mgr);
	t->mgr.error_exit = on_error;
	t->mgr.emit_message = on_message;
	t->progress = (struct jpeg_progress_mgr){ .progress_monitor = on_progress };
	memset(in, 0, sizeof(*in));
	in->err = &t->mgr;
}

static void
open_bytes(struct jpeg_decompress_struct *in, struct trouble *t, const void *bytes, size_t len)
{
	jpeg_create_decompress(in);
	in->progress = &t->progress;
	jpeg_mem_src(in, bytes, len);
}

/* ---- Bytes out; libjpeg's own buffer is lost on an error ---- */

struct sink {
	struct jpeg_destination_mgr mgr;
	struct strbuf *out;
	JOCTET block[16 * 1024];
};

static void
sink_init(j_compress_ptr c)
{
	struct sink *s = (struct sink *)(void *)c->dest;

	s->mgr.next_output_byte = s->block;
	s->mgr.free_in_buffer = sizeof(s->block);
}

static boolean
sink_full(j_compress_ptr c)
{
	struct sink *s = (struct sink *)(void *)c->dest;

	strbuf_add(s->out, s->block, sizeof(s->block));
	sink_init(c);
	return TRUE;
}

static void
sink_end(j_compress_ptr c)
{
	struct sink *s = (struct sink *)(void *)c->dest;

	strbuf_add(s->out, s->block, sizeof(s->block) - s->mgr.free_in_buffer);
}

static void
open_sink(struct jpeg_compress_struct *c, struct sink *s, struct strbuf *out)
{
	jpeg_create_compress(c);
	s->mgr = (struct jpeg_destination_mgr){ .init_destination = sink_init,
		.empty_output_buffer = sink_full,
		.term_destination = sink_end };
	s->out = out;
	c->dest = &s->mgr;
}

/* ---- The head ---- */

struct head {
	int width, height, components, orientation;
	bool is_progressive;
	struct strbuf profile; /* of RGB or grey as the picture is; empty: none is kept */
};

static void
read_exif(struct head *h, const struct jpeg_decompress_struct *in)
{
	for (jpeg_saved_marker_ptr m = in->marker_list; m != NULL; m = m->next)
		if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 &&
		    memcmp(m->data, "Exif\0\0", 6) == 0) {
			h->orientation = image_exif_orientation(m->data + 6, m->data_length - 6);
			return;
		}
}

static void
read_profile(struct head *h, struct jpeg_decompress_struct *in)
{
	unsigned char *bytes = NULL;
	unsigned len = 0;

	if (jpeg_read_icc_profile(in, &bytes, &len) &&
	    image_profile_is_kept(bytes, len, in->num_components == 1 ? "GRAY" : "RGB "))
		strbuf_add(&h->profile, bytes, len);
	free(bytes);
}

static bool
read_head(struct head *h, const struct image_job *j)
{
	struct jpeg_decompress_struct in;
	struct trouble t;

	trouble_init(&t, &in);
	if (setjmp(t.jump) != 0) {
		jpeg_destroy_decompress(&in);
		return false;
	}
	open_bytes(&in, &t, j->bytes, j->len);
	jpeg_save_markers(&in, JPEG_APP0 + 1, 0xffff);
	jpeg_save_markers(&in, JPEG_APP0 + 2, 0xffff);
	jpeg_read_header(&in, TRUE);
	h->width = (int)in.image_width, h->height = (int)in.image_height;
	h->components = in.num_components;
	h->is_progressive = in.progressive_mode;
	h->orientation = 1;
	read_exif(h, &in);
	if (h->components == 1 || h->components == 3)
		read_profile(h, &in);
	jpeg_destroy_decompress(&in);
	return true;
}

/* ---- The same coefficients without the rest ---- */

static bool
rewrite(struct strbuf *out, const struct image_job *j, const struct head *h)
{
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct c;
	struct trouble t;
	struct sink s;
	jvirt_barray_ptr *coefficients;

	trouble_init(&t, &in);
	memset(&c, 0, sizeof(c));
	c.err = &t.mgr;
	if (setjmp(t.jump) != 0) {
		jpeg_destroy_compress(&c);
		jpeg_destroy_decompress(&in);
		return false;
	}
	open_bytes(&in, &t, j->bytes, j->len);
	open_sink(&c, &s, out);
	jpeg_read_header(&in, TRUE);
	coefficients = jpeg_read_coefficients(&in);
	jpeg_copy_critical_parameters(&in, &c);
	/* A second pass, in vain if the coefficients move afterwards. */
	c.optimize_coding = h->orientation == 1;
	if (h->is_progressive)
		jpeg_simple_progression(&c);
	jpeg_write_coefficients(&c, coefficients);
	if (h->profile.len > 0)
		jpeg_write_icc_profile(&c, (const JOCTET *)h->profile.s, (unsigned)h->profile.len);
	jpeg_finish_compress(&c);
	jpeg_finish_decompress(&in);
	jpeg_destroy_compress(&c);
	jpeg_destroy_decompress(&in);
	return true;
}

/* False if the size is no multiple of the blocks that would have to move, or anything else. */
static bool
turn_coefficients(struct strbuf *jpeg, const struct head *h)
{
	static const int operations[] = { [2] = TJXOP_HFLIP,
		TJXOP_ROT180,
		TJXOP_VFLIP,
		TJXOP_TRANSPOSE,
		TJXOP_ROT90,
		TJXOP_TRANSVERSE,
		TJXOP_ROT270 };
	tjtransform how = { .op = operations[h->orientation],
		.options = TJXOPT_PERFECT | (h->is_progressive ? TJXOPT_PROGRESSIVE : 0) };
	unsigned char *out = NULL;
	unsigned long len = 0;
	tjhandle tj = tjInitTransform();
	bool ok = tj != NULL && tjTransform(tj, (const unsigned char *)jpeg->s, jpeg->len, 1, &out,
				    &len, &how, TJFLAG_STOPONWARNING) == 0;

	if (ok) {
		strbuf_clear(jpeg);
		strbuf_add(jpeg, out, len);
	}
	tjFree(out);
	if (tj != NULL)
		tjDestroy(tj);
	return ok;
}

/* ---- Pixels ---- */

/* A row of C, M, Y, K to words, in place. Adobe's are upside down, and nearly all are Adobe's. */
static void
mix_inks(uint32_t *row, unsigned n, bool is_inverted)
{
	for (unsigned i = 0; i < n; i++) {
		const unsigned char *ink = (const unsigned char *)&row[i];
		uint32_t rgb = 0xff, flip = is_inverted ? 0 : 0xff;

		for (int k = 0; k < 3; k++)
			rgb = rgb << 8 | (ink[k] ^ flip) * (ink[3] ^ flip) / 255;
		row[i] = rgb;
	}
}

/* The least eighths of the size that still give `side`; 0: all of it. */
static unsigned
eighths(const struct jpeg_decompress_struct *in, int side)
{
	int64_t longest = in->image_width > in->image_height ? in->image_width : in->image_height;
	unsigned n = 1;

	while (n < 8 && side > 0 && longest * n / 8 < side)
		n++;
	return side > 0 ? n : 8;
}

static bool
decode(struct image_pixels *p, const void *bytes, size_t len, int side)
{
	struct jpeg_decompress_struct in;
	struct trouble t;

	trouble_init(&t, &in);
	if (setjmp(t.jump) != 0) {
		jpeg_destroy_decompress(&in);
		image_pixels_free(p);
		return false;
	}
	open_bytes(&in, &t, bytes, len);
	jpeg_read_header(&in, TRUE);
	in.out_color_space = in.num_components == 4 ? JCS_CMYK : JCS_EXT_BGRA;
	in.scale_num = eighths(&in, side), in.scale_denom = 8;
	jpeg_start_decompress(&in);
	p->width = (int)in.output_width, p->height = (int)in.output_height;
	p->argb = xmalloc((size_t)in.output_width * in.output_height * sizeof(*p->argb));
	while (in.output_scanline < in.output_height) {
		uint32_t *row = p->argb + (size_t)in.output_scanline * in.output_width;
		JSAMPROW to = (JSAMPROW)row;

		jpeg_read_scanlines(&in, &to, 1);
		if (in.num_components == 4)
			mix_inks(row, in.output_width, in.saw_Adobe_marker);
	}
	jpeg_finish_decompress(&in);
	jpeg_destroy_decompress(&in);
	return true;
}

static bool
encode(struct strbuf *out, const struct image_pixels *p, const struct head *h)
{
	struct jpeg_compress_struct c = { 0 };
	struct trouble t;
	struct sink s;

	jpeg_std_error(&t.mgr);
	t.mgr.error_exit = on_error;
	c.err = &t.mgr;
	if (setjmp(t.jump) != 0) {
		jpeg_destroy_compress(&c);
		return false;
	}
	open_sink(&c, &s, out);
	c.image_width = (JDIMENSION)p->width, c.image_height = (JDIMENSION)p->height;
	c.input_components = 4;
	c.in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(&c);
	if (h->components == 1)
		jpeg_set_colorspace(&c, JCS_GRAYSCALE);
	jpeg_set_quality(&c, QUALITY, TRUE);
	c.optimize_coding = TRUE;
	jpeg_start_compress(&c, TRUE);
	if (h->profile.len > 0)
		jpeg_write_icc_profile(&c, (const JOCTET *)h->profile.s, (unsigned)h->profile.len);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = (JSAMPROW)(p->argb + (size_t)c.next_scanline * c.image_width);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return true;
}

/* ---- All of it ---- */

static bool
encode_anew(struct strbuf *out, const void *bytes, size_t len, const struct head *h)
{
	struct image_pixels p = { 0 };
	struct strbuf fresh = { 0 };
	bool ok = decode(&p, bytes, len, 0);

	if (ok) {
		image_turn(&p, h->orientation);
		ok = encode(&fresh, &p, h);
	}
	image_pixels_free(&p);
	strbuf_free(out);
	*out = fresh;
	return ok;
}

/* Two sets of coefficients, up to 12 bytes a pixel, within the 8 that the largest picture may need.
 * Larger ones are encoded anew, which takes less. */
static bool
may_turn_coefficients(const struct image_job *j, const struct head *h)
{
	return (int64_t)h->width * h->height * 12 <= j->limits->max_pixels * 8;
}

static bool
clean(struct strbuf *out, const struct image_job *j, const struct head *h)
{
	if (h->components == 4)
		return encode_anew(out, j->bytes, j->len, h);
	if (!rewrite(out, j, h))
		return false;
	return h->orientation == 1 || (may_turn_coefficients(j, h) && turn_coefficients(out, h)) ||
	       encode_anew(out, out->s, out->len, h);
}

enum image_problem
image_jpeg_clean(struct image_job *j)
{
	struct head h = { 0 };
	struct strbuf out = { 0 };
	enum image_problem p = read_head(&h, j) ? IMAGE_FINE : IMAGE_BROKEN;

	if (p == IMAGE_FINE)
		p = image_fits(j->limits, h.width, h.height, 0);
	if (p == IMAGE_FINE && !clean(&out, j, &h))
		p = IMAGE_BROKEN;
	if (p == IMAGE_FINE && h.orientation < 5)
		image_job_done(j, &out, h.width, h.height, 1);
	else if (p == IMAGE_FINE)
		image_job_done(j, &out, h.height, h.width, 1);
	if (p == IMAGE_FINE && h.components == 3)
		strbuf_add(&j->profile, h.profile.s, h.profile.len);
	strbuf_free(&h.profile);
	strbuf_free(&out);
	return p;
}

bool
image_jpeg_pixels(struct image_pixels *p, const struct image_bytes *b, int side)
{
	return decode(p, b->bytes, b->len, side);
}
