/*
 * The inbox: every hint at a change at Stripe, kept once, obeyed later and in any order
 * (stripe_events). What came by webhook, what the hourly look at the list of events found, what the
 * page after the checkout says, and what customers without an account wait for.
 */
#ifndef BILLING_INBOX_STORE_H
#define BILLING_INBOX_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

enum inbox_source { INBOX_WEBHOOK, INBOX_GAP, INBOX_RETURN, INBOX_UNLINKED, INBOX_SOURCE__MAX };
extern const char *const inbox_source_words[INBOX_SOURCE__MAX];
enum inbox_state { INBOX_WAITING, INBOX_DONE, INBOX_IGNORED, INBOX_FAILED, INBOX_STATE__MAX };
extern const char *const inbox_state_words[INBOX_STATE__MAX];

struct inbox_event {
	const char *id, *type, *object_id, *api_version; /* the last two may be NULL */
	const char *body;				 /* NULL: none (any more) */
	enum inbox_source source;
	enum inbox_state state;
	bool is_live;
	int64_t created_at, received_at, due_at, ended_at; /* Unix seconds, 0: none */
	int64_t received_us;				   /* the same, for the pager */
	int64_t attempts;				   /* since it came, or was replayed */
	const char *effect, *error;
};

/*
 * Keeps it, to be obeyed at due_at (0: now), unless there is one with its id; what it is otherwise
 * known for, state and times of ours, is not looked at. One row, true if it is new. One statement,
 * so that it is stored when it is answered. The body must be UTF-8 without NUL.
 */
void inbox_store_put(struct db_query *, const struct inbox_event *);
enum err inbox_store_put_read(const PGresult *, bool *is_new);

/* ---- For whoever obeys them (billing/inbox.h) ---- */

/*
 * Takes up to n that are due, for `lease_s` seconds, after which others may take them again (a
 * worker that died); several may ask at once. Rows without bodies, oldest first.
 */
void inbox_store_claim(struct db_query *, int64_t n, int64_t lease_s);
enum err inbox_store_rows(const PGresult *, struct arena *, struct inbox_event **, size_t *n);
/* It was obeyed, or is of no interest; `effect` may be NULL. */
void inbox_store_end(struct db_query *, const char *id, enum inbox_state, const char *effect);
/*
 * Its attempt of that number failed: tried again `retry_s` seconds from now, or, with 0, not before
 * an admin replays it. Nothing if somebody else is at another attempt meanwhile.
 */
void inbox_store_fail(
    struct db_query *, const char *id, int64_t attempts, const char *error, int64_t retry_s);
/*
 * Forgets bodies older than `body_days` and deletes ended events older than `days`, some thousands
 * at a time: whoever asks, asks again until the one number, how many it was, is 0. Stripe's list of
 * events reaches 30 days back, so `days` must be more, or the hourly look finds them all anew.
 */
void inbox_store_purge(struct db_query *, int64_t body_days, int64_t days);

/* ---- For admins ---- */

struct inbox_filter {
	enum inbox_state state; /* INBOX_STATE__MAX: all */
	const char *type;	/* NULL: all */
	const char *text;	/* an id of an event or an object; NULL: all */
	int64_t before_us; /* the pager: those received before this moment and id; 0: the newest */
	const char *before_id;
	bool is_live;
};

/* A page of n, newest first, without bodies; inbox_store_rows() reads it. */
void inbox_store_page(struct db_query *, const struct inbox_filter *, int64_t n);
/* One, with its body; no row if there is none. inbox_store_rows() reads it. */
void inbox_store_one(struct db_query *, const char *id);
/* Sends the one with that id again, whatever its state. Answers one number: 1, or 0: there is none.
 */
void inbox_store_replay(struct db_query *, const char *id);

#define INBOX_REPLAY_MAX 10000 /* at once; each asks Stripe something */

/* Events that ended in one way and were received in [from, until), Unix seconds. */
struct inbox_range {
	enum inbox_state state;
	const char *type; /* NULL: all */
	int64_t from, until;
	bool is_live;
};

/* Sends them again, the oldest INBOX_REPLAY_MAX. Answers one number: how many it was. */
void inbox_store_replay_range(struct db_query *, const struct inbox_range *);
/* How many that would be. One number. */
void inbox_store_count_range(struct db_query *, const struct inbox_range *);

#define INBOX_COUNT_MAX 10000 /* what is more is not counted: counting must not grow */

struct inbox_counts {
	int64_t waiting, failed; /* up to INBOX_COUNT_MAX + 1: that many or more */
	int64_t waiting_since;	 /* when the oldest that waits was received; 0: none waits */
};

void inbox_store_counts(struct db_query *, bool is_live);
enum err inbox_store_counts_read(const PGresult *, struct inbox_counts *);

#endif
