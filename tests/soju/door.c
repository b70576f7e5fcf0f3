/*
 * One visit to a soju, for tests:
 *
 *	door ADDRESS [login=L] [password=P] [ca=FILE] [timeout=MS] [user=U] THING [ARGUMENT ...]
 *
 * THING is one of `things` below, or `run WORD ...`, or `many TIMES WORD ...`. Prints the word of
 * the error and why, with a tab between, then what soju printed, a line each.
 *
 * More things can follow, each after an argument that is the byte 1E: they are done in the same
 * visit, and such a line stands between what is printed of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bouncer/soju_ops.h"

#define SEPARATOR "\x1e"

static struct arena arena;
static struct soju_reply printed;

/* ---- Arguments ---- */

static const char *
value_of(char *const *argv, const char *name, const char *missing)
{
	const size_t len = strlen(name);

	for (; *argv != NULL; argv++)
		if (strncmp(*argv, name, len) == 0 && (*argv)[len] == '=')
			return *argv + len + 1;
	return missing;
}

static struct network_form
form_of(char *const *argv)
{
	return (struct network_form){ .name = value_of(argv, "name", ""),
		.address = value_of(argv, "address", ""),
		.nick = value_of(argv, "nick", ""),
		.username = value_of(argv, "username", ""),
		.realname = value_of(argv, "realname", ""),
		.pass = value_of(argv, "pass", ""),
		.sasl_login = value_of(argv, "sasl_login", ""),
		.sasl_password = value_of(argv, "sasl_password", ""),
		.channels = value_of(argv, "channels", ""),
		.is_enabled = strcmp(value_of(argv, "enabled", "true"), "true") == 0 };
}

/* ---- Things ---- */

static enum err
make_user(struct soju_ops *o, char *const *v)
{
	return soju_ops_make_user(o, atoll(v[0]));
}

static enum err
drop_user(struct soju_ops *o, char *const *v)
{
	(void)v;
	return soju_ops_drop_user(o);
}

static enum err
set_password(struct soju_ops *o, char *const *v)
{
	return soju_ops_set_password(o, v[0]);
}

static enum err
set_enabled(struct soju_ops *o, char *const *v)
{
	return soju_ops_set_enabled(o, strcmp(v[0], "true") == 0);
}

static enum err
set_max_networks(struct soju_ops *o, char *const *v)
{
	return soju_ops_set_max_networks(o, atoll(v[0]));
}

static enum err
status(struct soju_ops *o, char *const *v)
{
	struct soju_status_list list;
	enum err e = soju_ops_status(o, &list);
	size_t i;

	(void)v;
	printed.lines = arena_array(&arena, list.n, sizeof(*printed.lines));
	for (i = 0; i < list.n; i++)
		printed.lines[printed.n++] = arena_printf(&arena, "%s\t%s\t%s\t%" PRId64 "\t%s",
		    list.v[i].name, list.v[i].address, soju_link_words[list.v[i].link],
		    list.v[i].channels, soju_admin_plain_error(&arena, list.v[i].error));
	return e;
}

static enum err
add_network(struct soju_ops *o, char *const *v)
{
	const struct network_form form = form_of(v);

	return soju_ops_add_network(o, &form);
}

static enum err
change_network(struct soju_ops *o, char *const *v)
{
	const struct network_form form = form_of(v + 1);

	return soju_ops_change_network(o, v[0], &form);
}

static enum err
enable_network(struct soju_ops *o, char *const *v)
{
	return soju_ops_enable_network(o, v[0], strcmp(v[1], "true") == 0);
}

static enum err
drop_network(struct soju_ops *o, char *const *v)
{
	return soju_ops_drop_network(o, v[0]);
}

static enum err
join(struct soju_ops *o, char *const *v)
{
	return soju_ops_join(o, v[0], (const char *const *)v + 1);
}

static enum err
notice(struct soju_ops *o, char *const *v)
{
	return soju_ops_notice(o, v[0]);
}

static enum err
run(struct soju_ops *o, char *const *v)
{
	enum err e = soju_door_run(o->door, &arena, (const char *const *)v, &printed);

	o->why = e == ERR_OK ? printed.refusal : NULL;
	return e;
}

static void
count(void *arg, size_t i, struct arena *a, const struct soju_reply *reply)
{
	size_t *expected = arg;

	(void)a;
	if (i != *expected || reply->refusal != NULL || reply->n == 0)
		exit(3);
	++*expected;
}

static enum err
many(struct soju_ops *o, char *const *v)
{
	const size_t n = (size_t)atoll(v[0]);
	const char *const **commands = arena_array(&arena, n, sizeof(*commands));
	size_t i, answered = 0;
	enum err e;

	for (i = 0; i < n; i++)
		commands[i] = (const char *const *)v + 1;
	e = soju_door_run_many(o->door, commands, n, count, &answered);
	o->why = arena_printf(&arena, "%zu answers", answered);
	return e;
}

static const struct {
	const char *word;
	int arguments; /* at least */
	enum err (*does)(struct soju_ops *, char *const *arguments);
} things[] = {
	{ "make_user", 1, make_user },
	{ "drop_user", 0, drop_user },
	{ "set_password", 1, set_password },
	{ "set_enabled", 1, set_enabled },
	{ "set_max_networks", 1, set_max_networks },
	{ "status", 0, status },
	{ "add_network", 1, add_network },
	{ "change_network", 1, change_network },
	{ "enable_network", 2, enable_network },
	{ "drop_network", 1, drop_network },
	{ "join", 1, join },
	{ "notice", 1, notice },
	{ "run", 1, run },
	{ "many", 2, many },
};

/* ---- The visit ---- */

static void
print(enum err e, const char *why)
{
	size_t i;

	printf("%s\t%s\n", err_word(e), why != NULL ? why : "");
	for (i = 0; i < printed.n; i++)
		printf("%s\n", printed.lines[i]);
}

typedef enum err thing_fn(struct soju_ops *, char *const *arguments);

/* NULL, and told: there is no such thing, or it wants more arguments. */
static thing_fn *
thing_of(char *const *argv, int argc)
{
	size_t i;

	for (i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (argc > things[i].arguments && strcmp(things[i].word, argv[0]) == 0)
			return things[i].does;
	fprintf(stderr, "door: nothing is called %s, or it wants more arguments\n", argv[0]);
	return NULL;
}

/* Takes the arguments up to the next separator, which it replaces by NULL. */
static int
arguments_of_one(char **argv)
{
	int n = 0;

	while (argv[n] != NULL && strcmp(argv[n], SEPARATOR) != 0)
		n++;
	argv[n] = NULL;
	return n;
}

static int
visit(const struct soju_door_target *target, const char *user, char **argv, int argc)
{
	struct soju_ops ops = { .arena = &arena, .user = user };
	const char *why = NULL;
	enum err e = ERR_OK;
	int at, n;

	ops.door = soju_door_open(target, &arena, &e, &why);
	for (at = 0; at < argc; at += n + 1) {
		n = arguments_of_one(argv + at);
		thing_fn *const does = n > 0 ? thing_of(argv + at, n) : NULL;

		if (does == NULL)
			return 2;
		printed = (struct soju_reply){ 0 };
		ops.why = NULL;
		if (ops.door != NULL)
			e = does(&ops, argv + at + 1);
		if (at > 0)
			printf("%s\n", SEPARATOR);
		print(e, ops.door != NULL ? ops.why : why);
	}
	soju_door_close(ops.door);
	arena_free(&arena);
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const options[] = { "login=", "password=", "ca=", "timeout=", "user=" };
	struct soju_door_target target;
	const char *user;
	size_t i = 0;
	int n = 2;

	if (argc < 3)
		return 2;
	target = (struct soju_door_target){ .address = argv[1],
		.login = value_of(argv + 2, "login", NULL),
		.password = value_of(argv + 2, "password", NULL),
		.ca_file = value_of(argv + 2, "ca", NULL),
		.timeout_ms = atoi(value_of(argv + 2, "timeout", "10000")) };
	user = value_of(argv + 2, "user", NULL);
	while (n < argc && i < sizeof(options) / sizeof(options[0])) {
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (strncmp(argv[n], options[i], strlen(options[i])) == 0)
				break;
		n += i < sizeof(options) / sizeof(options[0]);
	}
	return n < argc ? visit(&target, user, argv + n, argc - n) : 2;
}
