/* What can be bought, and for how much less: prices and coupons. */
#include <stdio.h>
#include <string.h>

#include "clients/stripe_object.h"
#include "clients/stripe_read.h"

#define DECIMAL_MAX 32
#define PERCENT_MAX 100

/* ---- Decimals ---- */

/* What Postgres reads as numeric: digits, and perhaps a fraction. */
static bool
is_decimal(const char *text)
{
	const char *digits = *text == '-' ? text + 1 : text;
	size_t whole = strspn(digits, "0123456789"), fraction = 0;
	bool has_point = digits[whole] == '.';

	if (has_point)
		fraction = strspn(digits + whole + 1, "0123456789");
	return whole > 0 && (!has_point || fraction > 0) &&
	       digits[whole + has_point + fraction] == '\0' && strlen(text) <= DECIMAL_MAX;
}

/* The decimal is the one to take: the whole number is null where a price has fractions of a cent.
 */
static const char *
unit_amount(struct stripe_read *in, struct arena *a)
{
	const char *decimal = stripe_read_text_if(in, "unit_amount_decimal");
	int64_t whole = stripe_read_amount(in, "unit_amount");

	if (decimal == NULL)
		return whole != STRIPE_UNKNOWN ? arena_printf(a, "%lld", (long long)whole) : NULL;
	if (!is_decimal(decimal))
		stripe_read_wrong(in, "unit_amount_decimal");
	return decimal;
}

/* A percentage is a number of JSON and no money; 15 digits of it are those that were sent. */
static const char *
percent_off(struct stripe_read *in, struct arena *a)
{
	const struct json *percent = json_read_member(in->json, "percent_off");
	double value;

	if (percent == NULL)
		return NULL;
	value = percent->kind == JSON_KIND_INT ? (double)percent->integer : percent->real;
	if ((percent->kind != JSON_KIND_INT && percent->kind != JSON_KIND_REAL) || value < 0 ||
	    value > PERCENT_MAX)
		stripe_read_wrong(in, "percent_off");
	return arena_printf(a, "%.15g", value);
}

/* ---- Prices ---- */

/* A product that is only an id, or was deleted, has no name: then the price's own may do. */
static void
read_name(struct stripe_price *p, struct stripe_read *in)
{
	const struct json *product = NULL;

	if (json_read_object(in->json, "product", &product) == ERR_OK)
		(void)json_read_text(product, "name", &p->name);
	p->is_product_name = p->name != NULL && *p->name != '\0';
	if (!p->is_product_name)
		p->name = stripe_read_text_if(in, "nickname");
}

/* A period of a kind that we do not know is unknown. */
static void
read_period(struct stripe_price *p, struct stripe_read *in)
{
	static const char *const periods[] = { "day", "week", "month", "year" };
	const struct json *recurring = stripe_read_object(in, "recurring");
	struct stripe_read of_it = stripe_read_begin(recurring, NULL);
	const char *interval;

	if (recurring == NULL)
		return;
	interval = stripe_read_word(&of_it, "interval");
	p->period_count = stripe_read_count(&of_it, "interval_count");
	if (of_it.wrong != NULL)
		stripe_read_wrong(in, of_it.wrong);
	for (size_t i = 0; interval != NULL && i < sizeof(periods) / sizeof(periods[0]); i++)
		if (strcmp(interval, periods[i]) == 0)
			p->period = periods[i];
}

enum err
stripe_price_read(
    struct stripe_price *p, struct arena *a, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "price");

	*p = (struct stripe_price){ .period_count = STRIPE_UNKNOWN };
	p->id = stripe_read_word(&in, "id");
	p->product_id = stripe_read_link_if(&in, "product");
	read_name(p, &in);
	p->currency = stripe_read_currency(&in);
	p->unit_amount = unit_amount(&in, a);
	p->is_live = stripe_read_flag(&in, "livemode");
	p->is_active = stripe_read_flag(&in, "active");
	read_period(p, &in);
	return stripe_read_end(&in, what);
}

/* ---- Coupons ---- */

enum err
stripe_coupon_read(
    struct stripe_coupon *c, struct arena *a, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "coupon");

	*c = (struct stripe_coupon){ 0 };
	c->id = stripe_read_word(&in, "id");
	c->name = stripe_read_text_if(&in, "name");
	c->percent_off = percent_off(&in, a);
	c->currency = stripe_read_currency_if(&in);
	c->duration = stripe_read_word(&in, "duration");
	c->amount_off_minor = stripe_read_amount(&in, "amount_off");
	c->duration_months = stripe_read_count(&in, "duration_in_months");
	c->is_live = stripe_read_flag(&in, "livemode");
	c->is_valid = stripe_read_flag(&in, "valid");
	if ((c->percent_off == NULL) == (c->amount_off_minor == STRIPE_UNKNOWN))
		stripe_read_wrong(&in, "percent_off"); /* either this or an amount */
	return stripe_read_end(&in, what);
}
