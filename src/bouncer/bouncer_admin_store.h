/* All bouncers, whoever owns them, for those who look after operations; and what they tell people
 * through them. */
#ifndef BOUNCER_BOUNCER_ADMIN_STORE_H
#define BOUNCER_BOUNCER_ADMIN_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "db/db_query.h"

/* A sample that is older says nothing about now. */
#define BOUNCER_ADMIN_FRESH_S 300

/* A bouncer, its owner, and its networks by how they were at the last sample. */
struct bouncer_admin {
	struct bouncer bouncer;		      /* here restarts -1: not known */
	const char *owner_name, *owner_email; /* may be NULL */
	const char *owner_sub;		      /* NULL: the account is gone */
	int64_t networks, networks_up, networks_off;
	int64_t restarted_at, next_try_at;
	bool has_notice; /* one has still to be sent through it */
};
struct bouncer_admin_list {
	struct bouncer_admin *v;
	size_t n;
};

enum bouncer_admin_provisioner {
	BOUNCER_BY_NONE,
	BOUNCER_BY_SOJU,
	BOUNCER_BY_KUBERNETES,
	BOUNCER_BY__MAX
};
extern const char *const bouncer_admin_provisioner_words[BOUNCER_BY__MAX];

struct bouncer_admin_filter {
	enum bouncer_state state; /* BOUNCER_STATE__MAX: all */
	bool is_suspended;	  /* only those */
	bool is_in_trouble; /* only what failed, is tried in vain, or is down and should not be */
	enum bouncer_admin_provisioner by; /* BOUNCER_BY__MAX: all */
	const char *text;  /* part of its name, or of its owner's name or e-mail; NULL: all */
	const char *after; /* the pager: those behind this name; NULL: from the beginning */
};

/* A page of n, by name. */
void bouncer_admin_store_page(struct db_query *, const struct bouncer_admin_filter *, int64_t n);
/* The one of that name; no row if there is none. */
void bouncer_admin_store_one(struct db_query *, const char *name);
enum err bouncer_admin_store_rows(struct bouncer_admin_list *, struct arena *, const PGresult *);

enum bouncer_admin_act {
	BOUNCER_ACT_RESTART, /* ready, and not suspended */
	BOUNCER_ACT_SUSPEND, /* whatever is not suspended and not being taken away */
	BOUNCER_ACT_RESUME,  /* suspended, and not being taken away */
	BOUNCER_ACT_RETRY,   /* failed, or tried in vain so far */
	BOUNCER_ACT__MAX
};
extern const char *const bouncer_admin_act_words[BOUNCER_ACT__MAX];

/* Whether it is in a state for it; never one that was made by hand. The same rule as the statement
 * has. */
bool bouncer_admin_may(const struct bouncer *, enum bouncer_admin_act);

/* `why` is what its owner reads, of SUSPEND only. */
void bouncer_admin_store_act(
    struct db_query *, enum bouncer_admin_act, const char *name, const char *why);
/*
 * *is_done: it was in a state for it. If not, `b` tells what it is like: provisioner, state and
 * suspended_at only. ERR_NOT_FOUND: there is none of this name.
 */
enum err bouncer_admin_store_act_read(
    struct bouncer *b, bool *is_done, struct arena *, const PGresult *);

/* ---- Notices ---- */

#define BOUNCER_NOTICE_MAX 350 /* bytes: soju's line to each client has 512 */

struct bouncer_notice {
	int64_t id;
	const char *text;
	const char *actor, *bouncer; /* who sent it; for which one only, NULL: all */
	int64_t created_at;
	int64_t sojus, waiting; /* so many were to tell it, of which so many have not yet */
};
struct bouncer_notice_list {
	struct bouncer_notice *v;
	size_t n;
};

/*
 * How many sojus would tell a notice to the bouncer of this name (NULL: all) at this moment. One
 * soju that several share tells all of them, so it counts once, and none of its bouncers can be
 * told something by itself.
 */
void bouncer_admin_store_sojus(struct db_query *, const char *bouncer);
struct bouncer_sojus {
	int64_t own, shared; /* sojus of one bouncer each; 1 if there is a shared one, else 0 */
	int64_t bouncers;    /* that are behind them */
	bool is_there;	     /* a bouncer of the name; true for NULL */
	bool is_shared;	     /* and it is one of several in its soju */
};
enum err bouncer_admin_store_sojus_read(struct bouncer_sojus *, const PGresult *);

struct bouncer_notice_form {
	const char *text, *actor_sub;
	const char *bouncer; /* NULL: all */
	const char *once;    /* what the form carried: the same one sends nothing a second time */
};
enum bouncer_notice_sent {
	BOUNCER_NOTICE_SENT,
	BOUNCER_NOTICE_SENT_BEFORE, /* by this very form */
	BOUNCER_NOTICE_NOBODY,	    /* no soju could tell it */
	BOUNCER_NOTICE__MAX
};
/* Kept, and given to the sojus; one that a soju has not told yet is replaced there. */
void bouncer_admin_store_notice(struct db_query *, const struct bouncer_notice_form *);
enum err bouncer_admin_store_notice_read(enum bouncer_notice_sent *, const PGresult *);

/* The newest n of those before that id (0: of all). */
void bouncer_admin_store_notices(struct db_query *, int64_t before, int64_t n);
enum err bouncer_admin_store_notices_rows(
    struct bouncer_notice_list *, struct arena *, const PGresult *);

#endif
