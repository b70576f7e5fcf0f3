/* The first visit: from requests, through a cookie that the visitor may have changed. */
#include "account/visit.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/base64url.h"

#define NOW INT64_C(1767225600)
#define A25 "aaaaaaaaaaaaaaaaaaaaaaaaa"
#define A100 A25 A25 A25 A25

static const char *
cookie_of(struct arena *a, const char *form)
{
	return base64url_encode_in(a, form, strlen(form));
}

/* Forms as a visitor might write them into the cookie. */
static const char *const forged[] = {
	"",
	"t",
	"t=",
	"t=abc",
	"t=+1767225600",
	"t=01767225600",
	"t=1767225600 ",
	"t=%31767225600",
	"s=a",
	"s=a&t=1767225600",
	"t=1767225600&t=1767225600",
	"t=1767225600&s=",
	"t=1767225600&",
	"t=1767225600&x=y",
	"t=1767225600&s=a&s=b",
	"t=1767225600&c=a&s=b",
	"t=1767225600&S=a",
	"t=1767225600&s=a+b",
	"t=1767225600&s=%61",
	"t=1767225600&s=%0a",
	"t=1767225600&s=%7f",
	"t=1767225600&s=%00",
	"t=1767225600&s=%ff",
	"t=1767225600&s=<script>",
	"t=1767225600&s=" A100 "a",
	"t=1767225600&r=%3Cscript%3E",
	"t=1767225600&r=Example.org",
	"t=1767225600&r=a%2Fb",
	"t=1767225661",
	"t=1759449599",
	"t=0",
	"t=-1",
	"t=9223372036854775807",
	"t=-9223372036854775808",
	"t=99999999999999999999",
};

Test(visit, ignores_forged_cookies)
{
	struct arena a = { 0 };
	struct visit v = { .source = "before" };
	size_t i;

	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
		cr_expect_eq(visit_decode(&v, &a, cookie_of(&a, forged[i]), NOW), ERR_INVALID,
		    "'%s'", forged[i]);
	cr_expect_eq(visit_decode(&v, &a, "dD0xNzY3MjI1NjAw=", NOW), ERR_INVALID);
	cr_expect_eq(visit_decode(&v, &a, "!", NOW), ERR_INVALID);
	cr_expect_str_eq(v.source, "before");
	arena_free(&a);
}

Test(visit, ignores_a_cookie_that_is_too_long)
{
	struct arena a = { 0 };
	struct visit v;
	/* Each text may be as long as this, all three together may not. */
	const char *form = arena_printf(&a, "t=%lld&s=%s&c=%s", (long long)NOW, A100, A100);

	cr_expect_eq(visit_decode(&v, &a, cookie_of(&a, form), NOW), ERR_OK);
	form = arena_printf(&a, "t=%lld&s=%s&r=%s&c=%s", (long long)NOW, A100, A25, A100);
	cr_assert_gt(strlen(cookie_of(&a, form)), VISIT_COOKIE_BYTES_MAX);
	cr_expect_eq(visit_decode(&v, &a, cookie_of(&a, form), NOW), ERR_INVALID);
	arena_free(&a);
}

static const char *const borders[] = {
	"t=1767225660",
	"t=1759449600",
	"t=1767225600&s=" A100 "&r=abcd&c=" A100,
};

Test(visit, accepts_the_borders_of_time_and_length)
{
	struct arena a = { 0 };
	struct visit v;
	size_t i;

	for (i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
		cr_assert_eq(
		    visit_decode(&v, &a, cookie_of(&a, borders[i]), NOW), ERR_OK, "%s", borders[i]);
		cr_expect_str_eq(visit_encode(&a, &v), cookie_of(&a, borders[i]));
	}
	cr_expect_eq(strlen(cookie_of(&a, borders[2])), VISIT_COOKIE_BYTES_MAX);
	arena_free(&a);
}

/* NULL: nothing is kept. */
static const struct {
	const char *query, *referer, *source, *referrer, *campaign;
} requests[] = {
	{ NULL, NULL, NULL, NULL, NULL },
	{ "", "", NULL, NULL, NULL },
	{ "utm_source=", "about:blank", NULL, NULL, NULL },
	{ "utm_source=%", "https://news.example/x", NULL, "news.example", NULL },
	{ "utm_source=a%0ab&utm_campaign=%7f", "javascript:alert(1)", NULL, NULL, NULL },
	{ "utm_source=" A100 "a", "https://" A100 ".example/", NULL, NULL, NULL },
	{ "utm_source=%00&ref=x", "null", NULL, NULL, NULL },
	{ NULL, "https://portal.example.org/login", NULL, NULL, NULL },
	{ NULL, "http://PORTAL.example.org:8080/", NULL, NULL, NULL },
	{ NULL, "https://www.portal.example.org/", NULL, "www.portal.example.org", NULL },
	{ NULL, "https://user:pw@news.example/", NULL, NULL, NULL },
	{ NULL, "https://News.example:8443/item?id=1&q=secret", NULL, "news.example", NULL },
	{ "utm_source=newsletter&utm_campaign=spring+2026", NULL, "newsletter", NULL,
	    "spring 2026" },
	{ "ref=friend", NULL, "friend", NULL, NULL },
	{ "ref=friend&utm_source=ad", NULL, "ad", NULL, NULL },
	{ "ref=friend&utm_source=", NULL, "friend", NULL, NULL },
	{ "utm_source=one&utm_source=two", NULL, "one", NULL, NULL },
	{ "utm_source=%C3%86r%C3%B8", NULL, "Ærø", NULL, NULL },
	{ "utm_source=%3Cscript%3E", NULL, "<script>", NULL, NULL },
};

static void
expect_text(const char *is, const char *should, size_t i)
{
	if (should == NULL)
		cr_expect_null(is, "case %zu: %s", i, is);
	else
		cr_expect(is != NULL && strcmp(is, should) == 0, "case %zu: %s", i, is);
}

static void
expect_visit(const struct visit *v, size_t i)
{
	cr_expect_eq(v->first_at, NOW);
	expect_text(v->source, requests[i].source, i);
	expect_text(v->referrer, requests[i].referrer, i);
	expect_text(v->campaign, requests[i].campaign, i);
}

Test(visit, reads_requests_and_goes_through_the_cookie)
{
	struct arena a = { 0 };
	struct visit v, back;
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		visit_read_request(&v, &a, requests[i].query, requests[i].referer,
		    "https://portal.example.org", NOW);
		expect_visit(&v, i);
		cr_assert_eq(visit_decode(&back, &a, visit_encode(&a, &v), NOW + 86400), ERR_OK);
		expect_visit(&back, i);
	}
	arena_free(&a);
}

Test(visit, an_own_url_that_is_none_hides_nothing)
{
	struct arena a = { 0 };
	struct visit v;

	visit_read_request(&v, &a, NULL, "https://news.example/", NULL, NOW);
	cr_expect_str_eq(v.referrer, "news.example");
	visit_read_request(&v, &a, NULL, "https://news.example/", "nonsense", NOW);
	cr_expect_str_eq(v.referrer, "news.example");
	arena_free(&a);
}

/* What does not fit goes in this order: campaign, referrer, source. */
static const struct {
	struct visit v;
	const char *form;
} crowded[] = {
	{ { NOW, A100, A100, A100 }, "t=1767225600&s=" A100 "&r=" A100 },
	{ { NOW, A100, A100, "€€€€€€€€€€" }, "t=1767225600&s=" A100 "&r=" A100 },
	{ { NOW, "€€€€€€€€€€€€€€€€€€€€", A100, NULL },
	    "t=1767225600&s=%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%"
	    "AC"
	    "%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC"
	    "%E2%82%AC%E2%82%AC%E2%82%AC" },
	{ { NOW, "€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€", "a.example", A25 }, "t=1767225600" },
};

Test(visit, drops_what_does_not_fit)
{
	struct arena a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(crowded) / sizeof(crowded[0]); i++) {
		const char *cookie = visit_encode(&a, &crowded[i].v);
		unsigned char *form;
		size_t len;

		cr_expect_leq(strlen(cookie), VISIT_COOKIE_BYTES_MAX);
		cr_assert_eq(base64url_decode(&form, &len, &a, cookie, strlen(cookie)), ERR_OK);
		cr_expect_str_eq((char *)form, crowded[i].form, "%s", form);
	}
	arena_free(&a);
}
