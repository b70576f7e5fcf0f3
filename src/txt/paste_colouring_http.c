#include "txt/paste_colouring_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/xmalloc.h"
#include "content/content_facts.h"
#include "db/db_sync.h"
#include "jobs/background.h"
#include "metrics/metrics.h"
#include "txt/colour.h"
#include "txt/paste_store.h"

#define AT_ONCE_MAX 4 /* in this worker */

struct paste_colouring {
	int64_t id, took_us;
	enum syntax syntax;
	enum visibility visibility;
	char *body;
	size_t len;
	struct strbuf html;
	LIST_HEAD(, paste_wait) waiting;
	LIST_ENTRY(paste_colouring) neighbour;
};

static LIST_HEAD(, paste_colouring) jobs = LIST_HEAD_INITIALIZER(jobs);
static int njobs;

/* In a thread. Whether the database keeps it or not, whoever waits gets it. */
static void
work(void *arg)
{
	struct paste_colouring *job = arg;
	struct db_sync *db = db_sync_thread(DB_SYNC_JOB_MS);
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	const int64_t began_us = clock_monotonic_us();

	colour_html(&job->html, job->syntax, job->body, job->len);
	job->took_us = clock_monotonic_us() - began_us;
	paste_store_keep_colours(
	    &q, job->id, COLOUR_VERSION, strbuf_text(&job->html), job->took_us);
	if (db != NULL)
		db_sync_run(db, &q, NULL);
	arena_free(&arena);
}

static void
tell(const struct paste_colouring *job)
{
	const struct content_fact fact = { .kind = job->syntax,
		.visibility = job->visibility,
		.outcome = CONTENT_STORED,
		.process_us = job->took_us };

	metrics_observe(HISTOGRAM_PASTE_COLOURING, NULL, job->took_us);
	content_facts_add_time(&fact);
}

/* Whoever is woken may cancel and free what it likes: the list is read anew each time. */
static void
done(void *arg)
{
	struct paste_colouring *job = arg;
	struct paste_wait *wait;

	LIST_REMOVE(job, neighbour);
	njobs--;
	tell(job);
	while ((wait = LIST_FIRST(&job->waiting)) != NULL) {
		paste_colouring_cancel(wait);
		strbuf_add(wait->html, job->html.s, job->html.len);
		wait->wake(wait->arg);
	}
	strbuf_free(&job->html);
	free(job->body);
	free(job);
}

static struct paste_colouring *
find(int64_t id)
{
	struct paste_colouring *job;

	LIST_FOREACH(job, &jobs, neighbour)
	if (job->id == id)
		return job;
	return NULL;
}

static struct paste_colouring *
begin(const struct paste *p)
{
	struct paste_colouring *job = xcalloc(1, sizeof(*job));

	job->id = p->id;
	job->syntax = p->syntax;
	job->visibility = p->visibility;
	job->body = xmalloc(p->body_len);
	job->len = p->body_len;
	memcpy(job->body, p->body, p->body_len);
	LIST_INIT(&job->waiting);
	LIST_INSERT_HEAD(&jobs, job, neighbour);
	njobs++;
	background_run(work, done, job);
	return job;
}

bool
paste_colouring_start(const struct paste *p, struct paste_wait *wait)
{
	struct paste_colouring *job = find(p->id);

	if (job == NULL && njobs >= AT_ONCE_MAX)
		return false;
	wait->job = job != NULL ? job : begin(p);
	LIST_INSERT_HEAD(&wait->job->waiting, wait, neighbour);
	return true;
}

void
paste_colouring_cancel(struct paste_wait *wait)
{
	if (wait->job == NULL)
		return;
	LIST_REMOVE(wait, neighbour);
	wait->job = NULL;
}
