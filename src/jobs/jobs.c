#include "jobs/jobs.h"

#include <kore/kore.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/stop_note.h"
#include "base/xmalloc.h"
#include "jobs/background.h"
#include "jobs/job_list.h"
#include "jobs/job_run.h"
#include "metrics/metrics.h"

#define TICK_MS 1000

/* Of one job: its progress belongs to the event loop, the copy and the result to the task. */
struct job_state {
	struct job_progress progress, seen;
	struct job_result result;
	const struct job *job;
	int64_t began_at;
};

static struct job_state *states;

static void
work(void *arg)
{
	struct job_state *s = arg;

	s->result = job_run(s->job, &s->seen, db_sync_thread(DB_SYNC_JOB_MS), s->began_at);
}

static void
done(void *arg)
{
	struct job_state *s = arg;

	job_finish(s->job, &s->progress, &s->result, clock_now());
}

static void
start(struct job_state *s, int64_t now)
{
	s->progress.is_running = true;
	s->seen = s->progress;
	s->began_at = now;
	background_run(work, done, s);
}

/* How late it is a scrape works out, so that it shows too when nobody looks after jobs any more. */
static void
look_at(struct job_state *s, int64_t now)
{
	if (job_is_due(s->job, &s->progress, now))
		start(s, now);
	metrics_set(METRIC_JOB_LAG, s->job->name, job_due_at(s->job, &s->progress, now));
}

static void
tick(void *arg, uint64_t now_ms)
{
	int64_t now = clock_now();
	size_t i;

	(void)arg;
	(void)now_ms;			   /* since boot; schedules go by the clock on the wall */
	if (stop_note_read() != STOP_NONE) /* another replica does it */
		return;
	for (i = 0; i < job_list_length; i++)
		if (job_is_of(states[i].job, settings.role))
			look_at(&states[i], now);
}

static void
begin(struct job_state *s, const struct job *job)
{
	s->job = job;
	s->progress.since = clock_now();
	if (job_is_of(job, settings.role))
		metrics_set(METRIC_JOB_PERIOD, job->name, schedule_period(&job->schedule));
}

void
jobs_start(void)
{
	size_t i;

	states = xcalloc(job_list_length, sizeof(*states));
	for (i = 0; i < job_list_length; i++)
		begin(&states[i], &job_list[i]);
	tick(NULL, 0);
	kore_timer_add(tick, TICK_MS, NULL, 0);
}
