/* See pics_words.h. */
#include "pics/pics_words.h"

#include "base/human.h"
#include "base/json_write.h"
#include "base/text.h"

#define NAME_POINTS 60

const char *
pics_page_url(struct arena *a, const char *site, const struct picture *p)
{
	return arena_printf(a, "%s/%s", site, p->public_id);
}

const char *
pics_file_url(struct arena *a, const char *site, const struct picture *p)
{
	return arena_printf(a, "%s/%s.%s", site, p->public_id, pics_extension(p->format));
}

const char *
pics_part_url(struct arena *a, const char *site, const struct picture *p, enum pics_part part)
{
	if (part == PICS_FULL)
		return pics_file_url(a, site, p);
	return arena_printf(
	    a, "%s/%s/%s", site, p->public_id, part == PICS_VIEW ? "view" : "thumb");
}

/* ---- For programs ---- */

static int64_t
stored_bytes(const struct picture *p)
{
	return p->bytes[PICS_FULL] + p->bytes[PICS_VIEW] + p->bytes[PICS_THUMB];
}

void
pics_write_json(struct strbuf *out, struct arena *a, const char *site, const struct picture *p)
{
	struct strbuf b = { 0 };

	json_write_member(&b, "id", p->public_id);
	json_write_member(&b, "url", pics_page_url(a, site, p));
	json_write_member(&b, "file", pics_file_url(a, site, p));
	json_write_member(&b, "thumbnail", pics_part_url(a, site, p, PICS_THUMB));
	json_write_member(&b, "title", p->title);
	json_write_member(&b, "alt", p->alt);
	json_write_member(&b, "visibility", visibility_words[p->visibility]);
	json_write_member(&b, "format", image_format_words[p->format]);
	json_write_member_int(&b, "width", p->width);
	json_write_member_int(&b, "height", p->height);
	json_write_member_int(&b, "frames", p->frames);
	json_write_member_int(&b, "bytes", p->bytes[PICS_FULL]);
	json_write_member_int(&b, "stored_bytes", stored_bytes(p));
	json_write_member_int(&b, "views", p->views);
	json_write_member(&b, "created_at", human_time_iso(a, p->created_at));
	strbuf_puts(&b, "}");
	strbuf_add(out, b.s, b.len);
	strbuf_free(&b);
}

static void
write_refused(struct strbuf *out, const struct pics_result *r)
{
	struct strbuf b = { 0 };

	json_write_member(&b, "name", r->name);
	json_write_member(&b, "reason", pics_outcome_words[r->outcome]);
	json_write_member(&b, "error", r->sentence);
	strbuf_puts(&b, "}");
	strbuf_add(out, b.s, b.len);
	strbuf_free(&b);
}

/* Those that are stored, or the others. */
static void
write_some(struct strbuf *out, struct arena *a, const char *site, const struct pics_upload *u,
    bool wants_stored)
{
	const char *comma = "";

	for (size_t i = 0; i < u->nresults; i++) {
		const bool is_stored = u->results[i].outcome == PICS_STORED;

		if (is_stored != wants_stored)
			continue;
		strbuf_puts(out, comma);
		if (is_stored)
			pics_write_json(out, a, site, &u->results[i].picture);
		else
			write_refused(out, &u->results[i]);
		comma = ",";
	}
}

void
pics_write_upload(
    struct strbuf *out, struct arena *a, const char *site, const struct pics_upload *u)
{
	if (u->err != ERR_OK) {
		json_write_member(out, "error", u->sentence);
		strbuf_puts(out, "}\n");
		return;
	}
	strbuf_puts(out, "{\"pictures\":[");
	write_some(out, a, site, u, true);
	strbuf_puts(out, "],\"refused\":[");
	write_some(out, a, site, u, false);
	strbuf_puts(out, "]}\n");
}

void
pics_write_lines(struct strbuf *out, struct arena *a, const char *site, const struct pics_upload *u)
{
	if (u->err != ERR_OK)
		strbuf_printf(out, "%s\n", u->sentence);
	for (size_t i = 0; i < u->nresults; i++) {
		const struct pics_result *r = &u->results[i];

		if (r->outcome == PICS_STORED)
			strbuf_printf(out, "%s\n", pics_file_url(a, site, &r->picture));
		else if (*r->name != '\0')
			strbuf_printf(out, "%s: %s\n",
			    text_short(a, text_safe(a, r->name), NAME_POINTS), r->sentence);
		else
			strbuf_printf(out, "%s\n", r->sentence);
	}
}

/* ---- For people ---- */

const char *
pics_name(struct arena *a, const struct picture *p)
{
	return *p->title != '\0' ? text_safe(a, p->title) : "Untitled";
}

static const char *
format_name(enum image_format format)
{
	static const char *const names[IMAGE_FORMAT__MAX] = {
		[IMAGE_PNG] = "PNG",
		[IMAGE_JPEG] = "JPEG",
		[IMAGE_GIF] = "GIF",
		[IMAGE_WEBP] = "WebP",
	};

	return names[format];
}

const char *
pics_facts(struct arena *a, const struct picture *p)
{
	const char *frames =
	    p->frames > 1 ? arena_printf(a, " of %s frames", human_count(a, p->frames)) : "";

	return arena_printf(a, "%d × %d %s%s, %s", p->width, p->height, format_name(p->format),
	    frames, human_bytes(a, p->bytes[PICS_FULL]));
}
