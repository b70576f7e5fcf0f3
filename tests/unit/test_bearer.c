/* Who may call the internal API: the comparison of its secret. */
#include "base/bearer.h"

#include <criterion/criterion.h>

#define NEW "0123456789abcdef0123456789abcdef"
#define OLD "fedcba9876543210fedcba9876543210"

static const struct {
	const char *header, *secret, *old;
	bool is_secret;
} cases[] = {
	{ NULL, NEW, OLD, false },
	{ "", NEW, OLD, false },
	{ "Bearer", NEW, OLD, false },
	{ "Bearer ", NEW, OLD, false },
	{ NEW, NEW, OLD, false },
	{ "Basic " NEW, NEW, OLD, false },
	{ "Bearer" NEW, NEW, OLD, false },
	{ "Bearer\t" NEW, NEW, OLD, false },
	{ "Bearer " NEW " ", NEW, OLD, false },
	{ "Bearer " NEW "0", NEW, OLD, false },
	{ "Bearer 0123456789abcdef0123456789abcde", NEW, OLD, false },
	{ "Bearer 0123456789abcdef0123456789abcdeF", NEW, OLD, false },
	{ "Bearer x123456789abcdef0123456789abcdef", NEW, OLD, false },
	{ "Bearer " OLD, NEW, "", false },
	/* Not given is no secret: nobody brings it. */
	{ "Bearer ", "", "", false },
	{ "Bearer ", NEW, "", false },
	{ "Bearer  ", NEW, "", false },
	{ "Bearer", "", "", false },
	{ "Bearer " NEW, "", "", false },
	{ "Bearer " NEW, NEW, "", true },
	{ "Bearer " NEW, NEW, OLD, true },
	{ "Bearer " OLD, NEW, OLD, true },
	{ "bearer " NEW, NEW, OLD, true },
	{ "BEARER   " NEW, NEW, OLD, true },
};

Test(bearer, takes_the_secrets_and_nothing_else)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(bearer_is_secret(cases[i].header, cases[i].secret, cases[i].old),
		    cases[i].is_secret, "%zu: %s", i,
		    cases[i].header != NULL ? cases[i].header : "none");
}

Test(bearer, text)
{
	cr_expect_null(bearer_text(NULL));
	cr_expect_null(bearer_text("Basic YTpi"));
	cr_expect_null(bearer_text("Bearertoken"));
	cr_expect_str_eq(bearer_text("Bearer "), "");
	cr_expect_str_eq(bearer_text("bearer  pt_x y"), "pt_x y");
}
