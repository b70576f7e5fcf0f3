/*
 * What is asked of a running soju, one function for each thing. All block (tasks only) and return
 * what soju_door_run() does, and besides:
 *
 *	ERR_NOT_FOUND	no such user or network
 *	ERR_CONFLICT	a user or network of this name is there already
 *	ERR_FORBIDDEN	over the limit of networks
 *	ERR_METHOD	this soju is too old for it
 *	ERR_INVALID	soju refused it for another reason, or it is nothing that can be asked for;
 *			`why` says it in soju's words
 */
#ifndef BOUNCER_SOJU_OPS_H
#define BOUNCER_SOJU_OPS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/network.h"
#include "clients/soju_admin.h"
#include "clients/soju_door.h"

struct soju_ops {
	struct soju_door *door;
	struct arena *arena;
	const char *user; /* whose bouncer it is */
	const char *why;  /* what soju said when it refused; NULL */
};

/*
 * With a password that nobody knows, and with that limit; one that is there already gets the limit.
 * -1: none. A soju before 0.9 keeps none, and then only our own pages do; of these functions only
 * soju_ops_set_max_networks() tells so, by ERR_METHOD.
 */
enum err soju_ops_make_user(struct soju_ops *, int64_t max_networks);
enum err soju_ops_drop_user(struct soju_ops *); /* one that is gone is fine */
/* Of 72 bytes at most: soju takes no longer ones. */
enum err soju_ops_set_password(struct soju_ops *, const char *password);
enum err soju_ops_set_enabled(struct soju_ops *, bool is_enabled);
enum err soju_ops_set_max_networks(struct soju_ops *, int64_t max_networks);

enum err soju_ops_status(struct soju_ops *, struct soju_status_list *);
/* With its channels. One of which not all could be told to soju is taken away again. */
enum err soju_ops_add_network(struct soju_ops *, const struct network_form *);
/*
 * `name` is its name until now. Whatever is empty stays as it is, for nothing tells us what it is;
 * channels are joined besides those that it has.
 */
enum err soju_ops_change_network(struct soju_ops *, const char *name, const struct network_form *);
enum err soju_ops_enable_network(struct soju_ops *, const char *name, bool is_enabled);
enum err soju_ops_drop_network(struct soju_ops *, const char *name);
/* Waits for no answer of the network: joins now, or as soon as it is connected. Channels that are
 * there already are fine. */
enum err soju_ops_join(struct soju_ops *, const char *network, const char *const *channels);

/* To everybody who is connected to this soju. */
enum err soju_ops_notice(struct soju_ops *, const char *text);

#endif
