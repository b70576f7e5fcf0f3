/*
 * Decimal texts and exact rational numbers (GMP). Every mpq_t is initialised and cleared by whoever
 * owns it; results are texts in the arena.
 */
#ifndef BILLING_MRR_NUMBER_H
#define BILLING_MRR_NUMBER_H

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define MRR_NUMBER_PLACES 12 /* of numeric(36, 12), the columns of migrations 0008 */

/*
 * "12", "-0.5", "1.5e-07": digits, an optional fraction, an optional exponent of at most 30, no
 * blanks, at most 64 bytes. False for anything else, NULL too.
 */
bool mrr_number_is_decimal(const char *);
/* The exact value of such a text; 0 and false for any other. */
bool mrr_number_read(mpq_t, const char *);
void mrr_number_set_int(mpq_t, int64_t);
/*
 * Rounded half up to 12 decimals, without zeros at the end: "75", "833.333333333333".
 * ERR_INVALID: more than 24 digits before the point, which no column holds.
 */
enum err mrr_number_decimal(const char **, struct arena *, const mpq_t);
/* "2500/3", "900/1" */
const char *mrr_number_exact(struct arena *, const mpq_t);
/* Half up to a whole number. ERR_INVALID: it does not fit. */
enum err mrr_number_round(int64_t *, const mpq_t);

#endif
