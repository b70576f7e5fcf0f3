/* Whatever a proxy says the client's address is, the row can be written. */
#include <criterion/criterion.h>

#include "audit/audit_store.h"

static const struct {
	const char *address, *want;
} addresses[] = {
	{ NULL, NULL },
	{ "", NULL },
	{ "unknown", NULL },
	{ "192.0.2.1, 198.51.100.7", NULL },
	{ "192.0.2.256", NULL },
	{ "192.0.2.1:443", NULL },
	{ "192.0.2.0/24", NULL },
	{ "fe80::1%eth0", NULL },
	{ "'; DROP TABLE audit_log; --", NULL },
	{ "192.0.2.1", "192.0.2.1" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
};

Test(audit_store, address)
{
	struct arena arena = { 0 };
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct db_query q = { .arena = &arena };
		struct audit_entry entry = { "sub-1", "accounts.list", NULL, addresses[i].address };

		audit_store_add(&q, &entry);
		cr_expect_eq(q.n, 4);
		cr_expect_not(q.is_read);
		cr_expect_str_eq(q.values[0], "sub-1");
		cr_expect_str_eq(q.values[1], "accounts.list");
		cr_expect_null(q.values[2]);
		if (addresses[i].want == NULL)
			cr_expect_null(q.values[3], "%s", addresses[i].address);
		else
			cr_expect_str_eq(q.values[3], addresses[i].want);
	}
	arena_free(&arena);
}
