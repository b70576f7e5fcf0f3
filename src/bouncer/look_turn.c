/* See look_turn.h. */
#include "bouncer/look_turn.h"

#include <stddef.h>

bool
look_turn_take(struct look_turns *turns, int64_t id, int64_t now, int64_t pause_s)
{
	size_t place = 0;

	for (size_t i = 0; i < LOOK_TURNS && turns->v[place].id != id; i++)
		if (turns->v[i].id == id || turns->v[i].at < turns->v[place].at)
			place = i;
	if (turns->v[place].at != 0 && now - turns->v[place].at < pause_s)
		return false;
	turns->v[place].id = id;
	turns->v[place].at = now;
	return true;
}
