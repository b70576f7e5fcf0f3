/*
 * How far the end of the program has come: a note in memory that all its processes share. The
 * parent writes it (app/stop.c), and everybody may look at it at any time.
 *
 * Before stop_note_init() the phase is STOP_NONE and writing does nothing (unit tests,
 * subcommands).
 */
#ifndef BASE_STOP_NOTE_H
#define BASE_STOP_NOTE_H

#include <stdbool.h>

enum stop_phase {
	STOP_NONE,    /* not at all */
	STOP_LEAVING, /* no new visitors, please: /readyz says so, all else goes on */
	STOP_CLOSING, /* no connection is taken any more */
	STOP_CLOSED,  /* none has been since; requests under way are answered */
	STOP_NOW
};

/* The highest worker id that can say it is quiet; WORKERS allows no higher one. */
#define STOP_NOTE_WORKERS_MAX 255

/* Makes the note, in the parent before the fork. */
void stop_note_init(void);
enum stop_phase stop_note_read(void);
/* Goes on to a later phase; an earlier one is not gone back to. */
void stop_note_advance(enum stop_phase);
/* Worker `id`, from 1, has nothing to finish, or has again. */
void stop_note_quiet(int id, bool is_quiet);
/* True if all of the workers 1 to n are quiet. */
bool stop_note_is_quiet(int n);

#endif
