/*
 * Many calls from one thread, some of them under way at once: for tasks, never in the event loop.
 */
#ifndef CLIENTS_CALL_MANY_H
#define CLIENTS_CALL_MANY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"

struct call_many {
	size_t n;	/* calls to make, in this order */
	size_t at_once; /* so many at most are under way together */
	int64_t
	    until_us; /* clock_monotonic_us(): then all ends, as it does when the program stops */
	/* The request of call `i`; what it returns is passed over unless it is ERR_OK. The arena is
	 * emptied after read(). */
	enum err (*ask)(void *arg, size_t i, struct arena *, struct call_request *);
	/* As each answer comes or each call fails, in any order. */
	void (*read)(void *arg, size_t i, struct arena *, const struct call_reply *);
	void *arg;
};

/*
 * Returns how many were begun, those passed over included. Whatever was begun has been read, as
 * CALL_TIMEOUT where time was up; the rest was neither asked nor read.
 */
size_t call_many_run(const struct call_many *);

#endif
