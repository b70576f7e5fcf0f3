/*
 * The audit trail. A row is written before the thing it tells of is shown or done, by a statement
 * of its own, on the primary; if that fails, nothing is shown and nothing is done.
 */
#ifndef AUDIT_AUDIT_STORE_H
#define AUDIT_AUDIT_STORE_H

#include "db/db_query.h"

struct audit_entry {
	const char *actor_sub; /* who; not NULL */
	const char *action;    /* "subscriptions.list": a literal; not NULL */
	const char *resource;  /* of what, "account 17"; NULL: nothing in particular */
	const char *address;   /* the client's, as text; what is no IP address is left out */
};

void audit_store_add(struct db_query *, const struct audit_entry *);

#endif
