/*
 * See bouncer_connect_view.h. Client settings as their manuals have them: WeeChat's user's guide
 * (4.0 and later say -tls), irssi's /help server and /help network, HexChat's network list,
 * Quassel's and Halloy's settings, Goguma's first page. All of them speak SASL PLAIN, which soju
 * takes with "user" or "user/network" as the name.
 */
#include "bouncer/bouncer_connect_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "base/url.h"
#include "bouncer/bouncer_status_view.h"
#include "source/source.h"

VIEW_DEFINE(connect_line, CONNECT_LINE)
VIEW_DEFINE(connect_client, CONNECT_CLIENT)
VIEW_DEFINE(bouncer_connect, BOUNCER_CONNECT)

#define PASSWORD_MIN 10
#define PASSWORD_MAX 72 /* bcrypt sees no more */
#define CLIENTS_MAX 7
#define LINES_MAX 6

const char *
bouncer_password_problem(const char *password, size_t len)
{
	if (len < PASSWORD_MIN)
		return "Take at least 10 characters.";
	if (len > PASSWORD_MAX)
		return "Take 72 bytes at most: soju looks at no more.";
	if (strpbrk(password, "\r\n") != NULL || strlen(password) != len)
		return "Take one line: a password cannot have line breaks.";
	return NULL;
}

/* What all clients are told. */
struct maker {
	struct arena *arena;
	struct bouncer_connect_view *view;
	const char *host, *user, *password;
	const char *account; /* of the bouncer, whichever network is chosen */
	const char *word;    /* what the connection is called in a client */
	int64_t port;
};

static struct connect_client_view *
add_client(const struct maker *m, const char *id, const char *name, const char *about)
{
	struct connect_client_view *c = &m->view->clients.v[m->view->clients.n++];

	c->id = id;
	c->name = name;
	c->about = about;
	c->lines.v = arena_array(m->arena, LINES_MAX, sizeof(*c->lines.v));
	c->steps.v = arena_array(m->arena, LINES_MAX, sizeof(*c->steps.v));
	return c;
}

static void
add_line(const struct maker *m, struct connect_client_view *c, const char *text)
{
	const char *id = arena_printf(m->arena, "%s-%zu", c->id, c->lines.n + 1);

	c->lines.v[c->lines.n++].copy = (struct copy_view){ id, "Copy", text };
}

static void
add_step(struct connect_client_view *c, const char *words)
{
	c->steps.v[c->steps.n++].words = words;
}

static void
goguma(const struct maker *m)
{
	struct connect_client_view *c = add_client(m, "goguma", "Goguma",
	    "For Android and iOS; shows all networks of the bouncer at once.");

	add_step(c, arena_printf(m->arena, "Server: %s:%" PRId64, m->host, m->port));
	add_step(c, arena_printf(m->arena, "User name: %s", m->account));
	add_step(c, "Password: that of the bouncer");
}

static void
weechat(const struct maker *m)
{
	struct connect_client_view *c =
	    add_client(m, "weechat", "WeeChat", "Before version 4.0, write -ssl in place of -tls.");

	add_line(m, c,
	    arena_printf(m->arena, "/server add %s %s/%" PRId64 " -tls -autoconnect", m->word,
		m->host, m->port));
	add_line(
	    m, c, arena_printf(m->arena, "/set irc.server.%s.sasl_username %s", m->word, m->user));
	add_line(m, c,
	    arena_printf(m->arena, "/set irc.server.%s.sasl_password %s", m->word, m->password));
	add_line(m, c, arena_printf(m->arena, "/connect %s", m->word));
}

static void
irssi(const struct maker *m)
{
	struct connect_client_view *c = add_client(m, "irssi", "irssi", NULL);

	add_line(m, c,
	    arena_printf(m->arena,
		"/network add -sasl_mechanism PLAIN -sasl_username %s -sasl_password %s %s",
		m->user, m->password, m->word));
	add_line(m, c,
	    arena_printf(m->arena, "/server add -auto -tls -tls_verify -network %s %s %" PRId64,
		m->word, m->host, m->port));
	add_line(m, c, arena_printf(m->arena, "/connect %s", m->word));
	c->after = "Then /save, so that irssi remembers it.";
}

/* The name in quotes: a network's may have a dot in it, which TOML would read as a level. */
static void
halloy(const struct maker *m)
{
	struct connect_client_view *c =
	    add_client(m, "halloy", "Halloy", "These lines belong into its config.toml.");

	add_line(m, c,
	    arena_printf(m->arena,
		"[servers.\"%s\"]\nnickname = \"YOUR-NICK\"\nserver = \"%s\"\nport = %" PRId64
		"\nuse_tls = true\n\n[servers.\"%s\".sasl.plain]\nusername = \"%s\"\n"
		"password = \"%s\"",
		m->word, m->host, m->port, m->word, m->user, m->password));
}

static void
hexchat(const struct maker *m)
{
	struct connect_client_view *c = add_client(m, "hexchat", "HexChat", NULL);

	add_step(c, "In the network list (Ctrl-S) add a network, then edit it.");
	add_step(
	    c, arena_printf(m->arena, "As its server write %s/%" PRId64 ".", m->host, m->port));
	add_step(c, "Tick “Use SSL for all the servers on this network”.");
	add_step(c, arena_printf(m->arena,
			"Untick “Use global user information” and give %s "
			"as the user name.",
			m->user));
	add_step(c, "Choose SASL with user name and password as the login method, and give the "
		    "bouncer’s password.");
}

static void
quassel(const struct maker *m)
{
	struct connect_client_view *c = add_client(m, "quassel", "Quassel", NULL);

	add_step(c, "In the settings, under IRC and Networks, add a network.");
	add_step(c, arena_printf(m->arena,
			"As its server give %s and port %" PRId64 ", with an encrypted connection.",
			m->host, m->port));
	add_step(c, arena_printf(m->arena,
			"Under “Auto Identify” tick SASL: account %s, and the "
			"bouncer’s password.",
			m->user));
}

static void
clients_init(struct maker *m)
{
	m->view->clients.n = 0;
	m->view->clients.v = arena_array(m->arena, CLIENTS_MAX, sizeof(*m->view->clients.v));
	goguma(m);
	weechat(m);
	irssi(m);
	halloy(m);
	hexchat(m);
	quassel(m);
}

/* A command's word: what clients take as a name, whatever soju calls the network. */
static const char *
word_of(const char *text, struct arena *a)
{
	struct strbuf word = { 0 };
	const char *copy;

	for (; *text != '\0' && word.len < 32; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
		    (*text >= '0' && *text <= '9') || *text == '-' || *text == '_')
			strbuf_putc(&word, *text);
	copy = arena_strdup(a, word.len > 0 ? strbuf_text(&word) : "bouncer");
	strbuf_free(&word);
	return copy;
}

static void
networks_init(struct bouncer_connect_view *v, const struct connect_facts *f, struct arena *a)
{
	const char **words = arena_array(a, f->nnetworks + 1, sizeof(*words));
	const char **labels = arena_array(a, f->nnetworks + 1, sizeof(*labels));

	words[0] = "";
	labels[0] = "All networks, for clients that know soju";
	for (size_t i = 0; i < f->nnetworks; i++) {
		words[i + 1] = f->networks[i];
		labels[i + 1] = text_safe(a, f->networks[i]);
	}
	v->has_networks = f->nnetworks > 0;
	field_view_choice(&v->networks, "network", "Settings for", words, labels, f->nnetworks + 1,
	    f->network != NULL ? f->network : "", a);
}

static void
password_init(struct bouncer_connect_view *v, const struct connect_facts *f, struct arena *a)
{
	v->can_set = f->can_set;
	v->is_typed = f->is_typed;
	if (f->password != NULL)
		v->secret = (struct copy_view){ "password-made", "Copy", f->password };
	field_view_line(&v->password, "typed", "A password of your own", "password", NULL);
	v->password.autocomplete = "new-password";
	v->password.hint = "At least 10 characters. Nothing typed: one is made for you.";
	v->password.error = f->problem;
	v->password_action = bouncer_href(a, f->bouncer->name, "/password");
}

void
bouncer_connect_view_init(
    struct bouncer_connect_view *v, const struct connect_facts *f, struct arena *a)
{
	const struct bouncer *b = f->bouncer;
	const char *network = f->network != NULL ? text_safe(a, f->network) : NULL;
	const char *login = network != NULL ? arena_printf(a, "%s/%s", b->soju_username, network)
					    : b->soju_username;
	struct maker m = { .arena = a,
		.view = v,
		.host = source_of_bouncer(a, f->host, b->name),
		.user = login,
		.account = b->soju_username,
		.password = f->password != NULL ? f->password : "PASSWORD",
		.word = word_of(network != NULL ? network : b->name, a),
		.port = f->port };

	v->name = b->name;
	v->back_href = bouncer_href(a, b->name, "");
	v->action = bouncer_href(a, b->name, "/connect");
	v->has_host = *f->host != '\0';
	v->host = (struct copy_view){ "host", "Copy", m.host };
	v->port = arena_printf(a, "%" PRId64, f->port);
	v->user = (struct copy_view){ "user", "Copy", login };
	v->network = f->network;
	v->has_placeholder = f->password == NULL;
	networks_init(v, f, a);
	password_init(v, f, a);
	if (!v->has_host)
		return;
	v->href =
	    arena_printf(a, "ircs://%s@%s:%" PRId64 "/", url_encode(a, login), m.host, f->port);
	clients_init(&m);
}
