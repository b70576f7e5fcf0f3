#include "web/web_asset.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/settings.h"
#include "web/css_squeeze.h"
#include "web/nav.h"
#include "web/web_flow.h"

#define MARK_BYTES_MAX 16384
#define KEPT_FOR_EVER "public, max-age=31536000, immutable"

/* What is served, and the embedded files it is joined from, in this order. */
static struct asset {
	const char *file, *type;
	const char *parts[12]; /* NULL after the last */
	struct strbuf bytes;
	char href[128];
} assets[] = {
	{ .file = "portal.css",
	    .type = "text/css; charset=utf-8",
	    .parts = { "10_colours.css", "20_meanings.css", "30_base.css", "40_frame.css",
		"50_parts.css" } },
	{ .file = "charts.css", .type = "text/css; charset=utf-8", .parts = { "60_charts.css" } },
	{ .file = "bouncers.css",
	    .type = "text/css; charset=utf-8",
	    .parts = { "85_bouncers.css" } },
	{ .file = "billing.css", .type = "text/css; charset=utf-8", .parts = { "90_billing.css" } },
	{ .file = "portal.js", .type = "text/javascript; charset=utf-8", .parts = { "portal.js" } },
	{ .file = "pics.js", .type = "text/javascript; charset=utf-8", .parts = { "pics.js" } },
	{ .file = "logo.svg", .type = "image/svg+xml", .parts = { "logo.svg" } },
	{ .file = "mark.svg", .type = "image/svg+xml" }, /* of settings, if there is one */
	{ .file = "favicon.svg", .type = "image/svg+xml", .parts = { "favicon.svg" } },
};

/* What only the pages of some services look like, at the end of portal.css. */
static const char *const role_css[ROLE__MAX][2] = {
	[ROLE_TXT] = { "65_content.css", "70_code.css" },
	[ROLE_PICS] = { "65_content.css", "80_pics.css" },
};

/*
 * kodev names the symbols after the file, with every character that C does not take as "_". The
 * loader finds them, so no list of files has to be kept, and none can go stale.
 */
static const void *
symbol(const char *prefix, const char *file)
{
	char name[128], *p;

	if (snprintf(name, sizeof(name), "%s%s", prefix, file) >= (int)sizeof(name))
		return NULL;
	for (p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return dlsym(RTLD_DEFAULT, name);
}

const char *
web_asset_embedded(const char *file, size_t *len)
{
	const u_int32_t *size = symbol("asset_len_", file);
	const char *bytes = symbol("asset_", file);

	if (size == NULL || bytes == NULL)
		return NULL;
	*len = *size;
	return bytes;
}

static struct asset *
find(const char *file)
{
	size_t i;

	for (i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
		if (strcmp(assets[i].file, file) == 0)
			return &assets[i];
	return NULL;
}

/* The address changes with the bytes. */
static void
name(struct asset *a)
{
	unsigned char hash[DIGEST_BYTES];
	char digits[17];

	digest_sha256(hash, strbuf_text(&a->bytes), a->bytes.len);
	hex_encode(digits, hash, 8);
	snprintf(a->href, sizeof(a->href), "/assets/%s/%s", digits, a->file);
}

static enum err
add_part(struct asset *a, const char *part)
{
	size_t len;
	const char *bytes = web_asset_embedded(part, &len);

	if (bytes == NULL) {
		log_error("asset", "%s is not part of this program", part);
		return ERR_NOT_FOUND;
	}
	if (strncmp(a->type, "text/css", 8) == 0)
		css_squeeze(&a->bytes, bytes, len);
	else
		strbuf_add(&a->bytes, bytes, len);
	return ERR_OK;
}

static enum err
join(struct asset *a)
{
	const char *const *part, *const *of_role = role_css[settings.role];
	const bool is_common = strcmp(a->file, "portal.css") == 0;
	enum err e = ERR_OK;

	strbuf_clear(&a->bytes);
	for (part = a->parts; *part != NULL && e == ERR_OK; part++)
		e = add_part(a, *part);
	for (size_t i = 0; is_common && i < 2 && of_role[i] != NULL && e == ERR_OK; i++)
		e = add_part(a, of_role[i]);
	if (e == ERR_OK && a->bytes.len > 0)
		name(a);
	return e;
}

/* The service's own mark, instead of ours as the icon as well. */
static enum err
read_mark(void)
{
	struct asset *mark = find("mark.svg"), *icon = find("favicon.svg");
	char bytes[MARK_BYTES_MAX + 2];
	FILE *f;
	size_t n;

	if (*settings.site_mark_file == '\0')
		return ERR_OK;
	f = fopen(settings.site_mark_file, "re");
	n = f != NULL ? fread(bytes, 1, MARK_BYTES_MAX + 1, f) : 0;
	if (f != NULL)
		fclose(f);
	bytes[n] = '\0';
	if (n > MARK_BYTES_MAX || strstr(bytes, "<svg") == NULL) {
		log_error("asset", "SITE_MARK_FILE is no SVG of up to %d bytes", MARK_BYTES_MAX);
		return ERR_INVALID;
	}
	strbuf_add(&mark->bytes, bytes, n);
	name(mark);
	strbuf_clear(&icon->bytes);
	strbuf_add(&icon->bytes, bytes, n);
	name(icon);
	return ERR_OK;
}

enum err
web_asset_init(void)
{
	enum err e = ERR_OK;
	size_t i;

	for (i = 0; e == ERR_OK && i < sizeof(assets) / sizeof(assets[0]); i++)
		e = join(&assets[i]);
	return e == ERR_OK ? read_mark() : e;
}

const char *
web_asset_href(const char *file)
{
	const struct asset *a = find(file);

	return a != NULL ? a->href : "";
}

static enum err
send_asset(struct web_flow *f, const struct asset *a, struct strbuf *out)
{
	f->type = a->type;
	strbuf_add(out, strbuf_text(&a->bytes), a->bytes.len);
	return ERR_OK;
}

/* Only the newest hash exists: an old page of a browser asks for a new one then. */
static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	const char *file = strrchr(f->req->path, '/') + 1;
	const struct asset *a = find(file);

	if (a == NULL || strcmp(a->href, f->req->path) != 0)
		return ERR_NOT_FOUND;
	return send_asset(f, a, out);
}

static enum err
favicon_render(struct web_flow *f, struct strbuf *out)
{
	return send_asset(f, find("favicon.svg"), out);
}

/* Nothing behind the sign-in is for search engines. */
static enum err
robots_render(struct web_flow *f, struct strbuf *out)
{
	(void)f;
	strbuf_puts(out, "User-agent: *\nDisallow: /signin\nDisallow: /auth/\nDisallow: /admin/\n");
	for (size_t i = 0; i < nav_npages; i++)
		if (nav_pages[i].href[0] == '/' && nav_pages[i].href[1] != '\0' &&
		    nav_pages[i].roles == NULL)
			strbuf_printf(out, "Disallow: %s\n", nav_pages[i].href);
	return ERR_OK;
}

int
asset_show(struct http_request *req)
{
	static const struct web_page_def def = { .name = "asset",
		.methods = WEB_GET,
		.is_anonymous = true,
		.cache = KEPT_FOR_EVER,
		.size = sizeof(struct web_flow),
		.render = show_render };

	return web_flow_run(req, &def);
}

int
asset_favicon(struct http_request *req)
{
	static const struct web_page_def def = { .name = "favicon",
		.methods = WEB_GET,
		.is_anonymous = true,
		.cache = "public, max-age=86400",
		.size = sizeof(struct web_flow),
		.render = favicon_render };

	return web_flow_run(req, &def);
}

int
asset_robots(struct http_request *req)
{
	static const struct web_page_def def = { .name = "robots",
		.methods = WEB_GET,
		.is_anonymous = true,
		.type = "text/plain; charset=utf-8",
		.cache = "public, max-age=86400",
		.size = sizeof(struct web_flow),
		.render = robots_render };

	return web_flow_run(req, &def);
}
