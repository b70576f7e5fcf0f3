#include "bouncer/bouncer_step.h"

#include <stddef.h>

#define RETRY_FIRST_S 2
#define POLL_OFTEN_S 2
#define POLL_OFTEN_TIMES 15
#define POLL_LESS_S 5
#define POLL_LESS_TIMES 40
#define POLL_SELDOM_S 15
/* A cluster or a database that is away comes back; what was started and does not run will not. */
#define PATIENCE_BEGINNING_S 3600
#define PATIENCE_STARTED_S 900

const char *const bouncer_step_words[BOUNCER_STEP__MAX] = {
	[BOUNCER_STEP_NONE] = "none",
	[BOUNCER_STEP_DATABASE] = "database",
	[BOUNCER_STEP_APPLY] = "apply",
	[BOUNCER_STEP_CHECK] = "check",
	[BOUNCER_STEP_NOTICE] = "notice",
	[BOUNCER_STEP_CHANGE] = "change",
	[BOUNCER_STEP_EXPIRE] = "expire",
	[BOUNCER_STEP_REMOVE] = "remove",
};

/*
 * A notice goes first, since a change may cut off those who should read it. One that was tried in
 * vain stands in the way of nothing that is wanted.
 */
static bool
is_notice_next(const struct bouncer *b, bool has_notice)
{
	return has_notice && (b->attempts == 0 || b->applied == b->wanted);
}

static enum bouncer_step
change_or_none(const struct bouncer *b)
{
	return b->applied < b->wanted ? BOUNCER_STEP_CHANGE : BOUNCER_STEP_NONE;
}

enum bouncer_step
bouncer_step_next(const struct bouncer *b, bool has_notice, int64_t now)
{
	switch (b->state) {
	case BOUNCER_REQUESTED:
		return BOUNCER_STEP_DATABASE;
	case BOUNCER_DATABASE:
		return BOUNCER_STEP_APPLY;
	case BOUNCER_APPLIED:
		return b->applied < b->wanted ? BOUNCER_STEP_APPLY : BOUNCER_STEP_CHECK;
	case BOUNCER_READY:
		return is_notice_next(b, has_notice) ? BOUNCER_STEP_NOTICE : change_or_none(b);
	case BOUNCER_DELETING:
		return now >= b->delete_after ? BOUNCER_STEP_EXPIRE : change_or_none(b);
	case BOUNCER_REMOVING:
		return BOUNCER_STEP_REMOVE;
	default:
		return BOUNCER_STEP_NONE;
	}
}

static int64_t
poll_s(int64_t before)
{
	if (before < POLL_OFTEN_TIMES)
		return POLL_OFTEN_S;
	return before < POLL_LESS_TIMES ? POLL_LESS_S : POLL_SELDOM_S;
}

int64_t
bouncer_step_wait_s(enum provision outcome, int64_t before, uint32_t chance)
{
	int64_t s = RETRY_FIRST_S;

	if (outcome == PROVISION_WAIT)
		return poll_s(before);
	while (before-- > 0 && s < BOUNCER_RETRY_MOST_S)
		s *= 2;
	if (s > BOUNCER_RETRY_MOST_S || outcome == PROVISION_REFUSED)
		s = BOUNCER_RETRY_MOST_S;
	return s - s / 4 + (int64_t)(chance % (uint32_t)(s / 2 + 1));
}

bool
bouncer_step_is_hopeless(const struct bouncer *b, enum provision outcome, int64_t now)
{
	const bool is_started = b->state == BOUNCER_APPLIED;

	if (!is_started && b->state != BOUNCER_REQUESTED && b->state != BOUNCER_DATABASE)
		return false;
	return outcome == PROVISION_REFUSED ||
	       now - b->state_at >= (is_started ? PATIENCE_STARTED_S : PATIENCE_BEGINNING_S);
}

const char *
bouncer_step_failure(enum bouncer_step step, enum provision outcome)
{
	static const char *const failures[BOUNCER_STEP__MAX] = {
		[BOUNCER_STEP_DATABASE] = "Its database could not be made.",
		[BOUNCER_STEP_APPLY] = "It could not be started.",
		[BOUNCER_STEP_CHECK] = "It was started, but does not answer.",
		[BOUNCER_STEP_CHANGE] = "A change could not be made.",
		[BOUNCER_STEP_REMOVE] = "It could not be removed.",
	};

	return outcome == PROVISION_WAIT ? NULL : failures[step];
}
