/*
 * The part of a form that asks for a network: one of the presets, another one, or none; and what of
 * it is passed on. Pure.
 */
#ifndef BOUNCER_NETWORK_TYPED_H
#define BOUNCER_NETWORK_TYPED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/form_data.h"
#include "bouncer/network.h"

#define NETWORK_OTHER "other"
#define NETWORK_NONE "none"

struct network_typed {
	const char *choice; /* the word of a preset, NETWORK_OTHER, NETWORK_NONE, or nonsense */
	struct network_form form; /* as it was typed; its channels are those beside the suggested */
	const struct form_data *fields; /* what was posted, for the suggested channels; or NULL */
	struct network_problems problems;
	const char *choice_problem;
};

/* Of a posted form. Texts without their blanks at both ends live in the arena. */
void network_typed_read(struct network_typed *, const struct form_data *, struct arena *);
/* A text as it was typed, without the blanks at both ends, in the arena; NULL: "". */
const char *network_typed_trim(const char *, struct arena *);
/*
 * Of a form that nobody has filled in yet: the first preset, and a nick made of what somebody is
 * called (see network_nick_of()), so that there is less to type.
 */
void network_typed_begin(struct network_typed *, const char *called, struct arena *);
/* Whether a suggested channel was ticked. */
bool network_typed_has(const struct network_typed *, const char *channel);
/*
 * What is passed on: the preset's name and address in place of typed ones, all channels together.
 * False: something does not fit, and the problems say what. `may_be_none`: NETWORK_NONE is an
 * answer, and then *wants_none is true.
 */
bool network_typed_check(struct network_typed *, struct network_form *wanted, bool *wants_none,
    struct arena *, bool may_be_none, bool is_private_allowed);

/* A nick made of what somebody is called; "" if nothing is left of it. */
const char *network_nick_of(const char *called, struct arena *);

#endif
