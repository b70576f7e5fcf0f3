/*
 * Work that may block, done in a thread of this worker while the event loop goes on.
 *
 * Kore gives each task to the next thread in turn, so one slow task holds up those behind it while
 * other threads idle; and each task costs two descriptors from the moment it is queued. Here every
 * thread of Kore (task_threads) runs one task that never ends and takes the next work from one
 * queue: whoever is free comes first, and the number of descriptors is fixed.
 */
#ifndef JOBS_BACKGROUND_H
#define JOBS_BACKGROUND_H

/*
 * Calls work(arg) in a thread, then done(arg) in the event loop; `done` may be NULL and may call
 * background_run() again. Both always run, unless the worker ends first. Work belongs to no
 * request: `arg` must be alive until done() and is freed there, by the caller's own means. `work`
 * may use libpq, libcurl, base/ and metrics, and nothing of Kore. Call it from the event loop only.
 */
void background_run(void (*work)(void *arg), void (*done)(void *arg), void *arg);
/* Works given whose done() has not been called yet, in this worker. */
int background_running(void);
/*
 * For the end of the worker: forgets the works that wait and gives those under way `patience_ms`
 * to come to an end, so that no thread is amid its work while the process tears itself down. No
 * done() is called any more, and background_run() does nothing.
 */
void background_stop(int patience_ms);

#endif
