#include "bouncer/soju_ops.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"

#define WORDS_MAX 32

/* A command as it grows; one word is left for the end. */
struct command {
	const char *words[WORDS_MAX + 1];
	size_t n;
};

static void
add(struct command *c, const char *word)
{
	if (c->n < WORDS_MAX)
		c->words[c->n++] = word;
}

/* A flag whose value is empty is left out. */
static void
add_flag(struct command *c, const char *flag, const char *value)
{
	if (*value == '\0')
		return;
	add(c, flag);
	add(c, value);
}

/* ---- Asking, and what a refusal means ---- */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
ends(const char *text, const char *with)
{
	const size_t len = strlen(text), n = strlen(with);

	return len >= n && strcmp(text + len - n, with) == 0;
}

/*
 * soju's own words stand before and behind what they are about; names in between may hold anything,
 * so that what is looked for within them comes last.
 */
static enum err
meaning_of(const char *refusal)
{
	if (begins(refusal, "unknown username ") || begins(refusal, "unknown network "))
		return ERR_NOT_FOUND;
	if (begins(refusal, "flag provided but not defined") || begins(refusal, "command \""))
		return ERR_METHOD;
	if (ends(refusal, " already exists") || strstr(refusal, "unique constraint") != NULL ||
	    strstr(refusal, "UNIQUE constraint") != NULL)
		return ERR_CONFLICT;
	if (strstr(refusal, "maximum number of ") != NULL)
		return ERR_FORBIDDEN;
	return ERR_INVALID;
}

static enum err
ask(struct soju_ops *o, const struct command *c, struct soju_reply *reply)
{
	enum err e = soju_door_run(o->door, o->arena, c->words, reply);

	o->why = NULL;
	if (e != ERR_OK || reply->refusal == NULL)
		return e;
	o->why = reply->refusal;
	return meaning_of(reply->refusal);
}

static enum err
run(struct soju_ops *o, const struct command *c)
{
	struct soju_reply reply;

	return ask(o, c, &reply);
}

/* Where soju expects a name, a hyphen begins an option, and nothing means the admin itself. */
static enum err
check_name(struct soju_ops *o, const char *name)
{
	o->why = NULL;
	if (name != NULL && *name != '\0' && *name != '-')
		return ERR_OK;
	o->why = "soju cannot be told a name that is empty or begins with a hyphen";
	return ERR_INVALID;
}

/* ---- Users ---- */

/* What is so already is as good as done. */
static enum err
pardon(struct soju_ops *o, enum err e, enum err pardoned)
{
	if (e != pardoned)
		return e;
	o->why = NULL;
	return ERR_OK;
}

static enum err
create_user(struct soju_ops *o)
{
	struct command c = { .words = { "user", "create", "-username", o->user, "-password" },
		.n = 5 };
	char password[RANDOM_TOKEN_SIZE];

	random_token(password);
	add(&c, password);
	return run(o, &c);
}

/* One that is there already may have another limit, so it is always set by itself. */
enum err
soju_ops_make_user(struct soju_ops *o, int64_t max_networks)
{
	enum err e = check_name(o, o->user);

	if (e == ERR_OK)
		e = create_user(o);
	e = pardon(o, e, ERR_CONFLICT);
	if (e == ERR_OK)
		e = soju_ops_set_max_networks(o, max_networks);
	return pardon(o, e, ERR_METHOD);
}

enum err
soju_ops_drop_user(struct soju_ops *o)
{
	char token[7];
	const struct command c = { .words = { "user", "delete", o->user, token }, .n = 4 };
	enum err e = check_name(o, o->user);

	if (e != ERR_OK)
		return e;
	soju_admin_delete_token(token, o->user);
	e = run(o, &c);
	return pardon(o, e, ERR_NOT_FOUND);
}

static enum err
update_user(struct soju_ops *o, const char *flag, const char *value)
{
	const struct command c = { .words = { "user", "update", o->user, flag, value }, .n = 5 };
	enum err e = check_name(o, o->user);

	return e == ERR_OK ? run(o, &c) : e;
}

/* An empty one would not be refused: it switches logging in by password off. */
enum err
soju_ops_set_password(struct soju_ops *o, const char *password)
{
	if (*password == '\0') {
		o->why = "a password cannot be empty";
		return ERR_INVALID;
	}
	return update_user(o, "-password", password);
}

enum err
soju_ops_set_enabled(struct soju_ops *o, bool is_enabled)
{
	return update_user(o, "-enabled", is_enabled ? "true" : "false");
}

enum err
soju_ops_set_max_networks(struct soju_ops *o, int64_t max_networks)
{
	return update_user(o, "-max-networks", arena_printf(o->arena, "%" PRId64, max_networks));
}

/* ---- Networks; commands that are run as the user ---- */

static struct command
as_user(const struct soju_ops *o, const char *noun, const char *verb)
{
	return (struct command){ .words = { "user", "run", o->user, noun, verb }, .n = 5 };
}

enum err
soju_ops_status(struct soju_ops *o, struct soju_status_list *list)
{
	const struct command c = as_user(o, "network", "status");
	struct soju_reply reply;
	const int64_t asked_us = clock_now_us();
	enum err e = check_name(o, o->user);

	*list = (struct soju_status_list){ 0 };
	if (e == ERR_OK)
		e = ask(o, &c, &reply);
	if (e == ERR_OK)
		e = soju_admin_read_status(list, o->arena, reply.lines, reply.n);
	list->asked_us = asked_us;
	return e;
}

static void
add_form(struct command *c, const struct network_form *f)
{
	add_flag(c, "-name", f->name);
	add_flag(c, "-addr", f->address);
	add_flag(c, "-nick", f->nick);
	add_flag(c, "-username", f->username);
	add_flag(c, "-realname", f->realname);
	add_flag(c, "-pass", f->pass);
}

static enum err
create_network(struct soju_ops *o, const struct network_form *f, bool is_enabled)
{
	struct command c = as_user(o, "network", "create");

	add_form(&c, f);
	add_flag(&c, "-enabled", is_enabled ? "true" : "false");
	return run(o, &c);
}

static enum err
set_account(struct soju_ops *o, const char *name, const struct network_form *f)
{
	struct command c = as_user(o, "sasl", "set-plain");

	if (*f->sasl_login == '\0')
		return ERR_OK;
	add_flag(&c, "-network", name);
	add(&c, "--");
	add(&c, f->sasl_login);
	add(&c, f->sasl_password);
	return run(o, &c);
}

/* What the network must know before it is connected for the first time. */
static enum err
complete_network(struct soju_ops *o, const struct network_form *f)
{
	enum err e = set_account(o, f->name, f);

	if (e == ERR_OK)
		e = soju_ops_join(o, f->name, network_channels(f->channels, o->arena));
	if (e == ERR_OK && f->is_enabled)
		e = soju_ops_enable_network(o, f->name, true);
	return e;
}

/* The reason that is told is that of the first failure. */
static void
take_back(struct soju_ops *o, const char *name)
{
	const char *why = o->why;

	soju_ops_drop_network(o, name);
	o->why = why;
}

enum err
soju_ops_add_network(struct soju_ops *o, const struct network_form *f)
{
	const bool is_complete = *f->sasl_login == '\0' && *f->channels == '\0';
	enum err e = check_name(o, o->user);

	if (e == ERR_OK)
		e = check_name(o, f->name);
	if (e == ERR_OK)
		e = create_network(o, f, is_complete && f->is_enabled);
	if (e != ERR_OK || is_complete)
		return e;
	e = complete_network(o, f);
	if (e != ERR_OK && e != ERR_TIMEOUT && e != ERR_UPSTREAM)
		take_back(o, f->name);
	return e;
}

/* The account first: with the update soju connects anew. */
enum err
soju_ops_change_network(struct soju_ops *o, const char *name, const struct network_form *f)
{
	struct command c = as_user(o, "network", "update");
	enum err e = check_name(o, name);

	if (e == ERR_OK)
		e = check_name(o, o->user);
	if (e == ERR_OK)
		e = set_account(o, name, f);
	if (e != ERR_OK)
		return e;
	add(&c, name);
	add_form(&c, f);
	add_flag(&c, "-enabled", f->is_enabled ? "true" : "false");
	e = run(o, &c);
	if (e == ERR_OK)
		e = soju_ops_join(o, f->name, network_channels(f->channels, o->arena));
	return e;
}

enum err
soju_ops_enable_network(struct soju_ops *o, const char *name, bool is_enabled)
{
	struct command c = as_user(o, "network", "update");
	enum err e = check_name(o, name);

	add(&c, name);
	add_flag(&c, "-enabled", is_enabled ? "true" : "false");
	return e == ERR_OK ? run(o, &c) : e;
}

enum err
soju_ops_drop_network(struct soju_ops *o, const char *name)
{
	struct command c = as_user(o, "network", "delete");
	enum err e = check_name(o, name);

	add(&c, name);
	return e == ERR_OK ? run(o, &c) : e;
}

/* ---- Channels ---- */

/* An older soju saves no channel for us, but it says what we tell it to whenever it connects. */
static enum err
join_at_connect(struct soju_ops *o, const char *network, const char *const *channels)
{
	struct command c = as_user(o, "network", "update");
	const char *list = channels[0];
	size_t i;

	for (i = 1; channels[i] != NULL; i++)
		list = arena_printf(o->arena, "%s,%s", list, channels[i]);
	add(&c, network);
	add(&c, "-connect-command");
	add(&c, arena_printf(o->arena, "JOIN %s", list));
	return run(o, &c);
}

static enum err
join_one(struct soju_ops *o, const char *network, const char *channel)
{
	struct command c = as_user(o, "channel", "create");
	enum err e;

	add(&c, arena_printf(o->arena, "%s/%s", channel, network));
	e = run(o, &c);
	return pardon(o, e, ERR_CONFLICT);
}

enum err
soju_ops_join(struct soju_ops *o, const char *network, const char *const *channels)
{
	enum err e = check_name(o, network);
	size_t i;

	for (i = 0; e == ERR_OK && channels[i] != NULL; i++)
		e = join_one(o, network, channels[i]);
	return e == ERR_METHOD ? join_at_connect(o, network, channels) : e;
}

/* ---- Everybody ---- */

enum err
soju_ops_notice(struct soju_ops *o, const char *text)
{
	const struct command c = { .words = { "server", "notice", text }, .n = 3 };

	return run(o, &c);
}
