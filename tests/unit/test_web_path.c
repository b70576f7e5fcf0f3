/* Return paths: the tricks of open redirects. */
#include "web/web_path.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const refused[] = {
	"",
	" ",
	"dashboard",
	"?a=1",
	"#a",
	".",
	"..",
	"//evil.example",
	"///evil.example",
	"//",
	"/a//b",
	"/a//",
	"//evil.example/..",
	"https:evil.example",
	"https://evil.example",
	"http:/evil.example",
	"javascript:alert(1)",
	"data:text/html,x",
	"HTTPS:evil",
	"/\\evil.example",
	"\\/evil.example",
	"\\\\evil.example",
	"/a\\b",
	"/?a=\\b",
	"/%5cevil.example",
	"/%5C/evil.example",
	"/a%5cb",
	"/?a=%5C",
	"/%2fevil.example",
	"/%2Fevil.example",
	"/%2f%2fevil.example",
	"/a%2f%2fb",
	"/a/%2fb",
	"%2f%2fevil.example",
	"%2fa",
	"/\tevil",
	"/\t/evil.example",
	"/\n/evil.example",
	"/\r\nSet-Cookie: a=b",
	"/a b",
	"/\x7f",
	"/\x01",
	"/%0d%0aSet-Cookie:a=b",
	"/%09/evil.example",
	"/%00",
	"/%7f",
	"/a?b=%0a",
	"/.",
	"/..",
	"/./a",
	"/../a",
	"/a/..",
	"/a/.",
	"/a/../b",
	"/.//evil.example",
	"/..//evil.example",
	"/%2e%2e/a",
	"/%2e",
	"/.%2E/a",
	"/a/%2e./b",
	"/a/..?b",
	"/a/..#b",
	/* an encoded "?" or "#" does not end the path */
	"/%3fa//b",
	"/%23/../b",
	/* escapes that are none */
	"/%",
	"/%4",
	"/%4g",
	"/a%",
	"/%%41",
	"/\xc3\xa9",
	"/\xff",
	"/\"",
	"/<script>",
	"/a>b",
};

static const char *const accepted[] = {
	"/",
	"/dashboard",
	"/a/b/c",
	"/a/",
	"/?a=1",
	"/a?next=//evil.example",
	"/a?b=https://x/..",
	"/a#b",
	"/a?b=c&d=%26",
	"/paste/caf%C3%A9",
	"/a%20b",
	"/...",
	"/.well-known/x",
	"/a..b/..c/d..",
	"/a%2fb",
	"/a:b@c",
	"/a;b=c,d!$'()*+~_-[]{}|^`",
};

Test(web_path, refuses)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		cr_expect_not(web_path_is_local(refused[i]), "'%s'", refused[i]);
		cr_expect_str_eq(web_path_or(refused[i], "/dashboard"), "/dashboard");
	}
	cr_expect_str_eq(web_path_or(NULL, "/dashboard"), "/dashboard");
}

Test(web_path, accepts)
{
	size_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		cr_expect(web_path_is_local(accepted[i]), "'%s'", accepted[i]);
		cr_expect_str_eq(web_path_or(accepted[i], "/dashboard"), accepted[i]);
	}
}

Test(web_path, bounds_the_length)
{
	char path[WEB_PATH_BYTES_MAX + 2];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[WEB_PATH_BYTES_MAX] = '\0';
	cr_expect(web_path_is_local(path));
	path[WEB_PATH_BYTES_MAX] = 'a';
	path[WEB_PATH_BYTES_MAX + 1] = '\0';
	cr_expect_not(web_path_is_local(path));
}

static const struct {
	const char *path;
	size_t i;
	const char *part; /* NULL: there is none */
} parts[] = {
	{ "", 0, NULL },
	{ "/", 0, NULL },
	{ "/", 1, NULL },
	{ "a", 0, NULL },
	{ "/api/accounts", 2, NULL },
	{ "/api/accounts/", 2, NULL },
	{ "/api/accounts//", 2, NULL },
	{ "/api/accounts/%", 2, NULL },
	{ "/api/accounts/%2", 2, NULL },
	{ "/api/accounts/%zz", 2, NULL },
	{ "/api/accounts/a%00b", 2, NULL },
	{ "/api/accounts/%ff", 2, NULL },
	{ "/api/accounts/alice", 0, "api" },
	{ "/api/accounts/alice", 1, "accounts" },
	{ "/api/accounts/alice", 2, "alice" },
	{ "/api/accounts/alice", 3, NULL },
	{ "/api/accounts/alice/", 2, "alice" },
	{ "/api/accounts/a%2Fb%20%c3%a6", 2, "a/b æ" },
	{ "/api/accounts/a+b", 2, "a+b" },
};

Test(web_path, finds_a_part)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char *part = NULL;
		enum err e = web_path_part(&part, &a, parts[i].path, parts[i].i);

		cr_expect_eq(
		    e, parts[i].part != NULL ? ERR_OK : ERR_NOT_FOUND, "%s", parts[i].path);
		if (e == ERR_OK && parts[i].part != NULL)
			cr_expect_str_eq(part, parts[i].part);
	}
	arena_free(&a);
}
