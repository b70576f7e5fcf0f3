/* Whose turn it is to be looked at: each at most once in a pause, whoever comes in between. */
#include "bouncer/look_turn.h"

#include <criterion/criterion.h>

#define NOW INT64_C(1795168800)
#define PAUSE 10

static struct look_turns turns;

static bool
take(int64_t id, int64_t after)
{
	return look_turn_take(&turns, id, NOW + after, PAUSE);
}

Test(look_turn, once_in_a_pause)
{
	cr_expect(take(7, 0));
	cr_expect_not(take(7, 0));
	cr_expect_not(take(7, PAUSE - 1));
	cr_expect(take(7, PAUSE));
	cr_expect_not(take(7, PAUSE + 1));
}

/* They once shared a place, so that each made the other one be asked with every reload. */
Test(look_turn, others_do_not_take_it_away)
{
	cr_expect(take(7, 0));
	cr_expect(take(7 + LOOK_TURNS, 1));
	cr_expect_not(take(7, 2));
	cr_expect_not(take(7 + LOOK_TURNS, 3));
	cr_expect(take(7, PAUSE));
}

Test(look_turn, a_full_table_forgets_the_oldest_only_when_its_pause_is_over)
{
	for (int64_t id = 1; id <= LOOK_TURNS; id++)
		cr_expect(take(id, id == 1 ? 0 : 5), "%d", (int)id);
	cr_expect_not(take(1000, 5));
	cr_expect_not(take(1, 6));
	cr_expect(take(1000, PAUSE));
	cr_expect_not(take(1, PAUSE), "its place is taken, and the rest is young");
	cr_expect_not(take(2, PAUSE));
	cr_expect(take(1, PAUSE + 5));
}
