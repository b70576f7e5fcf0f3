#include "clients/soju_door.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "clients/irc_line.h"
#include "clients/soju_admin.h"
#include "clients/soju_wire.h"

#define LINES_MAX 5000 /* of one answer; whoever says more is no soju */
#define AHEAD_MAX 64   /* commands that are sent before the first of them is answered */
#define SERVICE "BouncerServ"
#define TOKEN_SIZE 32

struct soju_door {
	struct soju_wire *wire;
	unsigned long sent, answered; /* commands, and in IRC their tokens */
	void (*note)(enum err, int64_t duration_us);
	bool is_broken;
};

/* ---- Logging in, over IRC ---- */

/* SASL takes any name and password, whatever characters they have; PASS does not. */
static char *
plain_credentials(struct arena *a, const struct soju_door_target *t)
{
	const size_t login = strlen(t->login), password = strlen(t->password);
	char *bytes = arena_printf(a, "|%s|%s", t->login, t->password);
	char *text = arena_alloc(a, (login + password + 2 + 2) / 3 * 4 + 1);

	bytes[0] = bytes[login + 1] = '\0';
	EVP_EncodeBlock(
	    (unsigned char *)text, (const unsigned char *)bytes, (int)(login + password + 2));
	return text;
}

/* Pieces of 400; a last one that is full, or empty, is told from a longer text by "+". */
static void
put_credentials(struct soju_wire *w, struct arena *a, const char *text)
{
	const size_t piece = 400;
	size_t len = strlen(text);

	for (; len >= piece; text += piece, len -= piece)
		soju_wire_put(w, "AUTHENTICATE ", arena_strndup(a, text, piece));
	soju_wire_put(w, "AUTHENTICATE ", len > 0 ? text : "+");
}

enum login_word { LOGIN_GO_ON, LOGIN_IN, LOGIN_REFUSED, LOGIN_NO_SASL };

/* What a line means while we log in, and our answer to it. */
static enum login_word
login_step(struct soju_wire *w, struct arena *a, const struct soju_door_target *t,
    const struct irc_line *l)
{
	if (strcmp(l->command, "CAP") == 0 && l->n >= 2 && strcmp(l->words[1], "ACK") == 0)
		soju_wire_put(w, "AUTHENTICATE ", "PLAIN");
	else if (strcmp(l->command, "CAP") == 0 && l->n >= 2 && strcmp(l->words[1], "NAK") == 0)
		return LOGIN_NO_SASL;
	else if (strcmp(l->command, "AUTHENTICATE") == 0)
		put_credentials(w, a, plain_credentials(a, t));
	else if (strcmp(l->command, "903") == 0)
		soju_wire_put(w, "CAP ", "END");
	else if (strcmp(l->command, "PING") == 0)
		soju_wire_put(w, "PONG :", irc_line_last(l));
	else if (strcmp(l->command, "904") == 0 || strcmp(l->command, "464") == 0 ||
		 strcmp(l->command, "902") == 0 || strcmp(l->command, "ERROR") == 0)
		return LOGIN_REFUSED;
	else if (strcmp(l->command, "001") == 0)
		return LOGIN_IN;
	return LOGIN_GO_ON;
}

static enum err
log_in(struct soju_wire *w, struct arena *a, const struct soju_door_target *t, const char **why)
{
	enum login_word word = LOGIN_GO_ON;
	struct irc_line l;
	enum err e;
	char *line;

	soju_wire_put(w, "CAP REQ :sasl", "\r\nNICK portal\r\nUSER portal 0 * :portal");
	while (word == LOGIN_GO_ON) {
		e = soju_wire_line(w, &line);
		*why = e == ERR_TIMEOUT ? "soju did not let us in in time"
					: "soju closed the connection before we were in";
		if (e != ERR_OK)
			return e;
		if (irc_line_read(&l, line))
			word = login_step(w, a, t, &l);
	}
	*why = word == LOGIN_NO_SASL ? "this is no soju: it knows no SASL"
				     : "soju refused the admin's name or password";
	return word == LOGIN_IN ? ERR_OK : ERR_FORBIDDEN;
}

/* ---- Opening and closing ---- */

static enum err
enter(struct soju_wire *w, struct arena *a, const struct soju_door_target *t, const char **why)
{
	if (!soju_wire_is_irc(w))
		return ERR_OK;
	*why = "no name or no password of an admin of soju is set";
	if (t->login == NULL || t->password == NULL)
		return ERR_INVALID;
	return log_in(w, a, t, why);
}

struct soju_door *
soju_door_open(const struct soju_door_target *t, struct arena *a, enum err *e, const char **why)
{
	struct soju_wire *w;
	struct soju_door *d;
	const int64_t begun_us = clock_monotonic_us();
	const char *reason = NULL;

	w = soju_wire_open(t, a, e, &reason);
	if (w != NULL)
		*e = enter(w, a, t, &reason);
	if (t->note != NULL)
		t->note(*e, clock_monotonic_us() - begun_us);
	if (why != NULL)
		*why = *e == ERR_OK ? NULL : reason;
	if (*e != ERR_OK) {
		soju_wire_close(w);
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->wire = w;
	d->note = t->note;
	return d;
}

void
soju_door_close(struct soju_door *d)
{
	if (d == NULL)
		return;
	soju_wire_close(d->wire);
	free(d);
}

/* ---- Commands and answers ---- */

static void
make_token(char token[TOKEN_SIZE], unsigned long number)
{
	struct strbuf text = { 0 };

	strbuf_printf(&text, "answered-%lu", number);
	memcpy(token, strbuf_text(&text), text.len + 1);
	strbuf_free(&text);
}

/* Over IRC nothing tells where an answer ends: a PING behind the command is answered after it. */
static void
put_command(struct soju_door *d, const char *line)
{
	char token[TOKEN_SIZE];

	if (!soju_wire_is_irc(d->wire)) {
		soju_wire_put(d->wire, "BOUNCERSERV :", line);
	} else {
		make_token(token, d->sent);
		soju_wire_put(d->wire, "PRIVMSG " SERVICE " :", line);
		soju_wire_put(d->wire, "PING :", token);
	}
	d->sent++;
}

struct reading {
	struct soju_reply *reply;
	struct arena *arena;
	size_t size;
	bool is_over, is_broken;
};

static void
keep_line(struct reading *r, const char *text)
{
	const char **more;

	if (r->reply->n == LINES_MAX) {
		r->is_broken = true;
		return;
	}
	if (r->reply->n == r->size) {
		r->size = r->size == 0 ? 8 : r->size * 2;
		more = arena_array(r->arena, r->size, sizeof(*more));
		if (r->reply->n > 0)
			memcpy(more, r->reply->lines, r->reply->n * sizeof(*more));
		r->reply->lines = more;
	}
	r->reply->lines[r->reply->n++] = utf8_is_valid(text, strlen(text))
					     ? arena_strdup(r->arena, text)
					     : text_safe(r->arena, text);
}

static void
refuse(struct reading *r, const char *text)
{
	r->reply->refusal = *text != '\0' ? text_safe(r->arena, text) : "soju gave no reason";
	r->is_over = true;
}

static void
read_admin_line(struct reading *r, const struct irc_line *l)
{
	if (strcmp(l->command, "PRIVMSG") == 0)
		keep_line(r, irc_line_last(l));
	else if (strcmp(l->command, "BOUNCERSERV") == 0)
		r->is_over = true;
	else if (strcmp(l->command, "FAIL") == 0)
		refuse(r, irc_line_last(l));
	else if (strcmp(l->command, "ERROR") == 0)
		r->is_broken = true;
}

static void
read_irc_line(struct soju_door *d, struct reading *r, const struct irc_line *l)
{
	char token[TOKEN_SIZE];

	make_token(token, d->answered);
	if (strcmp(l->command, "PRIVMSG") == 0 && strcasecmp(l->nick, SERVICE) == 0)
		keep_line(r, irc_line_last(l));
	else if (strcmp(l->command, "PONG") == 0 && strcmp(irc_line_last(l), token) == 0)
		r->is_over = true;
	else if (strcmp(l->command, "PING") == 0)
		soju_wire_put(d->wire, "PONG :", irc_line_last(l));
	else if (strcmp(l->command, "ERROR") == 0)
		r->is_broken = true;
}

/* Over IRC, and in older ones also elsewhere, a refusal is a line like any other, the last one. */
static void
find_refusal(struct reading *r)
{
	const char *last;

	if (r->reply->n == 0 || r->reply->refusal != NULL)
		return;
	last = r->reply->lines[r->reply->n - 1];
	if (strncmp(last, "error: ", 7) == 0) {
		r->reply->n--;
		refuse(r, last + 7);
	}
}

static enum err
read_reply(struct soju_door *d, struct arena *a, struct soju_reply *reply)
{
	const int64_t begun_us = clock_monotonic_us();
	struct reading r = { .reply = reply, .arena = a };
	struct irc_line l;
	enum err e = ERR_OK;
	char *line;

	*reply = (struct soju_reply){ 0 };
	while (e == ERR_OK && !r.is_over) {
		e = soju_wire_line(d->wire, &line);
		if (e != ERR_OK || !irc_line_read(&l, line))
			continue;
		if (soju_wire_is_irc(d->wire))
			read_irc_line(d, &r, &l);
		else
			read_admin_line(&r, &l);
		if (r.is_broken)
			e = ERR_UPSTREAM;
	}
	find_refusal(&r);
	d->answered++;
	d->is_broken = e != ERR_OK;
	if (d->note != NULL)
		d->note(e, clock_monotonic_us() - begun_us);
	return e;
}

enum err
soju_door_run(
    struct soju_door *d, struct arena *a, const char *const *words, struct soju_reply *reply)
{
	struct strbuf line = { 0 };
	enum err e;

	if (d->is_broken)
		return ERR_UPSTREAM;
	e = soju_admin_command(&line, words);
	if (e == ERR_OK) {
		put_command(d, strbuf_text(&line));
		e = read_reply(d, a, reply);
	}
	strbuf_free(&line);
	return e;
}

/* All are looked at before the first is sent: none is done, or each that can be. */
static enum err
check_commands(const char *const *const *commands, size_t n)
{
	struct strbuf line = { 0 };
	enum err e = ERR_OK;
	size_t i;

	for (i = 0; i < n && e == ERR_OK; i++) {
		strbuf_clear(&line);
		e = soju_admin_command(&line, commands[i]);
	}
	strbuf_free(&line);
	return e;
}

static void
put_ahead(struct soju_door *d, const char *const *const *commands, size_t *next, size_t until)
{
	struct strbuf line = { 0 };

	for (; *next < until; ++*next) {
		strbuf_clear(&line);
		if (soju_admin_command(&line, commands[*next]) == ERR_OK)
			put_command(d, strbuf_text(&line));
	}
	strbuf_free(&line);
}

enum err
soju_door_run_many(struct soju_door *d, const char *const *const *commands, size_t n,
    void (*read)(void *arg, size_t i, struct arena *, const struct soju_reply *), void *arg)
{
	struct soju_reply reply;
	struct arena a = { 0 };
	size_t i, next = 0;
	enum err e;

	if (d->is_broken)
		return ERR_UPSTREAM;
	e = check_commands(commands, n);
	for (i = 0; i < n && e == ERR_OK; i++) {
		put_ahead(d, commands, &next, n - i < AHEAD_MAX ? n : i + AHEAD_MAX);
		e = read_reply(d, &a, &reply);
		if (e == ERR_OK)
			read(arg, i, &a, &reply);
		arena_free(&a);
	}
	return e;
}
