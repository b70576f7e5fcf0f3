/*
 * WebP through libwebp: every frame is decoded once, and then put as it is into a fresh container.
 * Only a still picture that a camera took lying is encoded again.
 */
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/xmalloc.h"
#include "image/image_parts.h"

/* When the frame cannot stay and is not lossless. */
#define QUALITY 90
#define FORMAT_LOSSLESS 2 /* in libwebp's features */

struct work {
	struct image_job *job;
	WebPMux *in, *out;
	int width, height, frames;
	bool is_animated;
	int64_t pixels; /* of the frames so far */
};

/* ---- A frame ---- */

static bool
decode(struct image_pixels *p, const WebPData *frame)
{
	size_t size;

	if (!WebPGetInfo(frame->bytes, frame->size, &p->width, &p->height))
		return false;
	size = (size_t)p->width * (size_t)p->height * sizeof(*p->argb);
	p->argb = xmalloc(size);
	return WebPDecodeBGRAInto(frame->bytes, frame->size, (uint8_t *)p->argb, size,
		   p->width * (int)sizeof(*p->argb)) != NULL;
}

/* Within the limits, and whole. */
static enum image_problem
check_frame(struct work *w, const WebPData *frame)
{
	struct image_pixels p = { 0 };
	enum image_problem e;
	int width, height;

	if (!WebPGetInfo(frame->bytes, frame->size, &width, &height))
		return IMAGE_BROKEN;
	e = image_fits(w->job->limits, width, height, w->pixels);
	if (e != IMAGE_FINE)
		return e;
	w->pixels += (int64_t)width * height;
	e = decode(&p, frame) ? IMAGE_FINE : IMAGE_BROKEN;
	image_pixels_free(&p);
	return e;
}

static enum image_problem
copy_frame(struct work *w, int n)
{
	WebPMuxFrameInfo info = { 0 };
	enum image_problem e = IMAGE_BROKEN;

	if (WebPMuxGetFrame(w->in, (uint32_t)n, &info) != WEBP_MUX_OK)
		return e;
	e = check_frame(w, &info.bitstream);
	if (e == IMAGE_FINE &&
	    (w->is_animated ? WebPMuxPushFrame(w->out, &info, 1)
			    : WebPMuxSetImage(w->out, &info.bitstream, 1)) != WEBP_MUX_OK)
		e = IMAGE_BROKEN;
	WebPDataClear(&info.bitstream);
	return e;
}

/* ---- The container ---- */

static enum image_problem
read_head(struct work *w)
{
	const struct image_limits *l = w->job->limits;
	enum image_problem e;

	if (w->in == NULL || w->out == NULL ||
	    WebPMuxGetCanvasSize(w->in, &w->width, &w->height) != WEBP_MUX_OK ||
	    WebPMuxNumChunks(w->in, WEBP_CHUNK_ANMF, &w->frames) != WEBP_MUX_OK)
		return IMAGE_BROKEN;
	w->is_animated = w->frames > 0;
	if (!w->is_animated)
		w->frames = 1;
	e = image_fits(l, w->width, w->height, 0);
	return e == IMAGE_FINE && w->frames > l->max_frames ? IMAGE_TOO_MANY_FRAMES : e;
}

static bool
copy_animation(const struct work *w)
{
	WebPMuxAnimParams params;

	return !w->is_animated ||
	       (WebPMuxGetAnimationParams(w->in, &params) == WEBP_MUX_OK &&
		   WebPMuxSetAnimationParams(w->out, &params) == WEBP_MUX_OK &&
		   WebPMuxSetCanvasSize(w->out, w->width, w->height) == WEBP_MUX_OK);
}

static bool
copy_profile(struct work *w)
{
	WebPData icc;

	if (WebPMuxGetChunk(w->in, "ICCP", &icc) != WEBP_MUX_OK ||
	    !image_profile_is_kept(icc.bytes, icc.size, "RGB "))
		return true;
	strbuf_add(&w->job->profile, icc.bytes, icc.size);
	return WebPMuxSetChunk(w->out, "ICCP", &icc, 1) == WEBP_MUX_OK;
}

static bool
assemble(const struct work *w, struct strbuf *out)
{
	WebPData data = { 0 };
	bool ok = WebPMuxAssemble(w->out, &data) == WEBP_MUX_OK;

	if (ok)
		strbuf_add(out, data.bytes, data.size);
	WebPDataClear(&data);
	return ok;
}

/* ---- Upright ---- */

static int
orientation(const struct work *w)
{
	WebPData exif;
	size_t head;

	if (w->is_animated || WebPMuxGetChunk(w->in, "EXIF", &exif) != WEBP_MUX_OK)
		return 1;
	/* Some write the head that only JPEG needs. */
	head = exif.size > 6 && memcmp(exif.bytes, "Exif\0\0", 6) == 0 ? 6 : 0;
	return image_exif_orientation(exif.bytes + head, exif.size - head);
}

static bool
encode(struct strbuf *out, const struct image_pixels *p, bool is_lossless)
{
	int stride = p->width * (int)sizeof(*p->argb);
	const uint8_t *bgra = (const uint8_t *)p->argb;
	uint8_t *bytes = NULL;
	size_t len = is_lossless
			 ? WebPEncodeLosslessBGRA(bgra, p->width, p->height, stride, &bytes)
			 : WebPEncodeBGRA(bgra, p->width, p->height, stride, QUALITY, &bytes);

	strbuf_clear(out);
	strbuf_add(out, bytes, len);
	WebPFree(bytes);
	return len > 0;
}

static bool
turn(struct work *w, struct strbuf *webp)
{
	WebPData whole = { (const uint8_t *)webp->s, webp->len };
	struct image_pixels p = { 0 };
	WebPBitstreamFeatures f;
	int turned = orientation(w);
	bool ok;

	if (turned == 1)
		return true;
	ok = WebPGetFeatures(whole.bytes, whole.size, &f) == VP8_STATUS_OK && decode(&p, &whole);
	if (ok) {
		image_turn(&p, turned);
		w->width = p.width, w->height = p.height;
		ok = encode(webp, &p, f.format == FORMAT_LOSSLESS) &&
		     image_add_profile(webp, &w->job->profile);
	}
	image_pixels_free(&p);
	return ok;
}

/* ---- All of it ---- */

/* The container by its own length; libwebp would refuse what follows it. */
static WebPData
container(const struct image_job *j)
{
	const unsigned char *b = j->bytes;
	size_t len = ((size_t)b[4] | (size_t)b[5] << 8 | (size_t)b[6] << 16 | (size_t)b[7] << 24) +
		     8 + (b[4] & 1);

	return (WebPData){ b, len < j->len ? len : j->len };
}

static enum image_problem
clean(struct work *w, struct strbuf *out)
{
	enum image_problem e = read_head(w);

	for (int n = 1; e == IMAGE_FINE && n <= w->frames; n++)
		e = copy_frame(w, n);
	if (e == IMAGE_FINE &&
	    (!copy_animation(w) || !copy_profile(w) || !assemble(w, out) || !turn(w, out)))
		e = IMAGE_BROKEN;
	return e;
}

enum image_problem
image_webp_clean(struct image_job *j)
{
	WebPData data = container(j);
	struct work w = { .job = j, .in = WebPMuxCreate(&data, 0), .out = WebPMuxNew() };
	struct strbuf out = { 0 };
	enum image_problem e = clean(&w, &out);

	if (e == IMAGE_FINE)
		image_job_done(j, &out, w.width, w.height, w.frames);
	WebPMuxDelete(w.in);
	WebPMuxDelete(w.out);
	strbuf_free(&out);
	return e;
}

/* The first frame on an empty canvas. */
static void
place(struct image_pixels *p, int width, int height, int left, int top)
{
	struct image_pixels canvas = { xcalloc((size_t)width * (size_t)height, sizeof(*p->argb)),
		width, height };

	for (int y = 0; y < p->height && y + top < height; y++)
		for (int x = 0; x < p->width && x + left < width; x++)
			canvas.argb[(size_t)(y + top) * (size_t)width + (size_t)(x + left)] =
			    p->argb[(size_t)y * (size_t)p->width + (size_t)x];
	free(p->argb);
	*p = canvas;
}

bool
image_webp_pixels(struct image_pixels *p, const struct image_bytes *b, int side)
{
	WebPData data = { b->bytes, b->len };
	WebPMux *mux = WebPMuxCreate(&data, 0);
	WebPMuxFrameInfo info = { 0 };
	bool ok = mux != NULL && WebPMuxGetFrame(mux, 1, &info) == WEBP_MUX_OK &&
		  decode(p, &info.bitstream);

	(void)side;
	if (ok && (p->width != b->width || p->height != b->height))
		place(p, b->width, b->height, info.x_offset, info.y_offset);
	WebPDataClear(&info.bitstream);
	WebPMuxDelete(mux);
	return ok;
}
