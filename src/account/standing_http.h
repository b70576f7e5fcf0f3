/*
 * Who acts at txt or pics, and how the account stands with the portal, which alone knows API
 * tokens, plans and bans: asked there, believed for 30 s (caller_cache.h). While the portal does
 * not answer, who is signed in goes on with what was last known; a token that is not remembered
 * cannot be believed.
 */
#ifndef ACCOUNT_STANDING_HTTP_H
#define ACCOUNT_STANDING_HTTP_H

#include "clients/portal_api.h"
#include "web/web_flow.h"

/* For web_flow_set_caller_steps(). */
extern const struct web_step standing_http_steps[];
extern const size_t standing_http_nsteps;

/* Where the portal is asked; false: PORTAL_INTERNAL_URL is not set. */
bool standing_http_portal(struct portal_api *);
/*
 * For who is just signing in: fills the call, if one is needed, and reads its reply. `account->sub`
 * stays NULL when nothing is known.
 */
enum err standing_http_ask(
    struct web_flow *, struct call_request *, const char *sub, struct portal_account *);
void standing_http_learn(struct web_flow *, const struct call_reply *, struct portal_account *);

#endif
