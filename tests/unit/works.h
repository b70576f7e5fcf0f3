/* A background that the test moves on by hand: what was given to it, in order. */
#ifndef UNIT_WORKS_H
#define UNIT_WORKS_H

#include <criterion/criterion.h>
#include <string.h>

#define WORKS_MAX 256

static struct {
	void (*work)(void *);
	void (*done)(void *);
	void *arg;
} works[WORKS_MAX];
static int nworks;

/* In place of background_run(). */
static inline void
works_add(void (*work)(void *), void (*done)(void *), void *arg)
{
	cr_assert_lt(nworks, WORKS_MAX);
	works[nworks].work = work;
	works[nworks].done = done;
	works[nworks].arg = arg;
	nworks++;
}

/* Does and ends the work that has waited longest. */
static inline void
works_finish_first(void)
{
	void (*done)(void *) = works[0].done;
	void *arg = works[0].arg;

	cr_assert_gt(nworks, 0);
	works[0].work(arg);
	nworks--;
	memmove(works, works + 1, sizeof(works[0]) * (size_t)nworks);
	done(arg);
}

#endif
