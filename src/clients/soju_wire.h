/*
 * Lines to and from a soju, over a Unix socket, TCP or TLS, until a deadline. Blocks; what waits to
 * be sent is sent while an answer is waited for, so that neither side waits for the other.
 */
#ifndef CLIENTS_SOJU_WIRE_H
#define CLIENTS_SOJU_WIRE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "clients/soju_door.h"

struct soju_wire;

/* As soju_door_open(), but nobody has logged in. */
struct soju_wire *soju_wire_open(
    const struct soju_door_target *, struct arena *, enum err *, const char **why);
/* Whether it is a connection of IRC; else it is an admin socket. */
bool soju_wire_is_irc(const struct soju_wire *);
/* Puts a line, without its end, behind what waits to be sent. It may hold a password. */
void soju_wire_put(struct soju_wire *, const char *before, const char *line);
/*
 * The next line without its end, valid and writable until the next call. ERR_TIMEOUT; ERR_UPSTREAM:
 * closed, or a line that is too long.
 */
enum err soju_wire_line(struct soju_wire *, char **line);
void soju_wire_close(struct soju_wire *); /* NULL is fine */

#endif
