/* What the job does through a bouncer's soju: the network of its wish, and notices. */
#include "bouncer/bouncer_work.h"

#include "bouncer/soju_ops.h"

static enum provision
say(struct provision_run *run, enum provision p, const char *failure, const char *cause)
{
	run->failure = failure;
	run->cause = cause;
	return p;
}

static enum provision
enter(struct soju_ops *ops, struct provision_run *run, const struct provisioner *p)
{
	const char *why = NULL;
	enum err e;

	*ops = (struct soju_ops){ .arena = run->arena, .user = run->bouncer->soju_username };
	ops->door = provisioner_open_door(p, run->bouncer, run->arena, run->timeout_ms, &e, &why);
	if (ops->door != NULL)
		return PROVISION_DONE;
	if (e == ERR_INVALID && why == NULL)
		return say(run, PROVISION_FAILED, "Bouncers are not set up rightly here.",
		    "no setting leads to its soju");
	return say(
	    run, PROVISION_FAILED, "Its soju does not answer.", why != NULL ? why : err_word(e));
}

/* soju's words quote what was typed, so they are for its owner and not for the log. */
static enum provision
refusal(struct provision_run *run, const struct soju_ops *ops, const char *what, enum err e)
{
	const char *why = ops->why != NULL ? ops->why : err_word(e);

	return say(run, PROVISION_REFUSED,
	    arena_printf(run->arena, "soju refused %s: %s", what, why), err_word(e));
}

/* A connection that broke may have done it. */
static bool
may_pass(enum err e)
{
	return e == ERR_UPSTREAM || e == ERR_TIMEOUT || e == ERR_UNAVAILABLE || e == ERR_INTERNAL ||
	       e == ERR_NOT_FOUND;
}

/* One that an earlier attempt made may have been cut short, before its channels or still disabled.
 */
static enum err
finish_network(struct soju_ops *ops, const struct bouncer_wish *wish)
{
	enum err e =
	    soju_ops_join(ops, wish->network, network_channels(wish->channels, ops->arena));

	return e == ERR_OK ? soju_ops_enable_network(ops, wish->network, true) : e;
}

static enum err
add_network(struct soju_ops *ops, const struct bouncer_wish *wish)
{
	const struct network_form form = { .name = wish->network,
		.address = wish->address,
		.nick = wish->nick,
		.username = "",
		.realname = "",
		.pass = "",
		.sasl_login = "",
		.sasl_password = "",
		.channels = wish->channels,
		.is_enabled = true };
	enum err e = soju_ops_add_network(ops, &form);

	return e == ERR_CONFLICT ? finish_network(ops, wish) : e;
}

static enum provision
fulfil(struct provision_run *run, const struct provisioner *p, const struct bouncer_wish *wish,
    struct soju_status_list *status)
{
	struct soju_ops ops;
	enum provision entered = enter(&ops, run, p);
	enum err e;

	if (entered != PROVISION_DONE)
		return entered;
	e = add_network(&ops, wish);
	if (e == ERR_OK && soju_ops_status(&ops, status) != ERR_OK)
		*status = (struct soju_status_list){ 0 };
	soju_door_close(ops.door);
	if (e == ERR_OK)
		return PROVISION_DONE;
	if (may_pass(e))
		return say(run, PROVISION_FAILED, "Its soju does not answer.", err_word(e));
	return refusal(run, &ops, arena_printf(run->arena, "the network %s", wish->network), e);
}

static enum provision
tell(struct provision_run *run, const struct provisioner *p, const char *text)
{
	struct soju_ops ops;
	enum provision entered = enter(&ops, run, p);
	enum err e;

	if (entered != PROVISION_DONE)
		return entered;
	e = soju_ops_notice(&ops, text);
	soju_door_close(ops.door);
	if (e == ERR_OK)
		return PROVISION_DONE;
	if (may_pass(e))
		return say(run, PROVISION_FAILED, "Its soju does not answer.", err_word(e));
	return refusal(run, &ops, "a notice", e);
}

const struct bouncer_hands bouncer_hands = { provisioner_of, fulfil, tell };
