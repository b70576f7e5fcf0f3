/* A line of IRC as its parts. Pure. */
#ifndef CLIENTS_IRC_LINE_H
#define CLIENTS_IRC_LINE_H

#include <stdbool.h>
#include <stddef.h>

#define IRC_LINE_WORDS_MAX 15 /* as RFC 2812 */

struct irc_line {
	char *nick;	     /* who it is from, without user and host; "": nobody is named */
	const char *command; /* as it came */
	const char *words[IRC_LINE_WORDS_MAX];
	size_t n;
};

/* Cuts the line, without its end, into parts that point into it. False: it is no line of IRC. */
bool irc_line_read(struct irc_line *, char *line);
/* The last of the words, "" if there is none: what is said, most often. */
const char *irc_line_last(const struct irc_line *);

#endif
