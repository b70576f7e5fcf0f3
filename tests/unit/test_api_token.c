/* API tokens: their text, and the rules of the form that makes one. */
#include "account/api_token.h"

#include <criterion/criterion.h>
#include <string.h>

#define DIGITS "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_" /* 43 */

static const struct {
	const char *text;
	bool is_token;
} texts[] = {
	{ "", false },
	{ "pt_", false },
	{ DIGITS, false },
	{ "pt_" DIGITS, true },
	{ "PT_" DIGITS, false },
	{ "pt-" DIGITS, false },
	{ "pt_" DIGITS "0", false },
	{ " pt_" DIGITS, false },
	{ "pt_" DIGITS " ", false },
	{ "pt_" DIGITS "=", false },
	{ "pt_0123456789abcdefghijklmnopqrstuvwxyzABCDE-", false },
	{ "pt_0123456789abcdefghijklmnopqrstuvwxyzABCDE+/", false },
	{ "pt_0123456789abcdefghijklmnopqrstuvwxyzABCDE- ", false },
	{ "pt_0123456789abcdefghijklmnopqrstuvwxyzABCDE\xc3\xa6", false },
};

Test(api_token, what_one_looks_like)
{
	unsigned char hash[DIGEST_BYTES];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_expect_eq(
		    api_token_hash(texts[i].text, hash), texts[i].is_token, "%s", texts[i].text);
}

Test(api_token, new_ones)
{
	char a[API_TOKEN_SIZE], b[API_TOKEN_SIZE];
	unsigned char hash[DIGEST_BYTES], expected[DIGEST_BYTES];

	api_token_new(a);
	api_token_new(b);
	cr_expect_str_neq(a, b);
	cr_expect_eq(strlen(a), 46);
	cr_assert(api_token_hash(a, hash));
	digest_sha256(expected, a, strlen(a));
	cr_expect_arr_eq(hash, expected, sizeof(hash));
}

#define SIXTY "123456789012345678901234567890123456789012345678901234567890"

static const struct {
	const char *label;
	bool may_txt, may_pics;
	const char *term;
	const char *trimmed; /* NULL: the label is wrong */
	bool scopes, is_term;
} forms[] = {
	{ NULL, false, false, NULL, NULL, false, false },
	{ "", true, false, "never", NULL, true, true },
	{ "  \t\r\n ", true, false, "never", NULL, true, true },
	{ SIXTY "1", true, false, "30d", NULL, true, true },
	{ "a\tb", true, true, "30d", NULL, true, true },
	{ "a\x7f", true, true, "30d", NULL, true, true },
	{ "Laptop", false, false, "30d", "Laptop", false, true },
	{ "Laptop", true, false, "", "Laptop", true, false },
	{ "Laptop", true, false, "31d", "Laptop", true, false },
	{ "Laptop", true, false, "30D", "Laptop", true, false },
	{ "  My laptop\n", true, false, "1y", "My laptop", true, true },
	{ SIXTY, false, true, "90d", SIXTY, true, true },
	{ "æ"
	  "23456789012345678901234567890123456789012345678901234567890",
	    false, true, "90d",
	    "æ"
	    "23456789012345678901234567890123456789012345678901234567890",
	    true, true },
};

Test(api_token, forms)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct api_token_form f = { .label = forms[i].label,
			.may = { forms[i].may_txt, forms[i].may_pics },
			.term = forms[i].term };
		const bool is_fine =
		    forms[i].trimmed != NULL && forms[i].scopes && forms[i].is_term;

		cr_expect_eq(api_token_form_check(&f, &arena), is_fine, "%zu", i);
		cr_expect_eq(f.label_error == NULL, forms[i].trimmed != NULL, "%zu", i);
		cr_expect_eq(f.scopes_error == NULL, forms[i].scopes, "%zu", i);
		cr_expect_eq(f.term_error == NULL, forms[i].is_term, "%zu", i);
		if (forms[i].trimmed != NULL)
			cr_expect_str_eq(f.label, forms[i].trimmed);
	}
	arena_free(&arena);
}

Test(api_token, terms)
{
	cr_expect_eq(api_term_days(API_TERM_MONTH), 30);
	cr_expect_eq(api_term_days(API_TERM_QUARTER), 90);
	cr_expect_eq(api_term_days(API_TERM_YEAR), 365);
	cr_expect_eq(api_term_days(API_TERM_EVER), 0);
}
