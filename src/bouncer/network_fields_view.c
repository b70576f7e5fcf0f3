/* See network_fields_view.h. */
#include "bouncer/network_fields_view.h"

#include <string.h>

VIEW_DEFINE(network_suggestion, NETWORK_SUGGESTION)
VIEW_DEFINE(network_choice, NETWORK_CHOICE)
VIEW_DEFINE(network_fields, NETWORK_FIELDS)

static void
suggestions_init(struct network_choice_view *v, const struct network_typed *t,
    const struct network_preset *p, struct arena *a)
{
	const char *const *channels = network_channels(p->channels, a);
	size_t n = 0;

	while (channels != NULL && channels[n] != NULL)
		n++;
	v->has_channels = n > 0;
	v->channels.n = n;
	v->channels.v = arena_array(a, n, sizeof(*v->channels.v));
	for (size_t i = 0; i < n; i++)
		v->channels.v[i] = (struct network_suggestion_view){ .name = channels[i],
			.is_checked = network_typed_has(t, channels[i]) };
}

static void
add_choice(struct network_fields_view *v, const struct network_typed *t, const char *word,
    const char *title, const char *about)
{
	v->choices.v[v->choices.n++] = (struct network_choice_view){ .word = word,
		.title = title,
		.about = about,
		.is_checked = strcmp(t->choice, word) == 0 };
}

static void
choices_init(
    struct network_fields_view *v, const struct network_typed *t, bool may_be_none, struct arena *a)
{
	v->choices.v = arena_array(a, network_presets_n + 2, sizeof(*v->choices.v));
	for (size_t i = 0; i < network_presets_n; i++) {
		const struct network_preset *p = &network_presets[i];

		add_choice(v, t, p->word, p->title, p->about);
		suggestions_init(&v->choices.v[i], t, p, a);
	}
	add_choice(v, t, NETWORK_OTHER, "Another network", "You know its address.");
	if (may_be_none)
		add_choice(
		    v, t, NETWORK_NONE, "None for now", "Networks can be added at any time.");
	v->choice_error = t->choice_problem;
}

static void
line(struct field_view *v, const char *name, const char *label, const char *value,
    const char *error, const char *hint)
{
	field_view_line(v, name, label, "text", value);
	v->error = error;
	v->hint = hint;
	v->autocomplete = "off";
}

/* What was typed as a secret is not sent back. */
static void
secret_line(
    struct field_view *v, const char *name, const char *label, const char *error, const char *hint)
{
	line(v, name, label, NULL, error, hint);
	v->type = "password";
	v->autocomplete = "new-password";
}

static void
lines_init(struct network_fields_view *v, const struct network_typed *t, bool is_there)
{
	const struct network_form *f = &t->form;
	const struct network_problems *p = &t->problems;
	const char *kept = is_there ? "Nothing typed: it stays as it is." : NULL;

	line(&v->address, "address", "Address", f->address, p->address,
	    "As in irc.example.org, or irc.example.org:6697; encrypted, unless you write "
	    "irc+insecure:// before it.");
	v->address.is_required = is_there;
	line(&v->name, "network_name", "Name of the network", f->name, p->name,
	    "Short, as you want to see it in your client: example.");
	line(&v->nick, "nick", "Nick", f->nick, p->nick,
	    is_there ? kept : "What you are called there. Nothing typed: as the bouncer.");
	line(&v->username, "username", "User name", f->username, p->username, kept);
	line(&v->realname, "realname", "Real name", f->realname, p->realname, kept);
	secret_line(&v->pass, "pass", "Password of the server", p->pass,
	    is_there ? kept : "Most networks have none.");
	line(&v->sasl_login, "sasl_login", "Your account there", f->sasl_login, p->sasl,
	    is_there ? kept : "If your nick is registered with the network.");
	secret_line(&v->sasl_password, "sasl_password", "Its password", NULL, kept);
	v->is_open = *f->username != '\0' || *f->realname != '\0' || *f->sasl_login != '\0' ||
		     p->username != NULL || p->realname != NULL || p->pass != NULL ||
		     p->sasl != NULL;
}

void
network_fields_view_new(
    struct network_fields_view *v, const struct network_typed *t, bool may_be_none, struct arena *a)
{
	*v = (struct network_fields_view){ 0 };
	choices_init(v, t, may_be_none, a);
	lines_init(v, t, false);
	v->has_channels = true;
	v->address.is_needed = v->name.is_needed = true;
	v->address.hint =
	    "Of another network: irc.example.org, or irc.example.org:6697; encrypted, "
	    "unless you write irc+insecure:// before it.";
	line(&v->channels, "channels", "Channels", t->form.channels, t->problems.channels,
	    "Those that you know of, with blanks between them: #example #talk.");
}

void
network_fields_view_edit(
    struct network_fields_view *v, const struct network_typed *t, struct arena *a)
{
	(void)a;
	*v = (struct network_fields_view){ 0 };
	lines_init(v, t, true);
}
