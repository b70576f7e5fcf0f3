/* A bouncer as a user of one soju that all share. */
#include "bouncer/provisioner.h"

#include <string.h>

#include "base/settings.h"
#include "bouncer/soju_ops.h"
#include "bouncer/soju_secret.h"
#include "source/source.h"

/* ---- What a step ends in ---- */

static enum provision
tell(struct provision_run *run, enum provision p, const char *failure, const char *cause)
{
	run->failure = failure;
	run->cause = cause;
	return p;
}

/* soju quotes what it refuses, and a name is not for the log. */
static enum provision
outcome_of(struct provision_run *run, enum err e, const char *cause)
{
	switch (e) {
	case ERR_OK:
		return PROVISION_DONE;
	case ERR_FORBIDDEN:
		return tell(run, PROVISION_FAILED, "Its soju does not let us in.", cause);
	case ERR_NOT_FOUND:
		return tell(run, PROVISION_FAILED, "Its soju does not know it.", cause);
	case ERR_TIMEOUT:
	case ERR_UPSTREAM:
	case ERR_INTERNAL:
		return tell(run, PROVISION_FAILED, "Its soju does not answer.", cause);
	default:
		return tell(run, PROVISION_REFUSED, "Its soju refused it.", cause);
	}
}

/* ---- Its door ---- */

/* One soju, one admin. */
static enum err
shared_door(struct soju_door_target *target, struct arena *a, const struct bouncer *b)
{
	return provisioner_door(target, a, b, "");
}

static enum provision
enter(struct soju_ops *ops, struct provision_run *run)
{
	const char *why = NULL;
	enum err e;

	*ops = (struct soju_ops){ .arena = run->arena, .user = run->bouncer->soju_username };
	ops->door = provisioner_open_door(
	    &provisioner_soju, run->bouncer, run->arena, run->timeout_ms, &e, &why);
	if (ops->door != NULL)
		return PROVISION_DONE;
	if (e == ERR_INVALID && why == NULL)
		return tell(run, PROVISION_REFUSED, "Bouncers are not set up rightly here.",
		    "SOJU_ADMIN_SOCKET, or SOJU_ADMIN_URL and SOJU_ADMIN_KEY, are not set");
	return outcome_of(run, e, why);
}

static enum provision
leave(struct soju_ops *ops, struct provision_run *run, enum err e)
{
	soju_door_close(ops->door);
	return outcome_of(run, e, e == ERR_OK ? NULL : err_word(e));
}

/* ---- The steps ---- */

/*
 * There is none to be made. But whoever has this name in soju already is somebody else, and may be
 * its admin: a bouncer over that user would be a way in. Once nobody has it, a later step that
 * meets it meets what an earlier attempt made.
 */
static enum provision
shared_make_database(struct provision_run *run)
{
	struct soju_status_list list;
	struct soju_ops ops;
	enum provision p = enter(&ops, run);
	enum err e;

	if (p != PROVISION_DONE)
		return p;
	e = soju_ops_status(&ops, &list);
	if (e == ERR_NOT_FOUND)
		return leave(&ops, run, ERR_OK);
	if (e != ERR_OK)
		return leave(&ops, run, e);
	soju_door_close(ops.door);
	return tell(run, PROVISION_REFUSED, "Somebody has this name already.",
	    "soju has a user of this name that was not made for this bouncer");
}

/* Switching it off closes its connections, those of its clients as well. */
static enum err
switch_it(struct soju_ops *ops, const struct provision_run *run)
{
	enum err e = ERR_OK;

	if (run->is_enabled && run->is_restart_due)
		e = soju_ops_set_enabled(ops, false);
	return e == ERR_OK ? soju_ops_set_enabled(ops, run->is_enabled) : e;
}

static enum provision
shared_apply(struct provision_run *run)
{
	struct soju_ops ops;
	enum provision p = enter(&ops, run);
	enum err e;

	if (p != PROVISION_DONE)
		return p;
	e = soju_ops_make_user(&ops, run->bouncer->max_networks);
	if (e == ERR_OK)
		e = switch_it(&ops, run);
	return leave(&ops, run, e);
}

static enum provision
shared_check(struct provision_run *run)
{
	struct soju_status_list list;
	struct soju_ops ops;
	enum provision p = enter(&ops, run);

	if (p != PROVISION_DONE)
		return p;
	return leave(&ops, run, soju_ops_status(&ops, &list));
}

static enum provision
shared_remove(struct provision_run *run)
{
	struct soju_ops ops;
	enum provision p;

	if (run->is_untouched)
		return PROVISION_DONE;
	p = enter(&ops, run);
	if (p != PROVISION_DONE)
		return p;
	return leave(&ops, run, soju_ops_drop_user(&ops));
}

const struct provisioner provisioner_soju = {
	.word = "soju",
	.make_database = shared_make_database,
	.apply = shared_apply,
	.check = shared_check,
	.remove = shared_remove,
	.door = shared_door,
};
