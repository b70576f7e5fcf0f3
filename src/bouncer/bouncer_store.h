/* The table bouncers and what hangs on it, for pages. */
#ifndef BOUNCER_BOUNCER_STORE_H
#define BOUNCER_BOUNCER_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "bouncer/network.h"
#include "bouncer/outage.h"
#include "clients/soju_admin.h"
#include "db/db_query.h"
#include "source/source.h"

struct bouncer_list {
	struct bouncer *v;
	size_t n;
};

/* Of one account, in the order they were made. */
void bouncer_store_list(struct db_query *, int64_t user_id);
enum err bouncer_store_list_read(struct bouncer_list *, struct arena *, const PGresult *);

/* ERR_NOT_FOUND: this account has none of this name. */
void bouncer_store_find(struct db_query *, int64_t user_id, const char *name);
enum err bouncer_store_find_read(struct bouncer *, struct arena *, const PGresult *);
/* Of those that this provisioner made and that are ready; read as above. */
void bouncer_store_oldest(struct db_query *, const char *provisioner);

struct bouncer_request {
	const char *name;
	const char *provisioner;
	const char *once; /* what the form carried: the same one makes no second bouncer */
	int64_t bouncers_max, max_networks, history_days; /* of the plan; history -1: soju's own */
	const struct network_form *network;		  /* NULL: none for now */
};
enum bouncer_made {
	BOUNCER_MADE,
	BOUNCER_MADE_BEFORE, /* by this very form */
	BOUNCER_TOO_MANY,
	BOUNCER_NAME_TAKEN,
	BOUNCER_CROSSED, /* another form took the place at the same moment: try again */
	BOUNCER_MADE__MAX
};
/* The row in state requested, with its wish. A name that is a user of soju already, made by hand
 * for a bouncer of another name, is taken as well. */
void bouncer_store_make(struct db_query *, int64_t user_id, const struct bouncer_request *);
enum err bouncer_store_make_read(enum bouncer_made *, const PGresult *);
/* Answers one truth: whether the name is free. */
void bouncer_store_is_free(struct db_query *, const char *name);

/* Each answers one number: of the rows changed, 0 if it is not in a state for it, made by hand, or
 * somebody else's. */
void bouncer_store_restart(struct db_query *, int64_t user_id, const char *name);
/* One that was never ready, and any without grace, is removed at once and for good; also one that
 * is being deleted already, if the owner does not want to wait (grace_s 0). */
void bouncer_store_delete(struct db_query *, int64_t user_id, const char *name, int64_t grace_s);
void bouncer_store_undelete(struct db_query *, int64_t user_id, const char *name);
/* After a failure: from where it stopped; what was started is started anew. Of one that is ready:
 * the network that its soju refused. */
void bouncer_store_retry(struct db_query *, int64_t user_id, const char *name);
/* That network is not to be told of any more. No rows. */
void bouncer_store_forget_wish(struct db_query *, int64_t user_id, const char *name);

/* A network as it was last told. */
struct bouncer_network {
	const char *name, *address;
	enum soju_link link;
	int64_t since; /* in this state; 0: since before it was first seen */
	const char *nick;
	int64_t channels; /* -1: not told */
	const char *error;
	int64_t sampled_at;
};

/* All that the page of a bouncer shows. */
struct bouncer_page_facts {
	struct bouncer bouncer;
	struct bouncer_network *networks;
	size_t nnetworks;
	struct bouncer_day *days; /* by network, then day; of the last 30 days */
	size_t ndays;
	const char *refusal; /* why the network that was asked for with it is not there; NULL */
	struct source_state soju_state, kube_state;
	struct soju_answer soju; /* channels, messages; see source.h */
	struct kube_answer kube;
	int64_t read_at;
};
/* One statement. ERR_NOT_FOUND as above. */
void bouncer_store_page(struct db_query *, int64_t user_id, const char *name);
enum err bouncer_store_page_read(struct bouncer_page_facts *, struct arena *, const PGresult *);
/* What may have changed while the page waited: what the sources told, in place of what is there. */
void bouncer_store_page_sources(struct db_query *, const struct bouncer *);
enum err bouncer_store_page_sources_read(
    struct bouncer_page_facts *, struct arena *, const PGresult *);

#endif
