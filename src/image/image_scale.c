/* Pixels turned and made smaller, and written as WebP. */
#include <stdlib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/xmalloc.h"
#include "image/image_parts.h"

/* Method 2 of 6: a third of the time of the usual 4 for a few per cent of bytes. */
#define QUALITY 80
#define METHOD 2

/* ---- Upright ---- */

void
image_turn(struct image_pixels *p, int orientation)
{
	bool is_transposed = orientation >= 5; /* 5 to 8: rows become columns */
	int w = is_transposed ? p->height : p->width, h = is_transposed ? p->width : p->height;
	/* Read from the right, from the bottom: of the picture as it was taken. */
	bool from_right =
	    orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
	bool from_bottom =
	    orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
	uint32_t *out;

	if (orientation <= 1)
		return;
	out = xmalloc((size_t)w * (size_t)h * sizeof(*out));
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			int fx = is_transposed ? y : x, fy = is_transposed ? x : y;

			fx = from_right ? p->width - 1 - fx : fx;
			fy = from_bottom ? p->height - 1 - fy : fy;
			out[(size_t)y * (size_t)w + (size_t)x] =
			    p->argb[(size_t)fy * (size_t)p->width + (size_t)fx];
		}
	free(p->argb);
	*p = (struct image_pixels){ out, w, h };
}

/* ---- Smaller ---- */

static bool
add_bytes(struct strbuf *out, const WebPData *data)
{
	strbuf_clear(out);
	strbuf_add(out, data->bytes, data->size);
	return true;
}

bool
image_add_profile(struct strbuf *webp, const struct strbuf *profile)
{
	WebPData image = { (const uint8_t *)webp->s, webp->len }, data = { 0 };
	WebPData icc = { (const uint8_t *)profile->s, profile->len };
	WebPMux *mux;
	bool ok;

	if (profile->len == 0)
		return true;
	mux = WebPMuxCreate(&image, 1);
	ok = mux != NULL && WebPMuxSetChunk(mux, "ICCP", &icc, 0) == WEBP_MUX_OK &&
	     WebPMuxAssemble(mux, &data) == WEBP_MUX_OK && add_bytes(webp, &data);
	WebPDataClear(&data);
	WebPMuxDelete(mux);
	return ok;
}

static int
write_bytes(const uint8_t *bytes, size_t len, const WebPPicture *pic)
{
	strbuf_add(pic->custom_ptr, bytes, len);
	return 1;
}

/* Encodes a look at the picture, because libwebp changes what it encodes. */
static bool
encode(struct image_bytes *out, const WebPPicture *pic, const struct strbuf *profile)
{
	struct strbuf webp = { 0 };
	WebPConfig config;
	WebPPicture look;
	bool ok;

	if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, QUALITY) ||
	    !WebPPictureView(pic, 0, 0, pic->width, pic->height, &look))
		return false;
	config.method = METHOD;
	look.writer = write_bytes;
	look.custom_ptr = &webp;
	ok = WebPEncode(&config, &look) && image_add_profile(&webp, profile);
	WebPPictureFree(&look);
	if (!ok) {
		strbuf_free(&webp);
		return false;
	}
	*out = (struct image_bytes){ (unsigned char *)webp.s, webp.len, pic->width, pic->height,
		IMAGE_WEBP };
	return true;
}

/* Not less than one pixel, however long and thin. */
static bool
fit(WebPPicture *pic, int side)
{
	int64_t longest = pic->width > pic->height ? pic->width : pic->height;
	int64_t w = ((int64_t)pic->width * side + longest / 2) / longest;
	int64_t h = ((int64_t)pic->height * side + longest / 2) / longest;

	return longest <= side ||
	       WebPPictureRescale(pic, (int)(w > 0 ? w : 1), (int)(h > 0 ? h : 1));
}

bool
image_shrink(struct image_job *j, struct image_pixels *pixels, bool has_view)
{
	struct image_made *m = j->made;
	WebPPicture pic;
	bool ok = true;

	if (!WebPPictureInit(&pic))
		return false;
	pic.use_argb = 1;
	pic.width = pixels->width, pic.height = pixels->height;
	pic.argb = pixels->argb; /* lent: libwebp frees only what it made */
	pic.argb_stride = pixels->width;
	if (has_view)
		ok = fit(&pic, IMAGE_VIEW_SIDE) && encode(&m->view, &pic, &j->profile);
	ok = ok && fit(&pic, IMAGE_THUMB_SIDE) && encode(&m->thumb, &pic, &j->profile);
	WebPPictureFree(&pic);
	return ok;
}
