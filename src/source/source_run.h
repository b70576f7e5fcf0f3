/* One refresh from claim to snapshot, in a task: no page is involved. */
#ifndef SOURCE_SOURCE_RUN_H
#define SOURCE_SOURCE_RUN_H

#include "source/source_fetch.h"

enum source_outcome {
	SOURCE_NEWS,  /* the snapshot is new, by us or by another a moment ago */
	SOURCE_TAKEN, /* another process is at it; its news will come, but not through us */
	SOURCE_ERROR, /* the accounts database failed (logged) */
};

/*
 * Blocks; thread-safe. A change from fine to a failure, between failures and back is logged, with
 * the bouncer's number and never a name.
 */
enum source_outcome source_run(const struct source_subject *);

#endif
