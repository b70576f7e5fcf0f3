/* The page of an account: what is told and what is not, hostile names, plans of later versions. */
#include "account/account_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */

static struct arena arena;

static const char *
page_of(const struct account *a)
{
	struct account_view v = { 0 };

	account_view_init(&v, a, "id.example.org", NOW, &arena);
	return page_text(&arena, &account_view_type, &v);
}

/* Each page has all of the first words and none of the second. */
static const struct {
	struct account account;
	const char *has[4], *lacks[3];
} cases[] = {
	{ { .plan = "free", .roles = "", .made_at = NOW - 86400 * 3, .signed_in_at = NOW },
	    { "not told", ">Free<", ">3 days ago<", "id.example.org" },
	    { "verified", "Roles", "(null)" } },
	{ { .name = "<script>",
	      .email = "a@example.org",
	      .plan = "pro",
	      .roles = "admin billing",
	      .is_email_verified = true,
	      .sessions = 1 },
	    { "&lt;script&gt;", "is-good\">verified", "with 1 browser.", "admin billing" },
	    { "not told", "<script>", "not verified" } },
	{ { .email = "\xe2\x80\xae@example.org", .plan = "<gold>", .roles = "", .sessions = 2000 },
	    { "[U+202E]@example.org", "not verified", "&lt;gold&gt;", "with 2,000 browsers." },
	    { "is-good", "<gold>", "\xe2\x80\xae" } },
};

Test(account_view, says_what_is_known)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *page = page_of(&cases[i].account);

		for (size_t j = 0; j < 4; j++)
			cr_expect_not_null(
			    strstr(page, cases[i].has[j]), "case %zu: %s", i, cases[i].has[j]);
		for (size_t j = 0; j < 3; j++)
			cr_expect_null(
			    strstr(page, cases[i].lacks[j]), "case %zu: %s", i, cases[i].lacks[j]);
	}
}
