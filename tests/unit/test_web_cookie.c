/* Cookies in and out. */
#include "web/web_cookie.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/strbuf.h"

/* NULL: not found. */
static const struct {
	const char *header, *name, *value;
} finds[] = {
	{ NULL, "portal", NULL },
	{ "", "portal", NULL },
	{ "portal", "portal", NULL },
	{ ";;; ;", "portal", NULL },
	{ "=x", "portal", NULL },
	{ "Portal=x", "portal", NULL },
	{ "portal2=x", "portal", NULL },
	{ "xportal=x", "portal", NULL },
	{ "__Host-portal=x", "portal", NULL },
	{ "portal=x", "__Host-portal", NULL },
	{ "a=portal=x", "portal", NULL },
	{ "a=b, portal=x", "portal", NULL },
	{ "a=\"; portal=x", "portal", "x" },
	{ "portal =x", "portal", NULL },
	{ "portal=", "portal", "" },
	{ "portal=x", "portal", "x" },
	{ "portal=x;", "portal", "x" },
	{ "  portal=x \t; a=b", "portal", "x" },
	{ "a=b;portal=x", "portal", "x" },
	{ "a=b; portal=x==; c=d", "portal", "x==" },
	{ "portal= x y ", "portal", " x y" },
	{ "portal=\"x\"", "portal", "\"x\"" },
	{ "portal=1; portal=2", "portal", "1" },
	{ "PORTAL=1; portal=2", "portal", "2" },
};

Test(web_cookie, finds_by_exact_name)
{
	struct arena a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		const char *value = web_cookie_find(&a, finds[i].header, finds[i].name);

		if (finds[i].value == NULL)
			cr_expect_null(value, "case %zu: %s", i, value);
		else
			cr_expect_str_eq(value, finds[i].value, "case %zu: %s", i, value);
	}
	arena_free(&a);
}

Test(web_cookie, finds_the_hundredth)
{
	struct arena a = { 0 };
	struct strbuf b = { 0 };
	int i;

	for (i = 0; i < 100; i++)
		strbuf_printf(&b, "c%d=%d; ", i, i);
	cr_expect_str_eq(web_cookie_find(&a, strbuf_text(&b), "c99"), "99");
	strbuf_free(&b);
	arena_free(&a);
}

static const struct {
	const char *name, *value;
	int64_t max_age_s;
} refused[] = {
	{ "", "x", 1 },
	{ "a b", "x", 1 },
	{ "a=b", "x", 1 },
	{ "a;b", "x", 1 },
	{ "a\n", "x", 1 },
	{ "\xc3\xa9", "x", 1 },
	{ "a", "x;y", 1 },
	{ "a", "x y", 1 },
	{ "a", "x,y", 1 },
	{ "a", "x\"", 1 },
	{ "a", "x\\", 1 },
	{ "a", "x\r\nSet-Cookie: b=c", 1 },
	{ "a", "\xc3\xa9", 1 },
	{ "a", "\x7f", 1 },
	{ "a", "x", -2 },
};

Test(web_cookie, refuses_to_write_what_cookies_cannot_carry)
{
	struct arena a = { 0 };
	char *line = NULL;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(web_cookie_format(&line, &a, refused[i].name, refused[i].value,
				 refused[i].max_age_s, true),
		    ERR_INVALID, "case %zu", i);
	cr_expect_null(line);
	arena_free(&a);
}

Test(web_cookie, bounds_the_length)
{
	char value[WEB_COOKIE_BYTES_MAX + 1] = "";
	struct arena a = { 0 };
	char *line;

	memset(value, 'v', WEB_COOKIE_BYTES_MAX);
	cr_expect_eq(web_cookie_format(&line, &a, "a", value, 1, true), ERR_TOO_LARGE);
	value[WEB_COOKIE_BYTES_MAX - 1] = '\0';
	cr_expect_eq(web_cookie_format(&line, &a, "a", value, 1, true), ERR_OK);
	arena_free(&a);
}

static const struct {
	const char *value;
	int64_t max_age_s;
	bool is_https;
	const char *line;
} lines[] = {
	{ "t0k-_en==", 600, true,
	    "__Host-portal=t0k-_en==; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax" },
	{ "x", WEB_COOKIE_SESSION, true,
	    "__Host-portal=x; Path=/; Secure; HttpOnly; SameSite=Lax" },
	{ "!~", 0, true, "__Host-portal=!~; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax" },
	{ "", 0, true, "__Host-portal=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax" },
	{ "x", 2592000, false, "portal=x; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax" },
};

Test(web_cookie, writes)
{
	struct arena a = { 0 };
	char *line;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_assert_eq(web_cookie_format(&line, &a, "portal", lines[i].value,
				 lines[i].max_age_s, lines[i].is_https),
		    ERR_OK);
		cr_expect_str_eq(line, lines[i].line);
	}
	cr_expect_eq(web_cookie_format(&line, &a, "!~", "", 0, false), ERR_OK);
	cr_expect_str_eq(web_cookie_name(&a, "portal", true), "__Host-portal");
	cr_expect_str_eq(web_cookie_name(&a, "portal", false), "portal");
	arena_free(&a);
}
