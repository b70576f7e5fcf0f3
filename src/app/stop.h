/*
 * Stopping for certain. Kore 4.1.0 tells each worker once, by a signal, and a worker that is just
 * starting forgets it (kore_signal_setup() clears what has come); the parent then waits for that
 * worker for ever. So the parent also leaves a note in shared memory, and workers look at it.
 */
#ifndef APP_STOP_H
#define APP_STOP_H

/* Makes the note; called once, before the fork. */
void stop_init(void);
/* Ends this worker if the parent has told all of them to; called every half second or so. */
void stop_tick(void);

#endif
