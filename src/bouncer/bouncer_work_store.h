/*
 * The table bouncers for the job that takes each to where it is wanted. Whoever takes one has it
 * for a while (the lease); each change asks whether it is still in the state that was read, and the
 * lease still the same. What is asked of a bouncer meanwhile is never lost: it raises `wanted`.
 */
#ifndef BOUNCER_BOUNCER_WORK_STORE_H
#define BOUNCER_BOUNCER_WORK_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "db/db_query.h"

/* What the form that made it asked for besides. */
struct bouncer_wish {
	const char *network, *address, *nick;
	const char *channels; /* with blanks between */
};

/* A bouncer that is ours for a while. */
struct bouncer_task {
	struct bouncer bouncer;
	int64_t restarted_at; /* 0: never asked for */
	bool is_restart_due;  /* it was asked for since something was last applied */
	bool is_enabled;      /* not suspended, not being deleted, its account not banned */
	const char *lease;    /* proves that it is ours */
	const struct bouncer_wish *wish; /* NULL: none */
	int64_t notice_id;		 /* 0: none */
	const char *notice;
	bool is_notice_late; /* nobody wants to read it any more */
	bool is_untouched;   /* removing: nothing was made of it, see provisioner.h */
	int64_t waits;	     /* so often it was under way when it was looked at */
	int64_t now;	     /* on the clock of all these times */
};

/* How many could be taken, at most `most`; none of the `n` provisioners that have enough to do. One
 * number. */
void bouncer_work_store_look(struct db_query *, int64_t most, const char *const *busy, size_t n);
/*
 * Takes one that is due, for `lease_s` seconds; none of those provisioners.
 * Read by bouncer_work_store_read(), as are all that follow unless they say otherwise.
 */
void bouncer_work_store_claim(
    struct db_query *, int64_t lease_s, const char *const *busy, size_t n);
/* ERR_NOT_FOUND: no row; none was due, or it is not ours or not in that state any more. */
enum err bouncer_work_store_read(struct bouncer_task *, struct arena *, const PGresult *);

/*
 * These go on from what the task is in, and extend its lease to `lease_s` from now. applied: what
 * is made so by now, of `wanted`.
 */
void bouncer_work_store_move(struct db_query *, const struct bouncer_task *, enum bouncer_state to,
    int64_t applied, int64_t lease_s);
/* applied → ready; the first time with the event that tells of it. With a wish it is not done yet:
 * `wanted` goes up. */
void bouncer_work_store_ready(struct db_query *, const struct bouncer_task *, int64_t lease_s);
/* It is as the task says it is wanted. Its wish, if it had one, is fulfilled, or refused as
 * `failure` says; the row that is read still has it. */
void bouncer_work_store_changed(
    struct db_query *, const struct bouncer_task *, const char *failure, int64_t lease_s);
/* Its notice is sent, or never will be. */
void bouncer_work_store_told(struct db_query *, const struct bouncer_task *, int64_t lease_s);

/* These end the lease; no rows. */
void bouncer_work_store_failed(struct db_query *, const struct bouncer_task *, const char *failure);
/* Later again, unless something else is wanted of it meanwhile. is_under_way: it was no attempt in
 * vain, but is not done yet. */
void bouncer_work_store_put_off(struct db_query *, const struct bouncer_task *, int64_t wait_s,
    bool is_under_way, const char *failure);
void bouncer_work_store_release(struct db_query *, const struct bouncer_task *);
/* removing → gone, with the event that tells of it if it had ever been ready. One number: 1 if it
 * was ours. */
void bouncer_work_store_gone(struct db_query *, const struct bouncer_task *);

/* Limits of plans: networks of each bouncer, days of history where each has its own soju. */
struct bouncer_limits {
	const char *plan;
	int64_t networks, history_days;
};
/* Gives every bouncer what its account's plan has. Answers one number: of those that changed. */
void bouncer_work_store_follow_plans(struct db_query *, const struct bouncer_limits *, size_t n);

/* Figures for metrics. */
struct bouncer_figures {
	int64_t states[BOUNCER_STATE__MAX]; /* those made by hand left out */
	int64_t waiting_s; /* since when the one that is due longest is due; 0: none is */
};
void bouncer_work_store_figures(struct db_query *);
enum err bouncer_work_store_figures_read(struct bouncer_figures *, const PGresult *);

#endif
