/*
 * Who was asked a moment ago, so that pages which reload do not ask again at once: a table of fixed
 * size, in memory. Pure.
 */
#ifndef BOUNCER_LOOK_TURN_H
#define BOUNCER_LOOK_TURN_H

#include <stdbool.h>
#include <stdint.h>

#define LOOK_TURNS 256 /* as many may be asked within one pause */

/* All zero at first. */
struct look_turns {
	struct {
		int64_t id, at;
	} v[LOOK_TURNS];
};

/*
 * Whether `id` may be asked at `now`, which is then remembered: not within `pause_s` of the last
 * time, and not while the table is full of others who were asked within it, as their turns would
 * be forgotten.
 */
bool look_turn_take(struct look_turns *, int64_t id, int64_t now, int64_t pause_s);

#endif
