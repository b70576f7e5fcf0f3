/* URLs, read strictly and written safely. */
#include "base/url.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const refused[] = {
	"",
	"/",
	"//example.org/",
	"example.org",
	"http",
	"http:",
	"http:/",
	"http:/example.org",
	"http://",
	"http:///",
	"https://",
	"https:///x",
	"ftp://example.org/",
	"javascript:alert(1)",
	"httpx://example.org",
	" http://example.org",
	"http://example.org ",
	"http://exa mple.org",
	"http://user@example.org/",
	"http://user:pw@example.org/",
	"http://@example.org/",
	"http://example.org#top",
	"http://example.org/#",
	"http://example.org/a\\b",
	"http:\\\\example.org",
	"http://example.org\\@evil.example/",
	"http://example.org/\n",
	"http://example.org/\x7f",
	"http://example.org/\xc3\xa9",
	"http://b\xc3\xbc"
	"cher.example/",
	"http://example.org/%",
	"http://example.org/%4",
	"http://example.org/%4g",
	"http://ex%61mple.org/",
	"http://example.org:/",
	"http://example.org:0/",
	"http://example.org:65536/",
	"http://example.org:99999999999999999999/",
	"http://example.org:-1/",
	"http://example.org:80x/",
	"http://example.org:+80/",
	"http://example.org:80:80/",
	"http://.example.org/",
	"http://example..org/",
	"http://example.org./",
	"http://./",
	"http://exam,ple.org/",
	"http://exam|ple.org/",
	"http://[::1",
	"http://[]/",
	"http://[::g]/",
	"http://[1.2.3.4]/",
	"http://[::1]x/",
	"http://[::1%25eth0]/",
	"http://::1/",
	"http://example.org/\"",
	"http://example.org/<",
	"http://example.org/{}",
	"http://example.org/^",
	"http://?",
	"http://?x",
	"http://:80/",
};

static const struct {
	const char *text;
	bool is_https;
	const char *host;
	int port;
	const char *path, *query;
} accepted[] = {
	{ "http://example.org", false, "example.org", 80, "/", NULL },
	{ "HTTPS://Example.ORG/", true, "example.org", 443, "/", NULL },
	{ "https://example.org:8443/a/b%2Fc", true, "example.org", 8443, "/a/b%2Fc", NULL },
	{ "http://AZ.az.example/%0A%A0", false, "az.az.example", 80, "/%0A%A0", NULL },
	{ "http://example.org?x=1", false, "example.org", 80, "/", "x=1" },
	{ "http://example.org/?", false, "example.org", 80, "/", "" },
	{ "http://example.org/a?b=/c?d@e", false, "example.org", 80, "/a", "b=/c?d@e" },
	{ "http://127.0.0.1:9000/realms/x", false, "127.0.0.1", 9000, "/realms/x", NULL },
	{ "http://[::1]:80/", false, "::1", 80, "/", NULL },
	{ "http://[2001:DB8::7]", false, "2001:db8::7", 80, "/", NULL },
	{ "http://my_service:1", false, "my_service", 1, "/", NULL },
	{ "http://a:65535/", false, "a", 65535, "/", NULL },
};

Test(url, refuses)
{
	struct arena a = { 0 };
	struct url u;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(url_parse(&u, &a, refused[i]), ERR_INVALID, "'%s'", refused[i]);
	arena_free(&a);
}

static const char *
url_of_length(struct arena *a, size_t len)
{
	char *text = arena_alloc(a, len + 1);

	memset(text, 'a', len);
	memcpy(text, "http://b/", 9);
	return text;
}

Test(url, bounds_whole_and_host)
{
	struct arena a = { 0 };
	struct url u;
	char *host = arena_alloc(&a, 300);

	cr_expect_eq(url_parse(&u, &a, url_of_length(&a, URL_BYTES_MAX)), ERR_OK);
	cr_expect_eq(url_parse(&u, &a, url_of_length(&a, URL_BYTES_MAX + 1)), ERR_INVALID);
	memset(host, 'a', 253);
	cr_expect_eq(url_parse(&u, &a, arena_printf(&a, "http://%s/", host)), ERR_OK);
	cr_expect_eq(url_parse(&u, &a, arena_printf(&a, "http://%sa/", host)), ERR_INVALID);
	arena_free(&a);
}

Test(url, reads)
{
	struct arena a = { 0 };
	struct url u;
	size_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		const char *text = accepted[i].text;

		cr_assert_eq(url_parse(&u, &a, text), ERR_OK, "%s", text);
		cr_expect_eq(u.is_https, accepted[i].is_https, "%s", text);
		cr_expect_str_eq(u.host, accepted[i].host, "%s", text);
		cr_expect_eq(u.port, accepted[i].port, "%s: %d", text, u.port);
		cr_expect_str_eq(u.path, accepted[i].path, "%s", text);
		if (accepted[i].query == NULL)
			cr_expect_null(u.query, "%s", text);
		else
			cr_expect_str_eq(u.query, accepted[i].query, "%s", text);
	}
	arena_free(&a);
}

static const struct {
	const char *one, *two;
	bool is_same;
} origins[] = {
	{ "http://example.org", "https://example.org", false },
	{ "http://example.org", "http://example.org:8080", false },
	{ "http://example.org", "http://example.org.evil.example", false },
	{ "http://example.org", "http://www.example.org", false },
	{ "https://example.org:80", "http://example.org:80", false },
	{ "http://example.org", "http://EXAMPLE.org:80/dashboard?x", true },
	{ "https://example.org:443", "https://example.org", true },
	{ "http://[::1]:3000", "http://[::1]:3000/", true },
};

Test(url, compares_origins)
{
	struct arena a = { 0 };
	struct url one, two;
	size_t i;

	for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		cr_assert_eq(url_parse(&one, &a, origins[i].one), ERR_OK);
		cr_assert_eq(url_parse(&two, &a, origins[i].two), ERR_OK);
		cr_expect_eq(url_same_origin(&one, &two), origins[i].is_same, "%s %s",
		    origins[i].one, origins[i].two);
	}
	arena_free(&a);
}

static const struct {
	const char *text, *encoded;
} encodings[] = {
	{ "", "" },
	{ "azAZ09-._~", "azAZ09-._~" },
	{ "a b+c&d=e/f?g#h%i", "a%20b%2Bc%26d%3De%2Ff%3Fg%23h%25i" },
	{ "\x01\x7f\r\n\"<>'", "%01%7F%0D%0A%22%3C%3E%27" },
	{ "Ærø🎉", "%C3%86r%C3%B8%F0%9F%8E%89" },
	{ "\xff", "%FF" },
};

Test(url, encodes)
{
	struct arena a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		cr_expect_str_eq(url_encode(&a, encodings[i].text), encodings[i].encoded);
	arena_free(&a);
}

Test(url, builds_queries)
{
	struct arena a = { 0 };
	struct strbuf b = { 0 };

	url_add_field(&b, "a b", "&=");
	cr_expect_str_eq(strbuf_text(&b), "a%20b=%26%3D");
	url_add_field(&b, "c", "");
	cr_expect_str_eq(strbuf_text(&b), "a%20b=%26%3D&c=");
	cr_expect_str_eq(url_with_query(&a, "http://x/y", "c="), "http://x/y?c=");
	cr_expect_str_eq(url_with_query(&a, "http://x/y?", "c="), "http://x/y?c=");
	cr_expect_str_eq(url_with_query(&a, "http://x/y?d=1", "c="), "http://x/y?d=1&c=");
	strbuf_free(&b);
	arena_free(&a);
}

Test(url, decodes_what_it_encoded)
{
	struct arena a = { 0 };
	char *text;

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]) - 1; i++) {
		const char *encoded = encodings[i].encoded;

		cr_assert_eq(url_decode(&text, &a, encoded, strlen(encoded)), ERR_OK);
		cr_expect_str_eq(text, encodings[i].text);
	}
	arena_free(&a);
}

Test(url, decodes_nothing_odd)
{
	static const char *const odd[] = { "%", "%4", "%4g", "%g4", "a%", "%00", "%FF", "%C3",
		"\xff" };
	struct arena a = { 0 };
	char *text;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		cr_expect_eq(
		    url_decode(&text, &a, odd[i], strlen(odd[i])), ERR_INVALID, "%s", odd[i]);
	cr_assert_eq(url_decode(&text, &a, "a+%2b&", 6), ERR_OK);
	cr_expect_str_eq(text, "a++&");
	cr_assert_eq(url_decode(&text, &a, "", 0), ERR_OK);
	cr_expect_str_eq(text, "");
	cr_assert_eq(url_decode(&text, &a, "abc%41", 3), ERR_OK); /* no further than it is told */
	cr_expect_str_eq(text, "abc");
	arena_free(&a);
}
