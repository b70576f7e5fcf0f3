/* The words of events are read by others: they are spelled here once more. */
#include <criterion/criterion.h>

#include "events/events_store.h"

static const char *const words[EVENT__MAX] = { "signup", "login", "bouncer_create",
	"bouncer_delete", "plan_upgrade", "plan_downgrade" };

Test(events, words)
{
	int i;

	for (i = 0; i < EVENT__MAX; i++)
		cr_expect_str_eq(event_words[i], words[i]);
}

Test(events, statement)
{
	cr_expect_str_eq(RECORD_EVENT("recorded", EVENT_WORD_BOUNCER_CREATE,
			     "jsonb_build_object('bouncer', name)", "made WHERE is_new"),
	    "recorded AS (INSERT INTO events (user_sub, event_type, metadata)"
	    " SELECT keycloak_sub, 'bouncer_create', jsonb_build_object('bouncer', name)"
	    " FROM made WHERE is_new)");
}
