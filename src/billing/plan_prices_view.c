/* See plan_prices_view.h. */
#include "billing/plan_prices_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "billing/billing_words.h"
#include "billing/plan.h"

VIEW_DEFINE(plan_price, PLAN_PRICE)
VIEW_DEFINE(plan_prices, PLAN_PRICES)

#define NAME_POINTS 60

/* ---- Prices as Stripe lists them ---- */

enum err
plan_prices_view_read(struct listed_price *p, const struct json *json)
{
	const struct json *product, *recurring;
	const char *object = "", *scheme = "", *usage = "";

	*p = (struct listed_price){ .period_count = 1 };
	(void)json_read_text(json, "object", &object);
	if (strcmp(object, "price") != 0 || json_read_text(json, "id", &p->id) != ERR_OK)
		return ERR_INVALID;
	if (json_read_object(json, "product", &product) == ERR_OK)
		(void)json_read_text(product, "name", &p->name);
	if (p->name == NULL)
		(void)json_read_text(json, "nickname", &p->name);
	(void)json_read_text(json, "currency", &p->currency);
	(void)json_read_text(json, "unit_amount_decimal", &p->unit_amount);
	(void)json_read_bool(json, "livemode", &p->is_live);
	if (json_read_object(json, "recurring", &recurring) == ERR_OK) {
		(void)json_read_text(recurring, "interval", &p->period);
		(void)json_read_int(recurring, "interval_count", &p->period_count);
		(void)json_read_text(recurring, "usage_type", &usage);
	}
	(void)json_read_text(json, "billing_scheme", &scheme);
	p->is_tiered = strcmp(scheme, "tiered") == 0;
	p->is_metered = strcmp(usage, "metered") == 0;
	return ERR_OK;
}

/* ---- Rows ---- */

/* "500" in EUR is "5.00 EUR"; what is not whole is shown as it is, in minor units. */
static const char *
amount_words(const char *decimal, bool is_tiered, const char *currency, struct arena *a)
{
	char *end;
	long long minor;

	if (is_tiered)
		return "by tiers";
	if (decimal == NULL || currency == NULL)
		return "unknown amount";
	errno = 0;
	minor = strtoll(decimal, &end, 10);
	if (errno == 0 && *end == '\0' && end != decimal && minor != BILLING_UNKNOWN)
		return billing_money(a, minor, currency);
	return arena_printf(a, "%s minor units %s", text_short(a, text_safe(a, decimal), 30),
	    text_short(a, text_safe(a, currency), 8));
}

static const struct plan_price *
kept_of(const struct plan_prices *kept, const char *id)
{
	for (size_t i = 0; i < kept->n; i++)
		if (strcmp(kept->v[i].id, id) == 0)
			return &kept->v[i];
	return NULL;
}

static bool
is_listed(const struct plan_prices_facts *f, const char *id)
{
	for (size_t i = 0; i < f->nlisted; i++)
		if (strcmp(f->listed[i].id, id) == 0)
			return true;
	return false;
}

/* No plan, then each plan; a word of a later version stays what it is unless it is changed. */
static void
choices_init(struct plan_price_view *v, const char *word, struct arena *a)
{
	struct option_view *o = arena_array(a, PLAN__MAX + 2, sizeof(*o));

	v->choices.v = o;
	o[v->choices.n++] = (struct option_view){ "none", "No plan", word == NULL };
	for (size_t i = 0; i < PLAN__MAX; i++)
		o[v->choices.n++] = (struct option_view){ plans[i].word, plans[i].name,
			word != NULL && strcmp(word, plans[i].word) == 0 };
	if (word != NULL && plan_find(word) == NULL)
		o[v->choices.n++] = (struct option_view){ word, billing_plan_name(a, word), true };
}

/* What is known of a price beside what is kept. */
struct seen {
	bool is_list_whole, is_listed, is_active, is_metered;
};

static bool
is_offered(const struct plan_price *kept, const struct seen *seen)
{
	return kept->is_offered && !seen->is_metered;
}

static void
state_init(struct plan_price_view *v, const struct plan_price *kept, const struct seen *seen)
{
	if (kept == NULL || kept->plan == NULL)
		v->state = (struct badge_view){ "buys no plan", tone_words[TONE_OFF] };
	else if (is_offered(kept, seen))
		v->state = (struct badge_view){ "offered", tone_words[TONE_GOOD] };
	else
		v->state = (struct badge_view){ "honoured, not offered", tone_words[TONE_BUSY] };
}

static const char *
warning_of(const struct plan_price *kept, const struct seen *seen)
{
	if (kept->plan == NULL)
		return kept->subscriptions > 0 ? "People pay this price and get no plan for it."
					       : NULL;
	if (!kept->is_mirrored && seen->is_listed)
		return "Not read from Stripe yet; what is set for it counts in a moment.";
	if (!kept->is_mirrored && seen->is_list_whole)
		return "Stripe sells no price of this id here, and none was ever read.";
	if (!kept->is_mirrored)
		return "Not read from Stripe yet.";
	if (is_offered(kept, seen) && !seen->is_active)
		return "Stripe does not sell this price (any more), so it is not offered.";
	return NULL;
}

static void
kept_init(struct plan_price_view *v, const struct plan_price *kept, const struct seen *seen,
    struct arena *a)
{
	state_init(v, kept, seen);
	choices_init(v, kept != NULL ? kept->plan : NULL, a);
	v->can_offer = !seen->is_metered;
	v->is_offered = kept == NULL || kept->plan == NULL || kept->is_offered;
	if (kept == NULL)
		return;
	if (kept->subscriptions > 0)
		v->subscriptions =
		    human_plural(a, kept->subscriptions, "subscription", "subscriptions");
	v->warning = warning_of(kept, seen);
}

static void
names_init(struct plan_price_view *v, const char *id, const char *name, struct arena *a)
{
	v->price_id = id;
	v->name = text_short(a, text_safe(a, name != NULL ? name : "(no name)"), NAME_POINTS);
	v->plan_field = arena_printf(a, "plan-%s", text_safe(a, id));
	v->offered_field = arena_printf(a, "offered-%s", text_safe(a, id));
}

static void
add_listed(struct plan_prices_view *v, const struct listed_price *p, const struct plan_prices *kept,
    struct arena *a)
{
	const struct seen seen = {
		.is_listed = true, .is_active = true, .is_metered = p->is_metered
	};
	struct plan_price_view *row = &v->rows.v[v->rows.n++];

	names_init(row, p->id, p->name, a);
	row->amount = amount_words(p->unit_amount, p->is_tiered, p->currency, a);
	row->period = billing_period(a, p->period, p->period_count);
	kept_init(row, kept_of(kept, p->id), &seen, a);
}

/* What buys a plan, or is paid by somebody, and is not among Stripe's active prices. */
static void
add_kept(
    struct plan_prices_view *v, const struct plan_price *p, bool is_list_whole, struct arena *a)
{
	const struct seen seen = { .is_list_whole = is_list_whole,
		.is_active = p->is_active,
		.is_metered = p->is_metered };
	struct plan_price_view *row = &v->rows.v[v->rows.n++];

	names_init(row, p->id, p->name, a);
	row->amount = amount_words(p->unit_amount, p->is_tiered, p->currency, a);
	row->period = p->is_mirrored ? billing_period(a, p->period, p->period_count) : NULL;
	kept_init(row, p, &seen, a);
}

static const char *
unmapped_words(const struct plan_prices *kept, struct arena *a)
{
	int64_t n = 0;

	for (size_t i = 0; i < kept->n; i++)
		n += kept->v[i].plan == NULL && kept->v[i].subscriptions > 0;
	if (n == 0)
		return NULL;
	return arena_printf(a, "People pay %s that buy%s no plan here.",
	    human_plural(a, n, "price", "prices"), n == 1 ? "s" : "");
}

void
plan_prices_view_init(
    struct plan_prices_view *v, const struct plan_prices_facts *f, struct arena *a)
{
	if (!f->is_set_up) {
		v->missing = "Billing is not set up: there is no STRIPE_SECRET_KEY, so there is "
			     "nothing to sell.";
		return;
	}
	v->world = f->is_live ? "live mode" : "test mode";
	v->trouble = f->trouble;
	v->unmapped = unmapped_words(f->kept, a);
	v->rows.v = arena_array(a, f->nlisted + f->kept->n, sizeof(*v->rows.v));
	for (size_t i = 0; i < f->nlisted; i++)
		if (f->listed[i].period != NULL && f->listed[i].is_live == f->is_live)
			add_listed(v, &f->listed[i], f->kept, a);
	for (size_t i = 0; i < f->kept->n; i++)
		if (!is_listed(f, f->kept->v[i].id) &&
		    (f->kept->v[i].plan != NULL || f->kept->v[i].subscriptions > 0))
			add_kept(v, &f->kept->v[i], f->trouble == NULL, a);
	v->is_empty = v->rows.n == 0 && f->trouble == NULL;
}
