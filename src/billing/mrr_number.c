#include "billing/mrr_number.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 64
#define EXPONENT_MAX 30
#define WHOLE_DIGITS_MAX 24

/* GMP takes and gives long. */
_Static_assert(sizeof(long) == sizeof(int64_t), "int64_t and long are the same here");

/* A text taken apart: the digits without the point, and how many of them stand behind it. */
struct decimal {
	char digits[TEXT_MAX + 1]; /* with the sign */
	long places;
};

static const char *
take_digits(struct decimal *d, size_t *n, const char *s)
{
	for (; *s >= '0' && *s <= '9'; s++)
		d->digits[(*n)++] = *s;
	return s;
}

/* Past the exponent; NULL if there is a wrong one. */
static const char *
take_exponent(struct decimal *d, const char *s)
{
	char *end;
	long exponent;

	if (*s != 'e' && *s != 'E')
		return s;
	s++;
	if (s[strspn(s, "+-")] < '0' || s[strspn(s, "+-")] > '9' || strspn(s, "+-") > 1)
		return NULL;
	exponent = strtol(s, &end, 10);
	if (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)
		return NULL;
	d->places -= exponent;
	return end;
}

static bool
take_apart(struct decimal *d, const char *s)
{
	const char *begin;
	size_t n = 0;

	memset(d, 0, sizeof(*d));
	if (s == NULL || strlen(s) > TEXT_MAX)
		return false;
	if (*s == '-')
		d->digits[n++] = *s++;
	begin = s;
	s = take_digits(d, &n, s);
	if (s == begin)
		return false;
	if (*s == '.') {
		begin = ++s;
		s = take_digits(d, &n, s);
		d->places = s - begin;
		if (s == begin)
			return false;
	}
	s = take_exponent(d, s);
	return s != NULL && *s == '\0';
}

bool
mrr_number_is_decimal(const char *text)
{
	struct decimal d;

	return take_apart(&d, text);
}

bool
mrr_number_read(mpq_t q, const char *text)
{
	struct decimal d;
	mpz_t power;

	mpq_set_ui(q, 0, 1);
	if (!take_apart(&d, text))
		return false;
	mpz_init(power);
	mpz_ui_pow_ui(power, 10, (unsigned long)labs(d.places));
	mpz_set_str(mpq_numref(q), d.digits, 10);
	if (d.places >= 0)
		mpz_set(mpq_denref(q), power);
	else
		mpz_mul(mpq_numref(q), mpq_numref(q), power);
	mpz_clear(power);
	mpq_canonicalize(q);
	return true;
}

void
mrr_number_set_int(mpq_t q, int64_t n)
{
	mpq_set_si(q, n, 1);
}

/* floor(q × factor + 1/2) */
static void
round_half_up(mpz_t to, const mpq_t q, const mpz_t factor)
{
	mpz_t twice;

	mpz_init(twice);
	mpz_mul(to, mpq_numref(q), factor);
	mpz_mul_2exp(to, to, 1);
	mpz_add(to, to, mpq_denref(q));
	mpz_mul_2exp(twice, mpq_denref(q), 1);
	mpz_fdiv_q(to, to, twice);
	mpz_clear(twice);
}

static char *
text_of(struct arena *a, const mpz_t n)
{
	return mpz_get_str(arena_alloc(a, mpz_sizeinbase(n, 10) + 2), 10, n);
}

/* "123" with 2 places is "1.23"; zeros at the end go. */
static const char *
with_point(struct arena *a, const char *digits, bool is_negative)
{
	size_t len = strlen(digits), places = MRR_NUMBER_PLACES;
	const char *sign = is_negative ? "-" : "";

	while (places > 0 && digits[len - 1] == '0') {
		places--;
		len--;
	}
	if (places == 0)
		return arena_printf(a, "%s%.*s", sign, (int)len, digits);
	return arena_printf(a, "%s%.*s.%.*s", sign, (int)(len - places), digits, (int)places,
	    digits + len - places);
}

/* At least one digit before the point. */
static const char *
padded(struct arena *a, const char *digits)
{
	static const char zeros[] = "0000000000000";
	size_t len = strlen(digits);

	_Static_assert(sizeof(zeros) == MRR_NUMBER_PLACES + 2, "one more than there are places");
	return len > MRR_NUMBER_PLACES ? digits : arena_printf(a, "%s%s", zeros + len, digits);
}

enum err
mrr_number_decimal(const char **text, struct arena *a, const mpq_t q)
{
	const char *digits;
	bool is_negative, fits;
	mpz_t factor, n;

	mpz_inits(factor, n, NULL);
	mpz_ui_pow_ui(factor, 10, MRR_NUMBER_PLACES);
	round_half_up(n, q, factor);
	is_negative = mpz_sgn(n) < 0;
	mpz_abs(n, n);
	digits = text_of(a, n);
	fits = strlen(digits) <= WHOLE_DIGITS_MAX + MRR_NUMBER_PLACES;
	mpz_clears(factor, n, NULL);
	if (!fits)
		return ERR_INVALID;
	*text = with_point(a, padded(a, digits), is_negative);
	return ERR_OK;
}

const char *
mrr_number_exact(struct arena *a, const mpq_t q)
{
	return arena_printf(a, "%s/%s", text_of(a, mpq_numref(q)), text_of(a, mpq_denref(q)));
}

enum err
mrr_number_round(int64_t *to, const mpq_t q)
{
	mpz_t one, n;
	bool fits;

	mpz_init_set_ui(one, 1);
	mpz_init(n);
	round_half_up(n, q, one);
	fits = mpz_fits_slong_p(n);
	if (fits)
		*to = mpz_get_si(n);
	mpz_clears(one, n, NULL);
	return fits ? ERR_OK : ERR_INVALID;
}
