/* Sample accounts and those that come up by signing in. */
#include "account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "base/strbuf.h"

static json_t *samples;	 /* array, as read */
static json_t *accounts; /* object: sub to account */

enum kind { KIND_TEXT, KIND_BOOLEAN, KIND_ROLES, KIND_USAGE };

static const struct {
	const char *name;
	enum kind kind;
} members[] = {
	{ "sub", KIND_TEXT },
	{ "email", KIND_TEXT },
	{ "email_verified", KIND_BOOLEAN },
	{ "name", KIND_TEXT },
	{ "preferred_username", KIND_TEXT },
	{ "roles", KIND_ROLES },
	{ "enabled", KIND_BOOLEAN },
	{ "about", KIND_TEXT },
	{ "usage", KIND_USAGE },
};

static const char *const usage_names[] = { "paste_count", "paste_bytes", "image_count",
	"image_bytes" };

static bool
is_sub(const char *sub)
{
	size_t len = sub != NULL ? strlen(sub) : 0;

	for (size_t i = 0; i < len; i++)
		if (sub[i] < ' ' || sub[i] > '~')
			return false;
	return len >= 1 && len <= 255;
}

static bool
is_usage_name(const char *name)
{
	for (size_t i = 0; i < sizeof(usage_names) / sizeof(usage_names[0]); i++)
		if (strcmp(name, usage_names[i]) == 0)
			return true;
	return false;
}

static bool
is_usage(json_t *value)
{
	for (void *i = json_object_iter(value); i != NULL; i = json_object_iter_next(value, i)) {
		const json_t *n = json_object_iter_value(i);

		if (!is_usage_name(json_object_iter_key(i)) || !json_is_integer(n) ||
		    json_integer_value(n) < 0)
			return false;
	}
	return json_is_object(value);
}

static bool
is_roles(const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return json_is_array(value);
}

static bool
is_of_kind(json_t *value, enum kind kind)
{
	switch (kind) {
	case KIND_TEXT:
		return json_is_string(value);
	case KIND_BOOLEAN:
		return json_is_boolean(value);
	case KIND_ROLES:
		return is_roles(value);
	default:
		return is_usage(value);
	}
}

static bool
fits(const char *name, json_t *value)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(name, members[i].name) == 0)
			return is_of_kind(value, members[i].kind);
	return false;
}

/* A whole account out of nothing but its sub; example.org owns every address that is made up. */
static json_t *
made_up(const char *sub)
{
	struct strbuf email = { 0 };
	json_t *account;

	strbuf_puts(&email, sub);
	if (strchr(sub, '@') == NULL)
		strbuf_puts(&email, "@example.org");
	account = json_pack("{s:s, s:s, s:b, s:s, s:s, s:[], s:b, s:{}}", "sub", sub, "email",
	    strbuf_text(&email), "email_verified", 1, "name", sub, "preferred_username", sub,
	    "roles", "enabled", 1, "usage");
	strbuf_free(&email);
	return account;
}

json_t *
account_find(const char *sub)
{
	return json_object_get(accounts, sub);
}

json_t *
account_get(const char *sub)
{
	if (account_find(sub) == NULL)
		json_object_set_new(accounts, sub, made_up(sub));
	return account_find(sub);
}

static bool
is_called(const json_t *account, const char *name, const char *login)
{
	const char *value = json_string_value(json_object_get(account, name));

	return value != NULL && strcmp(value, login) == 0;
}

json_t *
account_by_login(const char *login)
{
	if (account_find(login) != NULL)
		return account_find(login);
	for (void *i = json_object_iter(accounts); i != NULL;
	     i = json_object_iter_next(accounts, i)) {
		json_t *account = json_object_iter_value(i);

		if (is_called(account, "email", login) ||
		    is_called(account, "preferred_username", login))
			return account;
	}
	return is_sub(login) ? account_get(login) : NULL;
}

static bool
is_account(json_t *order)
{
	for (void *i = json_object_iter(order); i != NULL; i = json_object_iter_next(order, i))
		if (!fits(json_object_iter_key(i), json_object_iter_value(i)))
			return false;
	return json_is_object(order);
}

enum err
account_set(json_t *order, const char **why)
{
	const char *sub = json_string_value(json_object_get(order, "sub"));

	*why = NULL;
	if (!is_account(order))
		*why = "An account has sub, email, name, preferred_username and about (texts), "
		       "email_verified and enabled (booleans), roles (texts) and usage "
		       "(paste_count, paste_bytes, image_count, image_bytes, from 0).";
	else if (!is_sub(sub))
		*why = "sub is a text of 1 to 255 ASCII characters.";
	if (*why != NULL)
		return ERR_INVALID;
	json_object_update(account_get(sub), order);
	return ERR_OK;
}

enum err
account_set_usage(json_t *order, const char **why)
{
	const char *sub = json_string_value(json_object_get(order, "sub"));
	json_t *usage = json_copy(order);

	json_object_del(usage, "sub");
	if (is_sub(sub) && is_usage(usage)) {
		json_object_update(json_object_get(account_get(sub), "usage"), usage);
		json_decref(usage);
		return ERR_OK;
	}
	json_decref(usage);
	*why = "Give sub, and any of paste_count, paste_bytes, image_count, image_bytes from 0.";
	return ERR_INVALID;
}

json_int_t
account_usage(const char *sub, const char *name)
{
	const json_t *usage = json_object_get(account_find(sub), "usage");

	return json_integer_value(json_object_get(usage, name));
}

const json_t *
account_samples(void)
{
	return samples;
}

/* Copies, because usage is changed in place. */
static enum err
take_samples(const char **why)
{
	enum err e = ERR_OK;

	json_decref(accounts);
	accounts = json_object();
	*why = "It is not an array of accounts.";
	if (json_array_size(samples) == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < json_array_size(samples) && e == ERR_OK; i++) {
		json_t *copy = json_deep_copy(json_array_get(samples, i));

		e = account_set(copy, why);
		json_decref(copy);
	}
	return e;
}

void
account_reset(void)
{
	const char *ignored;

	(void)take_samples(&ignored); /* they fitted when they were loaded */
}

enum err
account_load(const char *file, char **why)
{
	struct strbuf sentence = { 0 };
	const char *problem;
	json_error_t at;

	if (*file != '\0')
		samples = json_load_file(file, 0, &at);
	else
		samples = json_loads(embedded_accounts, 0, &at);
	if (samples == NULL)
		strbuf_printf(&sentence, "SIM_ACCOUNTS %s, line %d: %s.", file, at.line, at.text);
	else if (take_samples(&problem) != ERR_OK)
		strbuf_printf(&sentence, "SIM_ACCOUNTS %s: %s", file, problem);
	*why = sentence.s;
	return *why != NULL ? ERR_INVALID : ERR_OK;
}
