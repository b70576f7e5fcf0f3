/* Remembers how a visitor first came here (visit.h), in a cookie, until there is an account. */
#ifndef ACCOUNT_VISIT_HTTP_H
#define ACCOUNT_VISIT_HTTP_H

#include "account/visit.h"
#include "web/web_flow.h"

/* Sets the cookie on the first page of somebody who is not signed in. */
void visit_http_remember(struct web_flow *);
/* What the cookie says, else what this very request does. */
void visit_http_read(struct web_flow *, struct visit *);
/* Deletes the cookie: the account knows it now. */
void visit_http_forget(struct web_flow *);

#endif
