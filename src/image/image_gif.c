/*
 * GIF through giflib, frame by frame, so that only one of them is in memory: read, and written anew
 * with its delay, disposal and transparency. Of other extensions only the number of rounds stays.
 */
#include <stdlib.h>
#include <string.h>
#include <gif_lib.h>

#include "base/xmalloc.h"
#include "image/image_parts.h"

struct source {
	const unsigned char *bytes;
	size_t len, at;
};

struct work {
	const struct image_job *job;
	GifFileType *in, *out;
	int64_t pixels; /* of the frames so far */
	int frames;
	enum image_problem problem; /* why it ends, if it is not broken */
	bool has_rounds;
};

static int
read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct source *s = gif->UserData;
	size_t len = (size_t)n < s->len - s->at ? (size_t)n : s->len - s->at;

	memcpy(out, s->bytes + s->at, len);
	s->at += len;
	return (int)len;
}

static int
write_bytes(GifFileType *gif, const GifByteType *bytes, int n)
{
	strbuf_add(gif->UserData, bytes, (size_t)n);
	return n;
}

/* ---- Extensions ---- */

static bool
copy_control(struct work *w, const GifByteType *block)
{
	GraphicsControlBlock control;
	GifByteType bytes[4];

	return DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
	       EGifPutExtension(w->out, GRAPHICS_EXT_FUNC_CODE,
		   (int)EGifGCBToExtension(&control, bytes), bytes) == GIF_OK;
}

/* How often an animation runs: once in the file, where browsers look for it. */
static bool
put_rounds(struct work *w, const GifByteType *block)
{
	const GifByteType rounds[] = { 1, block[2], block[3] };

	if (w->has_rounds)
		return true;
	w->has_rounds = true;
	return EGifPutExtensionLeader(w->out, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
	       EGifPutExtensionBlock(w->out, 11, "NETSCAPE2.0") == GIF_OK &&
	       EGifPutExtensionBlock(w->out, sizeof(rounds), rounds) == GIF_OK &&
	       EGifPutExtensionTrailer(w->out) == GIF_OK;
}

/* A block is its length and its bytes. */
static bool
copy_extension(struct work *w)
{
	GifByteType *block;
	int code;
	bool ok = DGifGetExtension(w->in, &code, &block) == GIF_OK, is_rounds;

	if (ok && code == GRAPHICS_EXT_FUNC_CODE && block != NULL)
		ok = copy_control(w, block);
	is_rounds = ok && code == APPLICATION_EXT_FUNC_CODE && block != NULL && block[0] == 11 &&
		    memcmp(block + 1, "NETSCAPE2.0", 11) == 0;
	while (ok && block != NULL) {
		ok = DGifGetExtensionNext(w->in, &block) == GIF_OK;
		if (ok && is_rounds && block != NULL && block[0] == 3 && block[1] == 1)
			ok = put_rounds(w, block);
	}
	return ok;
}

/* ---- Frames ---- */

static bool
copy_lines(struct work *w, int width, int height)
{
	GifPixelType *line = xmalloc((size_t)width);
	bool ok = true;

	/* Interlaced ones come and go in the same order. */
	for (int y = 0; ok && y < height; y++)
		ok = DGifGetLine(w->in, line, width) == GIF_OK &&
		     EGifPutLine(w->out, line, width) == GIF_OK;
	free(line);
	return ok;
}

/* giflib loses the palette of a frame when the next one has none of its own. */
static void
forget_palette(GifFileType *out)
{
	if (out->Image.ColorMap != NULL)
		GifFreeMapObject(out->Image.ColorMap);
	out->Image.ColorMap = NULL;
}

static bool
copy_frame(struct work *w)
{
	const GifImageDesc *d = &w->in->Image;

	if (DGifGetImageHeader(w->in) != GIF_OK)
		return false;
	if (++w->frames > w->job->limits->max_frames)
		w->problem = IMAGE_TOO_MANY_FRAMES;
	else
		w->problem = image_fits(w->job->limits, d->Width, d->Height, w->pixels);
	if (w->problem != IMAGE_FINE)
		return false;
	w->pixels += (int64_t)d->Width * d->Height;
	forget_palette(w->out);
	return EGifPutImageDesc(w->out, d->Left, d->Top, d->Width, d->Height, d->Interlace,
		   d->ColorMap) == GIF_OK &&
	       copy_lines(w, d->Width, d->Height);
}

static bool
copy_head(struct work *w)
{
	const GifFileType *in = w->in;

	w->problem = image_fits(w->job->limits, in->SWidth, in->SHeight, 0);
	EGifSetGifVersion(w->out, true);
	return w->problem == IMAGE_FINE &&
	       EGifPutScreenDesc(w->out, in->SWidth, in->SHeight, in->SColorResolution,
		   in->SBackGroundColor, in->SColorMap) == GIF_OK;
}

static bool
copy_records(struct work *w)
{
	GifRecordType type;
	bool ok = copy_head(w);

	while (ok && (ok = DGifGetRecordType(w->in, &type) == GIF_OK) &&
	       type != TERMINATE_RECORD_TYPE) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			ok = copy_frame(w);
		else
			ok = type == EXTENSION_RECORD_TYPE && copy_extension(w);
	}
	return ok && w->frames > 0;
}

/* ---- All of it ---- */

enum image_problem
image_gif_clean(struct image_job *j)
{
	struct source source = { j->bytes, j->len, 0 };
	struct strbuf out = { 0 };
	struct work w = { .job = j,
		.in = DGifOpen(&source, read_bytes, NULL),
		.out = EGifOpen(&out, write_bytes, NULL) };
	int width = w.in != NULL ? w.in->SWidth : 0, height = w.in != NULL ? w.in->SHeight : 0;
	bool ok = w.in != NULL && w.out != NULL && copy_records(&w);

	if (w.in != NULL)
		DGifCloseFile(w.in, NULL);
	if (w.out != NULL)
		ok = EGifCloseFile(w.out, NULL) == GIF_OK && ok;
	if (ok)
		image_job_done(j, &out, width, height, w.frames);
	strbuf_free(&out);
	if (ok)
		return IMAGE_FINE;
	return w.problem != IMAGE_FINE ? w.problem : IMAGE_BROKEN;
}

/* Where the n-th line of a frame belongs: every 8th, those between, and so on (GIF89a, E). */
static int
line_of(int n, int height, bool is_interlaced)
{
	static const struct {
		int first, step;
	} passes[] = { { 0, 8 }, { 4, 8 }, { 2, 4 }, { 1, 2 } };

	for (size_t i = 0; is_interlaced && i < sizeof(passes) / sizeof(passes[0]); i++) {
		int lines = height > passes[i].first
				? (height - passes[i].first + passes[i].step - 1) / passes[i].step
				: 0;

		if (n < lines)
			return passes[i].first + n * passes[i].step;
		n -= lines;
	}
	return n;
}

static void
paint_line(
    struct image_pixels *p, const GifFileType *in, const GifPixelType *line, int y, int transparent)
{
	const GifImageDesc *d = &in->Image;
	const ColorMapObject *map = d->ColorMap != NULL ? d->ColorMap : in->SColorMap;

	if (y + d->Top >= p->height || map == NULL)
		return;
	for (int x = 0; x < d->Width && x + d->Left < p->width; x++) {
		const GifColorType *c;

		if (line[x] == transparent || line[x] >= map->ColorCount)
			continue;
		c = &map->Colors[line[x]];
		p->argb[(size_t)(y + d->Top) * (size_t)p->width + (size_t)(x + d->Left)] =
		    0xff000000 | (uint32_t)c->Red << 16 | (uint32_t)c->Green << 8 | c->Blue;
	}
}

/* Up to the first frame, which is painted on an empty canvas. */
static bool
paint_first(struct image_pixels *p, GifFileType *in)
{
	GraphicsControlBlock control = { .TransparentColor = NO_TRANSPARENT_COLOR };
	GifRecordType type;
	GifByteType *block;
	GifPixelType *line;
	int code;
	bool ok;

	while ((ok = DGifGetRecordType(in, &type) == GIF_OK) && type == EXTENSION_RECORD_TYPE) {
		ok = DGifGetExtension(in, &code, &block) == GIF_OK;
		if (ok && code == GRAPHICS_EXT_FUNC_CODE && block != NULL)
			DGifExtensionToGCB(block[0], block + 1, &control);
		while (ok && block != NULL)
			ok = DGifGetExtensionNext(in, &block) == GIF_OK;
		if (!ok)
			return false;
	}
	if (!ok || type != IMAGE_DESC_RECORD_TYPE || DGifGetImageHeader(in) != GIF_OK)
		return false;
	line = xmalloc((size_t)in->Image.Width);
	for (int n = 0; ok && n < in->Image.Height; n++) {
		ok = DGifGetLine(in, line, in->Image.Width) == GIF_OK;
		if (ok)
			paint_line(p, in, line, line_of(n, in->Image.Height, in->Image.Interlace),
			    control.TransparentColor);
	}
	free(line);
	return ok;
}

bool
image_gif_pixels(struct image_pixels *p, const struct image_bytes *b, int side)
{
	struct source source = { b->bytes, b->len, 0 };
	GifFileType *in = DGifOpen(&source, read_bytes, NULL);
	bool ok;

	(void)side;
	if (in == NULL)
		return false;
	p->width = b->width, p->height = b->height;
	p->argb = xcalloc((size_t)b->width * (size_t)b->height, sizeof(*p->argb));
	ok = paint_first(p, in);
	DGifCloseFile(in, NULL);
	return ok;
}
