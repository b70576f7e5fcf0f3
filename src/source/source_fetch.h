/*
 * One refresh without the bookkeeping: asks the source of one subject and turns what it says into
 * an answer or a failure. Blocks for SOURCE_LIMIT_MS at most; for tasks only; thread-safe.
 */
#ifndef SOURCE_SOURCE_FETCH_H
#define SOURCE_SOURCE_FETCH_H

#include <stdint.h>

#include "base/arena.h"
#include "source/source.h"
#include "source/source_count.h"

/* Whose figures, and where they are asked for. */
struct source_subject {
	enum source_kind kind;
	int64_t user_id;
	int64_t bouncer_id;	   /* 0: a source of the account itself, txt or pics */
	const char *sub;	   /* txt and pics */
	const char *bouncer_name;  /* soju and kube */
	const char *soju_username; /* soju */
};

struct source_result {
	enum source_failure failure;
	const char *answer; /* JSON, in the arena; NULL unless fine */
	const char *cause;  /* for the log, without names or secrets; NULL: nothing to say */
};

struct source_fetch {
	const struct source_subject *subject;
	struct arena *arena;
	struct source_count count; /* soju: where counting stands; moved on */
	/*
	 * Called at most once, with a good answer that lacks only the number of messages, when
	 * counting them takes longer than a page would wait. May be NULL.
	 */
	void (*tell_early)(void *arg, const struct source_result *);
	void *arg;
	int64_t until_us; /* set by source_fetch_run() */
};

void source_fetch_run(struct source_fetch *, struct source_result *);

/*
 * For the log: why a call brought no answer (libcurl's words, "status 503, upstream"); NULL for
 * ERR_OK.
 */
const char *source_fetch_cause(struct arena *, enum err, const struct call_reply *);

#endif
