/*
 * Requests that bring an API token instead of a session. A token that turns out to be none costs
 * the address one from the bucket of LIMIT_TOKEN; when that is empty nobody is asked for tokens
 * from there any more, for a while. Good ones that are remembered (account/caller_cache.h) go on.
 */
#ifndef WEB_WEB_TOKEN_H
#define WEB_WEB_TOKEN_H

#include "web/web_flow.h"

/* The text behind "Authorization: Bearer"; NULL: the request brings none. */
const char *web_token_text(struct web_flow *);
/* Before the portal is asked about one: ERR_TOO_MANY if too many from this address were none. */
enum err web_token_look(struct web_flow *);
/*
 * Refuses one that is none, with a sentence for the page: ERR_UNAUTHORIZED, with its header, or
 * ERR_TOO_MANY.
 */
enum err web_token_refuse(struct web_flow *, const char *sentence);

#endif
