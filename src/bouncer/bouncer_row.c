#include "bouncer/bouncer_row.h"

static void
read_ints(struct db_row *r, struct bouncer *b)
{
	b->id = db_row_int(r);
	b->user_id = db_row_int_or(r, 0);
	b->created_at = db_row_int(r);
	b->state_at = db_row_int(r);
	b->ready_at = db_row_int_or(r, 0);
	b->max_networks = db_row_int_or(r, -1);
	b->history_days = db_row_int_or(r, -1);
	b->suspended_at = db_row_int_or(r, 0);
	b->wanted = db_row_int(r);
	b->applied = db_row_int(r);
	b->attempts = db_row_int(r);
	b->delete_after = db_row_int_or(r, 0);
	b->sampled_at = db_row_int_or(r, 0);
	b->networks_at = db_row_int_or(r, 0);
	b->is_up = (int)db_row_int_or(r, -1);
	b->clients = db_row_int_or(r, -1);
	b->running_since = db_row_int_or(r, 0);
	b->restarts = db_row_int_or(r, 0);
}

/* Where it failed; the first state if it did not: nobody asks then. */
static enum bouncer_state
state_or_none(struct db_row *r)
{
	if (!db_row_is_null(r))
		return (enum bouncer_state)db_row_word(r, bouncer_state_words, BOUNCER_STATE__MAX);
	db_row_skip(r);
	return BOUNCER_REQUESTED;
}

void
bouncer_row_read(struct db_row *r, struct arena *a, struct bouncer *b)
{
	*b = (struct bouncer){ 0 };
	read_ints(r, b);
	b->name = db_row_text(r, a);
	b->soju_username = db_row_text(r, a);
	b->provisioner = db_row_text(r, a);
	b->state = (enum bouncer_state)db_row_word(r, bouncer_state_words, BOUNCER_STATE__MAX);
	b->failed_in = state_or_none(r);
	b->suspended_why = db_row_text(r, a);
	b->failure = db_row_text(r, a);
	b->version = db_row_text(r, a);
}
