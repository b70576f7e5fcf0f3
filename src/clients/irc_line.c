#include "clients/irc_line.h"

#include <string.h>

/* Ends the part at `at` and returns the start of the next, "" if there is none. */
static char *
next_part(char *at)
{
	at += strcspn(at, " ");
	if (*at == ' ')
		*at++ = '\0';
	return at + strspn(at, " ");
}

static char *
read_source(struct irc_line *l, char *at)
{
	l->nick = at + strlen(at);
	if (*at == '@') /* tags of IRCv3 */
		at = next_part(at);
	if (*at == ':') {
		l->nick = at + 1;
		at = next_part(at);
		l->nick[strcspn(l->nick, "!@")] = '\0';
	}
	return at;
}

bool
irc_line_read(struct irc_line *l, char *line)
{
	char *at = read_source(l, line);

	l->command = at;
	l->n = 0;
	if (*at == '\0' || *at == ' ')
		return false;
	for (at = next_part(at); *at != '\0' && l->n < IRC_LINE_WORDS_MAX; at = next_part(at)) {
		l->words[l->n] = at;
		if (*at == ':' || l->n + 1 == IRC_LINE_WORDS_MAX) {
			l->words[l->n++] += *at == ':';
			break;
		}
		l->n++;
	}
	return true;
}

const char *
irc_line_last(const struct irc_line *l)
{
	return l->n > 0 ? l->words[l->n - 1] : "";
}
