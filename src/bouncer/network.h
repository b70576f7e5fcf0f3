/*
 * A network as a person asks for it: checked here, whichever way it then reaches soju. Pure.
 */
#ifndef BOUNCER_NETWORK_H
#define BOUNCER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define NETWORK_NAME_MAX 32
#define NETWORK_ADDRESS_MAX 255
#define NETWORK_NICK_MAX 30
#define NETWORK_CHANNELS_MAX 20

/* Networks that are one click away: Libera.Chat, OFTC, … */
struct network_preset {
	const char *word;     /* in forms: "libera" */
	const char *title;    /* "Libera.Chat" */
	const char *name;     /* in soju, and in clients: "libera" */
	const char *address;  /* "ircs://irc.libera.chat:6697" */
	const char *about;    /* a line for whoever chooses */
	const char *channels; /* suggested, with spaces between */
};
extern const struct network_preset network_presets[];
extern const size_t network_presets_n;
const struct network_preset *network_preset_find(const char *word); /* NULL: there is none */

/* As it was typed, or as it is; "" where nothing was. */
struct network_form {
	const char *name, *address, *nick;
	const char *username, *realname;	/* "": soju's own */
	const char *pass;			/* of the server; "": none or unchanged */
	const char *sasl_login, *sasl_password; /* "": none or unchanged */
	const char *channels;			/* to join, with spaces or commas between */
	bool is_enabled;
};

/* What is wrong with each part, a sentence; NULL: nothing. */
struct network_problems {
	const char *name, *address, *nick, *username, *realname, *pass, *sasl, *channels;
};

bool network_problems_any(const struct network_problems *);

/*
 * True if all of it may be passed on. Also brings the address into soju's form
 * ("irc.example.org" → "ircs://irc.example.org:6697"). Refused are addresses of other schemes than
 * ircs and irc+insecure, and whatever CR, LF or NUL would do. `is_private_allowed`: whether
 * addresses of this machine and of private ranges (RFC 1918, 4193, 6598, link-local) may be asked
 * for; where a name leads is only known to soju, whose own network must decide the rest.
 */
bool network_form_check(
    struct network_form *, struct network_problems *, struct arena *, bool is_private_allowed);

/* Whether the host of an address is this machine or a private range, by its looks. */
bool network_is_private_host(const char *host);

/* The channels of a form, one each; NULL after the last. Checked before. */
const char *const *network_channels(const char *typed, struct arena *);

#endif
