/* See pics.h. */
#include "pics/pics.h"

#include <string.h>

#include "base/base64url.h"
#include "base/escape.h"
#include "base/hex.h"
#include "base/human.h"
#include "base/strbuf.h"
#include "base/text.h"

const char *const pics_source_words[PICS_SOURCE__MAX] = {
	[PICS_BY_FORM] = "form",
	[PICS_BY_API] = "api",
	[PICS_BY_SOJU] = "soju",
};

const char *const pics_kind_words[PICS_KIND__MAX] = {
	[IMAGE_PNG] = "png",
	[IMAGE_JPEG] = "jpeg",
	[IMAGE_GIF] = "gif",
	[IMAGE_WEBP] = "webp",
	[PICS_KIND_NONE] = "none",
};

/* ---- Outcomes ---- */

const char *const pics_outcome_words[PICS_OUTCOME__MAX] = {
	[PICS_STORED] = "stored",
	[PICS_EMPTY] = "empty",
	[PICS_NO_PICTURE] = "no_picture",
	[PICS_IS_SVG] = "svg",
	[PICS_BROKEN] = "broken",
	[PICS_TOO_LARGE] = "too_large",
	[PICS_TOO_MANY_PIXELS] = "too_many_pixels",
	[PICS_TOO_MANY_FRAMES] = "too_many_frames",
	[PICS_NO_ROOM] = "no_room",
	[PICS_TOO_MANY] = "too_many",
	[PICS_STORAGE_FULL] = "storage_full",
	[PICS_STORAGE_DOWN] = "storage_down",
	[PICS_DATABASE_DOWN] = "database_down",
	[PICS_ERASED] = "erased",
};

static const enum pics_outcome outcomes_of_image[IMAGE_PROBLEM__MAX] = {
	[IMAGE_FINE] = PICS_STORED,
	[IMAGE_EMPTY] = PICS_EMPTY,
	[IMAGE_UNKNOWN] = PICS_NO_PICTURE,
	[IMAGE_SVG] = PICS_IS_SVG,
	[IMAGE_BROKEN] = PICS_BROKEN,
	[IMAGE_TOO_LARGE] = PICS_TOO_LARGE,
	[IMAGE_TOO_MANY_PIXELS] = PICS_TOO_MANY_PIXELS,
	[IMAGE_TOO_MANY_FRAMES] = PICS_TOO_MANY_FRAMES,
};

enum pics_outcome
pics_outcome_of_image(enum image_problem problem)
{
	return outcomes_of_image[problem];
}

enum content_outcome
pics_content_outcome(enum pics_outcome outcome)
{
	static const enum content_outcome same[PICS_OUTCOME__MAX] = {
		[PICS_STORED] = CONTENT_STORED,
		[PICS_EMPTY] = CONTENT_EMPTY,
		[PICS_NO_PICTURE] = CONTENT_WRONG_KIND,
		[PICS_IS_SVG] = CONTENT_WRONG_KIND,
		[PICS_BROKEN] = CONTENT_BROKEN,
		[PICS_TOO_LARGE] = CONTENT_TOO_LARGE,
		[PICS_TOO_MANY_PIXELS] = CONTENT_TOO_COSTLY,
		[PICS_TOO_MANY_FRAMES] = CONTENT_TOO_COSTLY,
		[PICS_NO_ROOM] = CONTENT_OVER_QUOTA,
		[PICS_TOO_MANY] = CONTENT_INVALID,
		[PICS_STORAGE_FULL] = CONTENT_FAILED,
		[PICS_STORAGE_DOWN] = CONTENT_FAILED,
		[PICS_DATABASE_DOWN] = CONTENT_FAILED,
		[PICS_ERASED] = CONTENT_FAILED,
	};

	return same[outcome];
}

static const enum err outcome_errs[PICS_OUTCOME__MAX] = {
	[PICS_STORED] = ERR_OK,
	[PICS_EMPTY] = ERR_INVALID,
	[PICS_NO_PICTURE] = ERR_INVALID,
	[PICS_IS_SVG] = ERR_INVALID,
	[PICS_BROKEN] = ERR_INVALID,
	[PICS_TOO_LARGE] = ERR_TOO_LARGE,
	[PICS_TOO_MANY_PIXELS] = ERR_TOO_LARGE,
	[PICS_TOO_MANY_FRAMES] = ERR_TOO_LARGE,
	[PICS_NO_ROOM] = ERR_TOO_LARGE,
	[PICS_TOO_MANY] = ERR_TOO_LARGE,
	[PICS_STORAGE_FULL] = ERR_FULL,
	[PICS_STORAGE_DOWN] = ERR_UNAVAILABLE,
	[PICS_DATABASE_DOWN] = ERR_UNAVAILABLE,
	[PICS_ERASED] = ERR_CONFLICT,
};

enum err
pics_outcome_err(enum pics_outcome outcome)
{
	return outcome_errs[outcome];
}

/* What the decoder refused it says itself. */
static const char *
image_sentence(enum pics_outcome outcome, const struct image_limits *limits, struct arena *a)
{
	struct strbuf b = { 0 };
	const char *sentence;
	int i = IMAGE_FINE + 1;

	while (i < IMAGE_PROBLEM__MAX - 1 && outcomes_of_image[i] != outcome)
		i++;
	image_problem_sentence(&b, (enum image_problem)i, limits);
	sentence = arena_strdup(a, strbuf_text(&b));
	strbuf_free(&b);
	return sentence;
}

const char *
pics_outcome_sentence(
    enum pics_outcome outcome, const struct image_limits *limits, int64_t quota, struct arena *a)
{
	switch (outcome) {
	case PICS_STORED:
		return NULL;
	case PICS_NO_ROOM:
		return arena_printf(a,
		    "There is not enough room left for it: the plan has %s for pictures. Delete "
		    "some to make room.",
		    human_bytes(a, quota));
	case PICS_TOO_MANY:
		return arena_printf(a, "One form takes %d pictures; send the others in a next one.",
		    PICS_FILES_MAX);
	case PICS_STORAGE_FULL:
		return "Our storage is full at the moment. The picture was not kept; try again "
		       "later.";
	case PICS_STORAGE_DOWN:
	case PICS_DATABASE_DOWN:
		return "Our storage does not answer at the moment. The picture was not kept; try "
		       "again later.";
	case PICS_ERASED:
		return "Everything in this account was deleted while the picture was on its way.";
	default:
		return image_sentence(outcome, limits, a);
	}
}

/* ---- Rules ---- */

#define SIDE_MAX 30000

void
pics_limits(struct image_limits *limits, const struct settings *s)
{
	limits->max_bytes = (size_t)s->pics_max_bytes;
	limits->max_pixels = s->pics_max_pixels;
	limits->max_side = SIDE_MAX;
	limits->max_frames = (int)s->pics_max_frames;
}

static const char *const part_words[PICS_PART__MAX] = {
	[PICS_FULL] = "full",
	[PICS_VIEW] = "view",
	[PICS_THUMB] = "thumb",
};

const char *
pics_blob_key(struct arena *a, const char *public_id, enum pics_part part)
{
	return arena_printf(a, "%s.%s", public_id, part_words[part]);
}

const char *
pics_extension(enum image_format format)
{
	return format == IMAGE_JPEG ? "jpg" : image_format_words[format];
}

/* Half of the hash tells pictures apart. */
const char *
pics_etag(struct arena *a, const struct picture *p, enum pics_part part)
{
	char digits[33];

	hex_encode(digits, p->hash, 16);
	return arena_printf(a, "\"%s-%s\"", digits, part_words[part]);
}

const char *
pics_size_class(int64_t bytes)
{
	static const struct {
		int64_t up_to;
		const char *word;
	} classes[] = { { 100000, "to_100k" }, { 1000000, "to_1m" }, { 5000000, "to_5m" },
		{ 20000000, "to_20m" } };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (bytes <= classes[i].up_to)
			return classes[i].word;
	return "more";
}

const char *
pics_aspect_class(int width, int height)
{
	const int64_t w = width, h = height;

	if (w <= 0 || h <= 0)
		return "none";
	if (w > 2 * h)
		return "panorama";
	if (h > 2 * w)
		return "strip";
	if (10 * w > 11 * h)
		return "wide";
	return 10 * h > 11 * w ? "tall" : "square";
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

/* Bytes of the first n code points, or of the whole text. */
static size_t
points_length(const char *text, size_t n)
{
	const char *p = text;

	while (*p != '\0' && n-- > 0)
		for (p++; ((unsigned char)*p & 0xc0) == 0x80; p++)
			;
	return (size_t)(p - text);
}

/* False: it is too long, and was cut. */
static bool
clean_text(const char **clean, struct arena *a, const char *text, size_t max_points)
{
	char *copy, *to;
	size_t len;

	copy = to = arena_alloc(a, strlen(text) + 1);
	for (; *text != '\0'; text++) {
		const char c = is_control((unsigned char)*text) ? ' ' : *text;

		if (c != ' ' || (to > copy && to[-1] != ' '))
			*to++ = c;
	}
	while (to > copy && to[-1] == ' ')
		to--;
	*to = '\0';
	*clean = copy;
	len = points_length(copy, max_points);
	if (copy[len] == '\0')
		return true;
	copy[len] = '\0';
	return false;
}

static enum visibility
visibility_of(const char *word)
{
	int i = 0;

	while (i < VISIBILITY__MAX && strcmp(word, visibility_words[i]) != 0)
		i++;
	return (enum visibility)i;
}

#define TEXT_OF(number) #number
#define DIGITS_OF(number) TEXT_OF(number)

enum err
pics_read_words(struct picture *p, struct arena *a, const char *title, const char *alt,
    const char *visibility, const char **sentence)
{
	const char *wrong = NULL;

	p->visibility = visibility != NULL ? visibility_of(visibility) : VISIBILITY_UNLISTED;
	if (p->visibility == VISIBILITY__MAX) {
		wrong = "The visibility must be public, unlisted or private.";
		p->visibility = VISIBILITY_PRIVATE;
	}
	if (!clean_text(&p->alt, a, alt != NULL ? alt : "", PICS_ALT_POINTS))
		wrong = "The description is longer than " DIGITS_OF(PICS_ALT_POINTS) " characters.";
	if (!clean_text(&p->title, a, title != NULL ? title : "", PICS_TITLE_POINTS))
		wrong = "The title is longer than " DIGITS_OF(PICS_TITLE_POINTS) " characters.";
	if (wrong != NULL)
		*sentence = wrong;
	return wrong == NULL ? ERR_OK : ERR_INVALID;
}

/* ---- Snippets ---- */

/* Between "![" and "]": what could end it or begin something else has a backslash. */
static void
add_markdown(struct strbuf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("\\`*_{}[]()<>#!|~&", *text) != NULL)
			strbuf_putc(b, '\\');
		strbuf_putc(b, *text);
	}
}

static const char *
take(struct strbuf *b, struct arena *a)
{
	const char *text = arena_strndup(a, strbuf_text(b), b->len);

	strbuf_free(b);
	return text;
}

static const char *
html_snippet(struct arena *a, const struct picture *p, const char *page, const char *direct)
{
	struct strbuf b = { 0 };

	strbuf_printf(&b, "<a href=\"%s\"><img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"", page,
	    direct, p->width, p->height);
	escape_html(&b, text_safe(a, p->alt));
	strbuf_puts(&b, "\"></a>");
	return take(&b, a);
}

void
pics_snippets(struct pics_snippets *s, struct arena *a, const struct picture *p,
    const char *page_url, const char *direct_url)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, "[![");
	add_markdown(&b, text_safe(a, p->alt));
	strbuf_printf(&b, "](%s)](%s)", direct_url, page_url);
	s->markdown = take(&b, a);
	s->html = html_snippet(a, p, page_url, direct_url);
	s->bbcode = arena_printf(a, "[url=%s][img]%s[/img][/url]", page_url, direct_url);
}

/* ---- Who uploads from IRC ---- */

void
pics_upload_key(char key[PICS_UPLOAD_KEY_LENGTH + 1], const char *secret, const char *bouncer)
{
	static const char purpose[] = "soju-upload:";
	const struct digest_part parts[] = { { purpose, sizeof(purpose) - 1 },
		{ bouncer, strlen(bouncer) } };
	unsigned char hash[DIGEST_BYTES];

	digest_hmac_sha256(hash, secret, strlen(secret), parts, 2);
	base64url_encode(key, hash, 16);
}

bool
pics_upload_key_fits(
    const char *key, const char *secret, const char *secret_old, const char *bouncer)
{
	char now[PICS_UPLOAD_KEY_LENGTH + 1], old[PICS_UPLOAD_KEY_LENGTH + 1];
	bool is_now, is_old;

	if (strlen(key) != PICS_UPLOAD_KEY_LENGTH)
		return false;
	pics_upload_key(now, secret, bouncer);
	pics_upload_key(old, secret_old, bouncer);
	is_now = digest_equal(key, now, PICS_UPLOAD_KEY_LENGTH);
	is_old = digest_equal(key, old, PICS_UPLOAD_KEY_LENGTH);
	return is_now | (is_old & (*secret_old != '\0'));
}
