/*
 * Members of Stripe's objects, read one after another; the first that does not fit is remembered,
 * so that a reader lists what it takes and looks once whether all was well:
 *
 *	struct stripe_read in = stripe_read_begin(json, "refund");
 *
 *	r->id = stripe_read_id(&in, "id");
 *	r->amount_minor = stripe_read_amount(&in, "amount");
 *	return stripe_read_end(&in, what);
 *
 * Missing and null are the same, and of another kind is wrong. For stripe_object_*.c only.
 */
#ifndef CLIENTS_STRIPE_READ_H
#define CLIENTS_STRIPE_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_read.h"

struct stripe_read {
	const struct json *json;
	const char *wrong; /* the first member that does not fit; NULL: none so far */
};

/* `object` is what the member of that name says, where there is one; NULL: not looked at. */
struct stripe_read stripe_read_begin(const struct json *, const char *object);
/* ERR_INVALID if something was wrong; then *what, if given, is its name. */
enum err stripe_read_end(const struct stripe_read *, const char **what);
void stripe_read_wrong(struct stripe_read *, const char *member);

/* What an object cannot be without. An id and a word are printable ASCII without blanks, at most
 * 255 of it; a currency is lower case letters. */
const char *stripe_read_id(struct stripe_read *, const char *member);
const char *stripe_read_word(struct stripe_read *, const char *member);
const char *stripe_read_currency(struct stripe_read *);
int64_t stripe_read_created(struct stripe_read *);
/* The id in a member that holds one, or the object itself. */
const char *stripe_read_link(struct stripe_read *, const char *member);

/* What it may lack: then NULL, false, 0 or, of amounts and counts, STRIPE_UNKNOWN. */
const char *stripe_read_link_if(struct stripe_read *, const char *member);
const char *stripe_read_word_if(struct stripe_read *, const char *member);
const char *stripe_read_currency_if(struct stripe_read *);
const char *stripe_read_text_if(struct stripe_read *, const char *member); /* "" is NULL, too */
bool stripe_read_flag(struct stripe_read *, const char *member);
int64_t stripe_read_amount(struct stripe_read *, const char *member);
int64_t stripe_read_time(struct stripe_read *, const char *member);
/* From 0 to what fits Postgres' integer. */
int64_t stripe_read_count(struct stripe_read *, const char *member);
const struct json *stripe_read_object(struct stripe_read *, const char *member);
/* The array itself, or the data of a list. */
const struct json *stripe_read_list(struct stripe_read *, const char *member);
/* Stripe's metadata; what is no text there is none. */
const char *stripe_read_metadata(const struct stripe_read *, const char *name);

#endif
