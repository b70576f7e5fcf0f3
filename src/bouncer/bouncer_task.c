/* See bouncer_task.h. */
#include "bouncer/bouncer_task.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/xmalloc.h"
#include "bouncer/health.h"
#include "bouncer/provisioner.h"
#include "bouncer/soju_ops.h"
#include "db/db_sync.h"

#define WHY_POINTS 200

struct bouncer_order *
bouncer_order_new(enum bouncer_op op, const struct bouncer *b)
{
	struct bouncer_order *o = xcalloc(1, sizeof(*o));
	struct arena *a = &o->arena;

	o->op = op;
	o->bouncer = *b;
	o->bouncer.name = arena_strdup(a, b->name);
	o->bouncer.soju_username = arena_strdup(a, b->soju_username);
	o->bouncer.provisioner = arena_strdup(a, b->provisioner);
	o->bouncer.suspended_why = o->bouncer.failure = o->bouncer.version = NULL;
	return o;
}

void
bouncer_order_network(struct bouncer_order *o, const char *name, const struct network_form *form)
{
	struct arena *a = &o->arena;

	o->network = arena_strdup(a, name);
	if (form == NULL)
		return;
	o->form = (struct network_form){ .name = arena_strdup(a, form->name),
		.address = arena_strdup(a, form->address),
		.nick = arena_strdup(a, form->nick),
		.username = arena_strdup(a, form->username),
		.realname = arena_strdup(a, form->realname),
		.pass = arena_strdup(a, form->pass),
		.sasl_login = arena_strdup(a, form->sasl_login),
		.sasl_password = arena_strdup(a, form->sasl_password),
		.channels = arena_strdup(a, form->channels),
		.is_enabled = form->is_enabled };
}

void
bouncer_order_password(struct bouncer_order *o, const char *password)
{
	o->password = arena_strdup(&o->arena, password);
}

/* The arena's copy is ours to overwrite. */
static void
forget(const char *secret)
{
	if (secret != NULL)
		OPENSSL_cleanse((char *)(uintptr_t)secret, strlen(secret));
}

void
bouncer_order_free(struct bouncer_order *o)
{
	if (o == NULL)
		return;
	forget(o->password);
	forget(o->form.pass);
	forget(o->form.sasl_password);
	arena_free(&o->arena);
	free(o);
}

/* ---- doing it ---- */

static enum err
do_it(struct soju_ops *ops, struct bouncer_order *o)
{
	switch (o->op) {
	case BOUNCER_OP_PASSWORD:
		return soju_ops_set_password(ops, o->password);
	case BOUNCER_OP_ADD_NETWORK:
		return soju_ops_add_network(ops, &o->form);
	case BOUNCER_OP_CHANGE_NETWORK:
		return soju_ops_change_network(ops, o->network, &o->form);
	case BOUNCER_OP_ENABLE_NETWORK:
	case BOUNCER_OP_DISABLE_NETWORK:
		return soju_ops_enable_network(ops, o->network, o->op == BOUNCER_OP_ENABLE_NETWORK);
	case BOUNCER_OP_DROP_NETWORK:
		return soju_ops_drop_network(ops, o->network);
	case BOUNCER_OP_LOOK:
		return ERR_OK;
	default:
		return ERR_INTERNAL;
	}
}

/* The page that is shown next reads it; if it cannot be had, the next sample tells the same. */
static void
keep_status(struct soju_ops *ops, const struct bouncer_order *o)
{
	struct soju_status_list status = { 0 };
	struct db_sync *db;

	if (soju_ops_status(ops, &status) != ERR_OK)
		return;
	db = db_sync_thread(BOUNCER_TASK_LIMIT_MS);
	if (db != NULL)
		(void)health_keep_status(db, ops->arena, o->bouncer.id, &status);
}

/* A look that fails is made again with the next page: only whoever waits for a change loses. */
static struct soju_door *
open_door(struct bouncer_order *o, const struct provisioner *p)
{
	const enum log_level level = o->op == BOUNCER_OP_LOOK ? LOG_LEVEL_INFO : LOG_LEVEL_WARN;
	const char *why = NULL;
	enum err e;
	struct soju_door *door =
	    provisioner_open_door(p, &o->bouncer, &o->arena, BOUNCER_TASK_LIMIT_MS, &e, &why);

	if (door == NULL && why == NULL)
		why = e == ERR_INVALID ? "no setting leads there" : err_word(e);
	if (door == NULL)
		log_write(level, "bouncer", "soju of bouncer %" PRId64 " cannot be reached: %s",
		    o->bouncer.id, why);
	return door;
}

void
bouncer_order_run(struct bouncer_order *o)
{
	const struct provisioner *p = provisioner_of(o->bouncer.provisioner);
	struct soju_door *door = p != NULL ? open_door(o, p) : NULL;
	struct soju_ops ops = {
		.door = door, .arena = &o->arena, .user = o->bouncer.soju_username
	};
	enum err e;

	if (door == NULL) {
		o->outcome = p == NULL ? BOUNCER_BY_HAND : BOUNCER_AWAY;
		return;
	}
	e = do_it(&ops, o);
	o->outcome = bouncer_outcome_of(e);
	o->why = ops.why;
	if (o->outcome != BOUNCER_UNSURE && o->op != BOUNCER_OP_PASSWORD)
		keep_status(&ops, o);
	soju_door_close(door);
}

/* ---- saying it ---- */

enum bouncer_outcome
bouncer_outcome_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return BOUNCER_DONE;
	case ERR_NOT_FOUND:
		return BOUNCER_GONE;
	case ERR_CONFLICT:
		return BOUNCER_TAKEN;
	case ERR_FORBIDDEN:
		return BOUNCER_LIMIT;
	case ERR_INVALID:
		return BOUNCER_REFUSED;
	case ERR_METHOD:
		return BOUNCER_TOO_OLD;
	default:
		return BOUNCER_UNSURE;
	}
}

enum err
bouncer_outcome_err(enum bouncer_outcome outcome)
{
	static const enum err errors[BOUNCER_OUTCOME__MAX] = {
		[BOUNCER_DONE] = ERR_OK,
		[BOUNCER_AWAY] = ERR_UNAVAILABLE,
		[BOUNCER_BUSY] = ERR_UNAVAILABLE,
		[BOUNCER_UNSURE] = ERR_UNAVAILABLE,
		[BOUNCER_GONE] = ERR_NOT_FOUND,
		[BOUNCER_TAKEN] = ERR_CONFLICT,
		[BOUNCER_LIMIT] = ERR_CONFLICT,
		[BOUNCER_REFUSED] = ERR_INVALID,
		[BOUNCER_TOO_OLD] = ERR_CONFLICT,
		[BOUNCER_BY_HAND] = ERR_CONFLICT,
	};

	return errors[outcome];
}

static const char *
refused_words(struct arena *a, const char *why)
{
	if (why == NULL || *why == '\0')
		return "soju refused it and did not say why. Nothing was changed.";
	return arena_printf(a, "soju refused it: “%s”. Nothing was changed.",
	    text_short(a, text_safe(a, why), WHY_POINTS));
}

const char *
bouncer_outcome_words(
    struct arena *a, enum bouncer_op op, enum bouncer_outcome outcome, const char *why)
{
	static const char *const words[BOUNCER_OUTCOME__MAX] = {
		[BOUNCER_AWAY] = "The bouncer’s soju does not answer at this moment. Nothing was "
				 "changed; try again in a minute.",
		[BOUNCER_BUSY] = "Too many bouncers are being changed at this moment, so this was "
				 "not begun. Nothing was changed; try again in a minute.",
		[BOUNCER_UNSURE] =
		    "soju did not answer to the end, so it is not known whether it "
		    "was done. Look at the bouncer in a minute before you try again.",
		[BOUNCER_GONE] = "soju has no network of this name any more. Nothing was changed.",
		[BOUNCER_TAKEN] =
		    "The bouncer has a network of this name already. Nothing was changed.",
		[BOUNCER_LIMIT] = "The bouncer has as many networks as your plan allows. Nothing "
				  "was changed.",
		[BOUNCER_TOO_OLD] = "The bouncer’s soju is too old for this. Nothing was changed.",
		[BOUNCER_BY_HAND] = "This bouncer was set up by hand, so it cannot be changed "
				    "here. Nothing was changed.",
	};

	if (outcome == BOUNCER_REFUSED)
		return refused_words(a, why);
	if (outcome == BOUNCER_GONE && op == BOUNCER_OP_PASSWORD)
		return "soju does not know this bouncer any more. Nothing was changed.";
	if (outcome == BOUNCER_UNSURE && op == BOUNCER_OP_PASSWORD)
		return "soju did not answer to the end, so it is not known which password holds "
		       "now. Set one again.";
	return words[outcome];
}
