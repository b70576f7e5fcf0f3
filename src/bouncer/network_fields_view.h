/* The part of a form that asks for a network; see network_typed.h. */
#ifndef BOUNCER_NETWORK_FIELDS_VIEW_H
#define BOUNCER_NETWORK_FIELDS_VIEW_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/network_typed.h"
#include "web/part_view.h"

/* clang-format off */
#define NETWORK_SUGGESTION(F) F(TEXT, name) F(BOOL, is_checked)
VIEW_DECLARE(network_suggestion, NETWORK_SUGGESTION)

#define NETWORK_CHOICE(F)                                                                       \
	F(TEXT, word) F(TEXT, title) F(TEXT, about) F(BOOL, is_checked)                         \
	F(BOOL, has_channels) F(LIST, channels, network_suggestion)
VIEW_DECLARE(network_choice, NETWORK_CHOICE)

#define NETWORK_FIELDS(F)                                                                       \
	F(LIST, choices, network_choice) /* none on the form of a network that is there */      \
	F(TEXT, choice_error)                                                                   \
	F(PART, address, field) F(PART, name, field) F(PART, nick, field)                       \
	F(BOOL, has_channels) F(PART, channels, field)                                          \
	F(PART, username, field) F(PART, realname, field) F(PART, pass, field)                  \
	F(PART, sasl_login, field) F(PART, sasl_password, field)                                \
	F(BOOL, is_open)		 /* what few need has something in it */
VIEW_DECLARE(network_fields, NETWORK_FIELDS)
/* clang-format on */

/* The fields of a form for a network that is not there yet; `may_be_none`: one may want none. */
void network_fields_view_new(
    struct network_fields_view *, const struct network_typed *, bool may_be_none, struct arena *);
/* Of one that is there: its secrets are not told, and stay if nothing is typed. */
void network_fields_view_edit(
    struct network_fields_view *, const struct network_typed *, struct arena *);

#endif
