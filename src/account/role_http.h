/*
 * The roles of a session are the provider's word, good for STAFF_ROLES_KEEP_S. Then these steps,
 * part of the way of every request (web_flow.h), ask again by the refresh token:
 *
 *  - new roles are written down and count at once, also when there are none left;
 *  - "no" (signed out, disabled) ends the session;
 *  - no answer, or one that cannot be trusted: no role for this request, the next one asks again.
 *
 * A refresh token is good for one use, so of several requests one asks and the others wait for it.
 * The asking itself is done in the background (role_refresh.h), and all read what came of it from
 * the row: whoever leaves meanwhile takes nothing along.
 */
#ifndef ACCOUNT_ROLE_HTTP_H
#define ACCOUNT_ROLE_HTTP_H

#include "web/web_flow.h"

extern const struct web_step role_http_steps[];
extern const size_t role_http_nsteps;

#endif
