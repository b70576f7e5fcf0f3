/*
 * A connection to a soju that takes BouncerServ's commands: its admin socket (soju's `listen
 * unix+admin://`), or, where no such socket is within reach, an IRC connection (ircs://, or
 * irc+insecure:// inside a cluster) as an admin of soju. Blocks; for tasks only.
 */
#ifndef CLIENTS_SOJU_DOOR_H
#define CLIENTS_SOJU_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct soju_door_target {
	const char *address; /* a path, "unix:///run/soju/admin", "ircs://host:6697", … */
	const char *login;   /* of an admin of soju; NULL for a socket */
	const char *password;
	const char *ca_file; /* NULL: the system's certificates */
	int timeout_ms;	     /* of all that is done with it together */
	/* Told of the opening and of each exchange, to count it (clients know no metrics); NULL:
	 * nobody is. */
	void (*note)(enum err, int64_t duration_us);
};

struct soju_door;

/* What soju printed. Texts live in the arena that soju_door_run() was given. */
struct soju_reply {
	const char **lines;
	size_t n;
	const char *refusal; /* what it said in place of doing it; NULL: it did it */
};

/*
 * On failure NULL, and *e says why: ERR_UPSTREAM (nobody there, cut, not soju), ERR_TIMEOUT,
 * ERR_FORBIDDEN (it does not let us in), ERR_INVALID (the address). `why`, if not NULL, gets a
 * sentence for the log, without secrets, in the arena.
 */
struct soju_door *soju_door_open(
    const struct soju_door_target *, struct arena *, enum err *e, const char **why);
/*
 * Sends the words as one command and waits for the end of its answer. ERR_INVALID: cannot be sent
 * (see soju_admin_command); ERR_UPSTREAM, ERR_TIMEOUT: the connection broke, and whether it was
 * done is not known; the door is of no use any more. ERR_OK with a refusal is an answer.
 */
enum err soju_door_run(
    struct soju_door *, struct arena *, const char *const *words, struct soju_reply *);
/*
 * Several commands one behind the other without waiting in between; calls read(arg, i, reply) for
 * each, in order. The arena given to read() is emptied after it.
 */
enum err soju_door_run_many(struct soju_door *, const char *const *const *commands, size_t n,
    void (*read)(void *arg, size_t i, struct arena *, const struct soju_reply *), void *arg);
void soju_door_close(struct soju_door *); /* NULL is fine */

#endif
