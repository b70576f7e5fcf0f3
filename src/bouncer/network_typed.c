/* See network_typed.h. */
#include "bouncer/network_typed.h"

#include <string.h>

#include "base/strbuf.h"

#define BLANKS " \t\r\n"
#define NICK_CHARS 16

const char *
network_typed_trim(const char *text, struct arena *a)
{
	size_t len;

	if (text == NULL)
		return "";
	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	return arena_strndup(a, text, len);
}

static const char *
typed(const struct form_data *fields, const char *name, struct arena *a)
{
	return network_typed_trim(form_data_text(fields, name), a);
}

/* A secret is taken as it is. */
static const char *
secret(const struct form_data *fields, const char *name)
{
	const char *text = form_data_text(fields, name);

	return text != NULL ? text : "";
}

void
network_typed_read(struct network_typed *t, const struct form_data *fields, struct arena *a)
{
	*t = (struct network_typed){ .choice = typed(fields, "network", a),
		.fields = fields,
		.form = { .name = typed(fields, "network_name", a),
		    .address = typed(fields, "address", a),
		    .nick = typed(fields, "nick", a),
		    .username = typed(fields, "username", a),
		    .realname = typed(fields, "realname", a),
		    .pass = secret(fields, "pass"),
		    .sasl_login = typed(fields, "sasl_login", a),
		    .sasl_password = secret(fields, "sasl_password"),
		    .channels = typed(fields, "channels", a),
		    .is_enabled = true } };
}

void
network_typed_begin(struct network_typed *t, const char *called, struct arena *a)
{
	static const struct form_data nothing;

	network_typed_read(t, &nothing, a);
	t->choice = network_presets_n > 0 ? network_presets[0].word : NETWORK_OTHER;
	t->form.nick = network_nick_of(called, a);
}

bool
network_typed_has(const struct network_typed *t, const char *channel)
{
	for (size_t i = 0; t->fields != NULL && i < t->fields->n; i++)
		if (strcmp(t->fields->fields[i].name, "channel") == 0 &&
		    strcmp(t->fields->fields[i].value, channel) == 0)
			return true;
	return false;
}

/* The ticked ones of those that the preset suggests, then the typed ones. */
static const char *
all_channels(const struct network_typed *t, const struct network_preset *preset, struct arena *a)
{
	const char *const *suggested = network_channels(preset->channels, a);
	struct strbuf all = { 0 };
	const char *text;

	for (size_t i = 0; suggested != NULL && suggested[i] != NULL; i++)
		if (network_typed_has(t, suggested[i]))
			strbuf_printf(&all, "%s ", suggested[i]);
	strbuf_puts(&all, t->form.channels);
	text = arena_strdup(a, strbuf_text(&all));
	strbuf_free(&all);
	return text;
}

bool
network_typed_check(struct network_typed *t, struct network_form *wanted, bool *wants_none,
    struct arena *a, bool may_be_none, bool is_private_allowed)
{
	const struct network_preset *preset = network_preset_find(t->choice);

	*wants_none = may_be_none && strcmp(t->choice, NETWORK_NONE) == 0;
	if (*wants_none)
		return true;
	*wanted = t->form;
	if (preset != NULL) {
		wanted->name = preset->name;
		wanted->address = preset->address;
		wanted->channels = all_channels(t, preset, a);
	} else if (strcmp(t->choice, NETWORK_OTHER) != 0) {
		t->choice_problem = "Choose a network.";
		return false;
	}
	return network_form_check(wanted, &t->problems, a, is_private_allowed);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *
network_nick_of(const char *called, struct arena *a)
{
	struct strbuf nick = { 0 };
	const char *text;

	for (; called != NULL && *called != '\0' && *called != '@' && nick.len < NICK_CHARS;
	     called++)
		if (is_letter(*called) || (nick.len > 0 && strchr("0123456789_-", *called) != NULL))
			strbuf_putc(&nick, *called);
	text = arena_strdup(a, strbuf_text(&nick));
	strbuf_free(&nick);
	return text;
}
