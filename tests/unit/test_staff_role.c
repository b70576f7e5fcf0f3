#include <criterion/criterion.h>

#include "account/staff_role.h"

static const struct {
	const char *given[4];
	const char *list;
} cases[] = {
	{ { NULL }, "" },
	{ { "admin" }, "admin" },
	{ { "offline_access", "uma_authorization" }, "" },
	{ { "ops", "admin", "ops" }, "admin ops" },
	{ { "Admin", "admin ", "administrators" }, "" },
	{ { "billing", "support", "content" }, "billing support content" },
};

Test(staff_role, keeps_only_what_means_something_here)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = { 0 };
		size_t n = 0;

		while (n < 4 && cases[i].given[n] != NULL)
			n++;
		cr_expect_str_eq(staff_role_list(&arena, cases[i].given, n), cases[i].list);
		arena_free(&arena);
	}
}

static const struct {
	const char *roles, *wanted;
	bool has;
} lists[] = {
	{ NULL, STAFF_BILLING_ROLES, false },
	{ "", STAFF_BILLING_ROLES, false },
	{ "admin", STAFF_BILLING_ROLES, true },
	{ "billing support", STAFF_BILLING_ROLES, true },
	{ "support content ops", STAFF_BILLING_ROLES, false },
	{ "administrator", STAFF_BILLING_ROLES, false },
	{ "adm", STAFF_BILLING_ROLES, false },
	{ "ops", "ops", true },
	{ "ops", "", false },
};

Test(staff_role, one_of_a_list_is_enough)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		cr_expect_eq(staff_role_has_any(lists[i].roles, lists[i].wanted), lists[i].has,
		    "%s among %s", lists[i].roles, lists[i].wanted);
}
