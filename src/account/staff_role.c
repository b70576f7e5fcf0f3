#include "account/staff_role.h"

#include <string.h>

const char *const staff_role_words[STAFF__MAX] = {
	[STAFF_ADMIN] = "admin",
	[STAFF_BILLING] = "billing",
	[STAFF_SUPPORT] = "support",
	[STAFF_CONTENT] = "content",
	[STAFF_OPS] = "ops",
};

static bool
is_among(const char *word, const char *const *roles, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(roles[i], word) == 0)
			return true;
	return false;
}

const char *
staff_role_list(struct arena *a, const char *const *roles, size_t n)
{
	const char *list = "";
	int i;

	for (i = 0; i < STAFF__MAX; i++)
		if (is_among(staff_role_words[i], roles, n))
			list = arena_printf(
			    a, "%s%s%s", list, list[0] != '\0' ? " " : "", staff_role_words[i]);
	return list;
}

/* Whether the list holds the word of that length. */
static bool
has_word(const char *list, const char *word, size_t len)
{
	while (*list != '\0') {
		const size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n;
		list += strspn(list, " ");
	}
	return false;
}

bool
staff_role_has_any(const char *roles, const char *wanted)
{
	while (roles != NULL && *wanted != '\0') {
		const size_t n = strcspn(wanted, " ");

		if (n > 0 && has_word(roles, wanted, n))
			return true;
		wanted += n;
		wanted += strspn(wanted, " ");
	}
	return false;
}
