/*
 * JSON of Stripe's for admins' eyes: what it is about can be followed, and neither people nor
 * secrets show. Ids, words, numbers and times stand as they are; of all other texts only that they
 * are there. What is not known to be harmless is hidden.
 */
#ifndef BILLING_MASK_H
#define BILLING_MASK_H

#include <stddef.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/strbuf.h"

#define MASK_WORD "•••"
#define MASK_BYTES_MAX 262144 /* what is longer is cut, and says so */

/* Appends the JSON in lines, indented by two spaces a level. The arena is for its own use. */
void mask_json(const struct json *, struct arena *, struct strbuf *out);

#endif
