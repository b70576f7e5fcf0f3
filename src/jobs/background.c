#include "jobs/background.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include <kore/kore.h>
#include <kore/tasks.h>

#include "base/xmalloc.h"
#include "metrics/metrics.h"

struct work {
	void (*work)(void *arg);
	void (*done)(void *arg);
	void *arg;
	STAILQ_ENTRY(work) link;
};
STAILQ_HEAD(works, work);

/* All of it under `lock`, except `unfinished`, which only the event loop touches. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;	/* a work waits */
static pthread_cond_t quiet = PTHREAD_COND_INITIALIZER; /* no work is under way */
static struct works waiting = STAILQ_HEAD_INITIALIZER(waiting);
static struct works finished = STAILQ_HEAD_INITIALIZER(finished);
static int nwaiting, nidle, nactive, nthreads;
static bool is_stopped;
static int unfinished;

static struct work *
next_work(void)
{
	struct work *w;

	pthread_mutex_lock(&lock);
	while ((w = STAILQ_FIRST(&waiting)) == NULL) {
		nidle++;
		pthread_cond_wait(&wake, &lock);
		nidle--;
	}
	STAILQ_REMOVE_HEAD(&waiting, link);
	nwaiting--;
	nactive++;
	pthread_mutex_unlock(&lock);
	metrics_level_add(LEVEL_BACKGROUND_WAITING, -1);
	metrics_level_add(LEVEL_BACKGROUND_RUNNING, 1);
	return w;
}

/* One byte wakes the event loop, and only if it was not going to look anyway. */
static void
hand_back(struct work *w, int channel)
{
	bool was_empty;
	ssize_t n;

	metrics_level_add(LEVEL_BACKGROUND_RUNNING, -1);
	pthread_mutex_lock(&lock);
	was_empty = STAILQ_EMPTY(&finished);
	STAILQ_INSERT_TAIL(&finished, w, link);
	if (--nactive == 0)
		pthread_cond_signal(&quiet);
	pthread_mutex_unlock(&lock);
	if (!was_empty)
		return;
	do
		n = send(channel, "", 1, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
}

/* The task that each thread of Kore runs for ever. */
static int
serve(struct kore_task *t)
{
	struct work *w;

	for (;;) {
		w = next_work();
		w->work(w->arg);
		hand_back(w, t->fds[1]);
	}
	return KORE_RESULT_OK;
}

/* In the event loop: a thread has sent a byte. Bytes first, so that no later one is swallowed. */
static void
collect(struct kore_task *t)
{
	struct works taken = STAILQ_HEAD_INITIALIZER(taken);
	struct work *w;
	char bytes[16];

	while (recv(t->fds[0], bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	pthread_mutex_lock(&lock);
	if (!is_stopped)
		STAILQ_CONCAT(&taken, &finished);
	pthread_mutex_unlock(&lock);
	while ((w = STAILQ_FIRST(&taken)) != NULL) {
		STAILQ_REMOVE_HEAD(&taken, link);
		unfinished--;
		if (w->done != NULL)
			w->done(w->arg);
		free(w);
	}
}

/* Lives as long as the process, as Kore's own threads do. */
static void
start_thread(void)
{
	struct kore_task *t = xcalloc(1, sizeof(*t));

	kore_task_create(t, serve);
	kore_task_bind_callback(t, collect);
	kore_task_run(t);
}

void
background_run(void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
	struct work *w;
	bool is_short;

	if (is_stopped)
		return;
	w = xcalloc(1, sizeof(*w));
	w->work = work;
	w->done = done;
	w->arg = arg;
	unfinished++;
	metrics_level_add(LEVEL_BACKGROUND_WAITING, 1);
	pthread_mutex_lock(&lock);
	STAILQ_INSERT_TAIL(&waiting, w, link);
	nwaiting++;
	is_short = nwaiting > nidle && nthreads < kore_task_threads;
	if (is_short)
		nthreads++;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	if (is_short)
		start_thread();
}

int
background_running(void)
{
	return unfinished;
}

static struct timespec
time_after(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

void
background_stop(int patience_ms)
{
	struct timespec until = time_after(patience_ms);
	int rc = 0;

	pthread_mutex_lock(&lock);
	is_stopped = true;
	STAILQ_INIT(&waiting);
	nwaiting = 0;
	while (nactive > 0 && rc == 0)
		rc = pthread_cond_timedwait(&quiet, &lock, &until);
	pthread_mutex_unlock(&lock);
}
