/*
 * BouncerServ's language: commands to soju and what it prints. Pure; soju_door.h carries it.
 * Sources: soju's service.go and doc/soju.1.scd (0.6 to 0.10).
 */
#ifndef CLIENTS_SOJU_ADMIN_H
#define CLIENTS_SOJU_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

#define SOJU_COMMAND_MAX 4000 /* bytes of a command line; soju reads lines of 4096 */

/*
 * Appends the command line of `words` (NULL after the last), each quoted so that soju's splitting
 * gives back exactly these words, an empty one included. ERR_INVALID: a word has CR, LF, NUL or is
 * no UTF-8, or the whole is longer than SOJU_COMMAND_MAX; nothing is appended.
 */
enum err soju_admin_command(struct strbuf *line, const char *const *words);

/* The token that `user delete` wants besides the name: the first six digits of its SHA-1. */
void soju_admin_delete_token(char token[7], const char *username);

enum soju_link { SOJU_LINK_CONNECTED, SOJU_LINK_DISCONNECTED, SOJU_LINK_DISABLED, SOJU_LINK__MAX };
extern const char *const soju_link_words[SOJU_LINK__MAX]; /* as in bouncer_networks.state */

/* A line of `network status`. */
struct soju_status {
	const char *name, *address; /* the same where the network has no name */
	enum soju_link link;
	const char *nick;  /* NULL: not told */
	int64_t channels;  /* joined; -1: not told */
	const char *error; /* why it is not connected, in soju's words; NULL: not told */
};
struct soju_status_list {
	struct soju_status *v;
	size_t n;
	int64_t asked_us; /* when soju was asked, Unix microseconds; set by whoever asked */
};

/*
 * What `network status` printed, line by line. A line that is not understood (a later soju) is left
 * out; ERR_UPSTREAM if none of several is understood.
 */
enum err soju_admin_read_status(
    struct soju_status_list *, struct arena *, const char *const *lines, size_t n);

/*
 * soju's words for why a network is not connected, as a sentence for its user: "The server refused
 * the connection." NULL becomes a sentence, too. What is not known is quoted, cut to 200 bytes.
 */
const char *soju_admin_plain_error(struct arena *, const char *error);

#endif
