/* The pages of pics as they come out: golden files, with hostile titles, texts and file names. */
#include "pics/pics_list_view.h"
#include "pics/pics_new_view.h"
#include "pics/picture_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define EVIL "\"><script>alert(1)</script>\xe2\x80\xae'"

static struct arena arena;
static const struct image_limits limits = { 20971520, 50000000, 30000, 500 };

static struct picture pictures[] = {
	{ .id = 1,
	    .public_id = "1111111111111",
	    .visibility = VISIBILITY_PUBLIC,
	    .title = "The lab at night",
	    .alt = "A desk with three lamps",
	    .format = IMAGE_JPEG,
	    .width = 4000,
	    .height = 3000,
	    .frames = 1,
	    .bytes = { 3400000, 210000, 18000 },
	    .created_at = NOW - 300,
	    .views = 1234 },
	{ .id = 2,
	    .public_id = "2222222222222",
	    .visibility = VISIBILITY_PRIVATE,
	    .title = EVIL,
	    .alt = EVIL,
	    .format = IMAGE_GIF,
	    .width = 32,
	    .height = 16,
	    .frames = 4,
	    .bytes = { 1400, 0, 300 },
	    .created_at = NOW - 86400 * 3,
	    .views = 1 },
	{ .id = 3,
	    .public_id = "3333333333333",
	    .visibility = VISIBILITY_UNLISTED,
	    .title = "",
	    .alt = "",
	    .format = IMAGE_WEBP,
	    .width = 10,
	    .height = 10,
	    .frames = 1,
	    .bytes = { 90, 0, 80 },
	    .created_at = NOW },
};

static void
frame(struct frame_view *v, const char *title, const char *path)
{
	const struct frame_facts facts = { .title = title,
		.site_name = "Portal",
		.account = "Alice",
		.csrf = "token-signout",
		.path = path,
		.now = NOW };

	frame_view_init(v, &facts, &arena);
}

static void
check(struct view_type *type, const void *view, const char *file)
{
	struct strbuf out = { 0 };

	page_render(&out, type, view);
	cr_expect_null(strstr(strbuf_text(&out), "<script>alert"), "%s", file);
	golden_check(file, &out);
	strbuf_free(&out);
}

Test(pics_views, the_form)
{
	struct pics_new_facts facts = { .is_member = true,
		.used = 123456789,
		.quota = 500000000,
		.limits = &limits,
		.public_url = "https://pics.example.org",
		.portal_url = "https://portal.example.org" };
	struct pics_new_view v = { 0 };

	pics_new_view_init(&v, &facts, &arena);
	v.csrf = "token-upload";
	v.script_href = "/assets/1/pics.js";
	frame(&v.frame, "Upload", "/");
	check(&pics_new_view_type, &v, "pics_new.html");
}

Test(pics_views, the_form_to_a_stranger)
{
	struct pics_new_facts facts = { .limits = &limits, .public_url = "", .portal_url = "" };
	struct pics_new_view v = { 0 };

	pics_new_view_init(&v, &facts, &arena);
	frame(&v.frame, NULL, "/");
	v.frame.account = NULL;
	check(&pics_new_view_type, &v, "pics_new_stranger.html");
}

Test(pics_views, the_form_with_what_was_refused)
{
	struct pics_upload u = { .title = EVIL, .alt = EVIL, .visibility = "private" };
	struct pics_new_facts facts = { .is_member = true,
		.used = 600,
		.quota = 500,
		.limits = &limits,
		.public_url = "https://pics.example.org",
		.portal_url = "",
		.upload = &u };
	struct pics_new_view v = { 0 };

	u.nresults = 3;
	u.nstored = 1;
	u.results[0] = (struct pics_result){
		.name = EVIL, .outcome = PICS_BROKEN, .sentence = "The picture is broken."
	};
	u.results[1] = (struct pics_result){ .name = "../../good.png", .picture = pictures[0] };
	u.results[2] =
	    (struct pics_result){ .name = "", .outcome = PICS_EMPTY, .sentence = "It is empty." };
	pics_new_view_init(&v, &facts, &arena);
	v.csrf = "token-upload";
	v.script_href = "/assets/1/pics.js";
	frame(&v.frame, "Upload", "/");
	check(&pics_new_view_type, &v, "pics_new_refused.html");
	cr_expect_eq(v.room.value, v.room.max, "more than full is full");
}

static void
list(struct pics_list_view *v, const struct picture_list *pics, const char *sought, int64_t count)
{
	const struct pics_search search = { .text = sought, .sort = PICS_LARGEST };
	const struct pics_list_facts facts = { .list = pics,
		.search = &search,
		.page = 1,
		.count = count,
		.used = 3600000,
		.quota = 500000000,
		.now = NOW };

	pics_list_view_init(v, &facts, &arena);
	v->csrf = "token-delete";
	frame(&v->frame, "Your pictures", "/pictures");
}

Test(pics_views, the_list)
{
	struct pics_list_view some = { 0 }, none = { 0 }, nothing = { 0 };
	const struct picture_list pics = { .v = pictures, .n = 3, .total = 40 };

	list(&some, &pics, EVIL, 40);
	check(&pics_list_view_type, &some, "pics_list.html");
	list(&none, &(struct picture_list){ 0 }, "", 0);
	check(&pics_list_view_type, &none, "pics_list_none.html");
	list(&nothing, &(struct picture_list){ 0 }, "x", 5);
	cr_expect_str_eq(nothing.none.title, "Nothing found");
}

static void
one(const struct picture *p, bool is_owner, const char *file)
{
	const struct picture_facts facts = {
		.picture = p, .site = "https://pics.example.org", .is_owner = is_owner, .now = NOW
	};
	struct picture_view v = { 0 };

	picture_view_init(&v, &facts, &arena);
	v.edit_csrf = "token-edit";
	frame(&v.frame, v.name, arena_printf(&arena, "/%s", p->public_id));
	check(&picture_view_type, &v, file);
}

Test(pics_views, one_picture)
{
	one(&pictures[0], true, "picture_own.html");
	one(&pictures[1], false, "picture_hostile.html");
	one(&pictures[2], false, "picture_untitled.html");
}
