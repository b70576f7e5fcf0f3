/* The figures of people, read from the accounts database all at once. */
#ifndef USERS_USER_FIGURES_STORE_H
#define USERS_USER_FIGURES_STORE_H

#include <stdbool.h>

#include "db/db_query.h"
#include "users/user_figures.h"

/* What this portal can know. */
struct user_figures_scope {
	bool has_billing;
	bool is_live;	   /* of Stripe's objects, the live ones and not those of tests */
	bool has_bouncers; /* some soju tells who is connected */
};

/*
 * Rows for figure_list_read(), as of the last events_fold(). Reads account_seen once, and else only
 * what is in the windows of the figures. What cannot be known has no row.
 */
void user_figures_store_ask(struct db_query *, struct user_figures_scope);

#endif
