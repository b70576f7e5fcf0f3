/* Names that a bouncer may have, and those that it may not. */
#include "bouncer/bouncer.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <string.h>

#include "source/source.h"

Test(bouncer, names_that_are_fine)
{
	static const char *const names[] = { "abc", "alice", "alice-work", "a1b2", "x-9",
		"abcdefghijabcdefghijabcdefghij12", "admin2", "my-soju" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_expect_null(bouncer_name_problem(names[i]), "%s: %s", names[i],
		    bouncer_name_problem(names[i]));
		cr_expect(source_is_bouncer_name(names[i]), "%s", names[i]);
	}
}

Test(bouncer, names_that_are_not)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{ "", "Type a name" },
		{ "ab", "3 characters" },
		{ "abcdefghijabcdefghijabcdefghij123", "32 characters" },
		{ "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd",
		    "32 characters" },
		{ "-x", "3 characters" },
		{ "-xyz", "letter" },
		{ "xyz-", "End with" },
		{ "9lives", "Begin with a letter" },
		{ "Alice", "lower case" },
		{ "ALICE", "lower case" },
		{ "al ice", "letters a to z" },
		{ " alice", "letters a to z" },
		{ "alice\n", "letters a to z" },
		{ "al_ice", "letters a to z" },
		{ "al.ice", "letters a to z" },
		{ "al/ice", "letters a to z" },
		{ "../etc", "letters a to z" },
		{ "al'ice", "letters a to z" },
		{ "al\"; drop", "letters a to z" },
		{ "{bouncer}", "letters a to z" },
		{ "\xC3\xA4rger", "letters a to z" },	   /* ä */
		{ "\xD0\xB0lice", "letters a to z" },	   /* a Cyrillic а */
		{ "alice\xE2\x80\x8B", "letters a to z" }, /* a space of no width */
		{ "\xFF\xFE\xFD", "letters a to z" },
		{ "xn--lice-5qa", "one hyphen" },
		{ "al--ice", "one hyphen" },
		{ "admin", "itself" },
		{ "portal", "itself" },
		{ "api", "itself" },
		{ "new", "itself" },
		{ "notice", "itself" },
		{ "name", "itself" },
		{ "www", "itself" },
		{ "irc", "itself" },
		{ "mail", "itself" },
		{ "root", "itself" },
		{ "postgres", "itself" },
		{ "template1", "itself" },
		{ "soju", "itself" },
		{ "support", "itself" },
		{ "bouncerserv", "itself" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *problem = bouncer_name_problem(cases[i].name);

		cr_assert_not_null(problem, "%s", cases[i].name);
		cr_expect_not_null(
		    strstr(problem, cases[i].says), "%s: %s", cases[i].name, problem);
	}
}

Test(bouncer, is_usable_when_ready_and_not_suspended)
{
	struct bouncer b = { .state = BOUNCER_READY };

	cr_expect(bouncer_is_usable(&b));
	b.suspended_at = 1;
	cr_expect_not(bouncer_is_usable(&b));
	b.suspended_at = 0;
	for (int state = 0; state < BOUNCER_STATE__MAX; state++) {
		b.state = (enum bouncer_state)state;
		cr_expect_eq(bouncer_is_usable(&b), state == BOUNCER_READY);
		cr_expect_eq(
		    bouncer_is_deleted(&b), state == BOUNCER_DELETING || state == BOUNCER_REMOVING);
	}
}

Test(bouncer, states_have_words)
{
	for (int state = 0; state < BOUNCER_STATE__MAX; state++)
		cr_expect_not_null(bouncer_state_words[state]);
}
