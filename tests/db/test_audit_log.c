/* The audit row is written whatever the address is, and not without an actor. */
#include "audit/audit_store.h"
#include "db_fixture.h"

TestSuite(audit, .init = fixture_begin, .fini = fixture_close);

static enum err
add(struct audit_entry entry)
{
	struct db_query q = { .arena = &arena };

	audit_store_add(&q, &entry);
	return db_sync_run(db, &q, NULL);
}

Test(audit, no_actor)
{
	cr_expect_eq(add((struct audit_entry){ NULL, "accounts.list", NULL, NULL }), ERR_INVALID);
}

Test(audit, rows)
{
	cr_expect_eq(
	    add((struct audit_entry){ "a'; --", "accounts.show", "account 17", "2001:db8::1" }),
	    ERR_OK);
	cr_expect_eq(
	    add((struct audit_entry){ "a'; --", "accounts.list", NULL, "unknown" }), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM audit_log WHERE actor_sub = 'a''; --'"
				    " AND ((action, resource, host(address)) ="
				    " ('accounts.show', 'account 17', '2001:db8::1')"
				    " OR (action = 'accounts.list' AND address IS NULL))"),
	    2);
}
