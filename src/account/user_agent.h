/* Which browser it was, from its own User-Agent header: something to recognise, not to rely on. */
#ifndef ACCOUNT_USER_AGENT_H
#define ACCOUNT_USER_AGENT_H

#include "base/arena.h"

#define USER_AGENT_BYTES_MAX 200 /* as the table sessions takes them */

/*
 * What is kept of the header: printable ASCII, "?" for all else, cut to USER_AGENT_BYTES_MAX. NULL
 * for NULL and for "".
 */
const char *user_agent_keep(struct arena *, const char *header);
/* "Firefox on Linux", "Lynx", "A browser on Windows"; "An unknown browser" also for NULL. */
const char *user_agent_words(struct arena *, const char *kept);

#endif
