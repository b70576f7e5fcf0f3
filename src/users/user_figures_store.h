/* The figures of people, read from the accounts database all at once. */
#ifndef USERS_USER_FIGURES_STORE_H
#define USERS_USER_FIGURES_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "figures/figure_store.h"
#include "users/user_figures.h"

/*
 * As of the last events_fold(). Reads account_seen once, and else only what is in the windows of
 * the figures. Who pays is asked of the live or the test objects of Stripe; without billing it is
 * not known.
 */
void user_figures_store_ask(struct db_query *, bool is_billing_set_up, bool is_live);
/* Adds what is known. */
enum err user_figures_store_read(const PGresult *, struct arena *, struct figure_list *);

#endif
