/*
 * Terms read from Stripe's JSON. Lenient: what is unknown or wrong in a part makes that part
 * unknown, which computing flags; only what is no subscription at all is refused. Texts are copied,
 * so that the JSON may go.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "billing/mrr_number.h"
#include "billing/mrr_parts.h"

static const char *
text_of(struct arena *a, const struct json *o, const char *name)
{
	const char *text = NULL;

	return json_read_text(o, name, &text) == ERR_OK ? arena_strdup(a, text) : NULL;
}

static int64_t
int_of(const struct json *o, const char *name, int64_t absent)
{
	int64_t n = absent;

	json_read_int(o, name, &n);
	return n;
}

static const char *
currency_of(struct arena *a, const struct json *o)
{
	const char *text = NULL;
	char *lower;

	if (json_read_text(o, "currency", &text) != ERR_OK)
		return NULL;
	lower = arena_strdup(a, text);
	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

/*
 * A member as a decimal text; NULL: absent, or no number. A JSON number with a fraction has become
 * a double by now: one of at most 15 significant digits, and Stripe's percentages are such, comes
 * back exactly with "%.15g" (IEEE 754: DBL_DIG).
 */
static const char *
decimal_of(struct arena *a, const struct json *o, const char *name)
{
	const struct json *v = json_read_member(o, name);
	const char *text = NULL;

	if (v == NULL)
		return NULL;
	if (v->kind == JSON_KIND_INT)
		return arena_printf(a, "%" PRId64, v->integer);
	if (v->kind == JSON_KIND_REAL)
		text = arena_printf(a, "%.15g", v->real);
	else if (v->kind == JSON_KIND_TEXT)
		text = arena_strdup(a, v->text);
	return mrr_number_is_decimal(text) ? text : NULL;
}

/* The decimal member comes first, even if it is none: then the amount is unknown, not another. */
static const char *
amount_of(struct arena *a, const struct json *o, const char *decimal, const char *whole)
{
	if (json_read_member(o, decimal) != NULL)
		return decimal_of(a, o, decimal);
	return decimal_of(a, o, whole);
}

/* The id of what is an id or an object. */
static const char *
id_of(struct arena *a, const struct json *v)
{
	if (v == NULL)
		return NULL;
	return v->kind == JSON_KIND_TEXT ? arena_strdup(a, v->text) : text_of(a, v, "id");
}

static const struct json *
object_of(const struct json *o, const char *name)
{
	const struct json *v = NULL;

	return json_read_object(o, name, &v) == ERR_OK ? v : NULL;
}

static const struct json *
array_of(const struct json *o, const char *name)
{
	const struct json *v = NULL;

	return json_read_array(o, name, &v) == ERR_OK ? v : NULL;
}

/* ---- Prices ---- */

static int
compare_tiers(const void *a, const void *b)
{
	int64_t x = ((const struct mrr_tier *)a)->up_to, y = ((const struct mrr_tier *)b)->up_to;

	return (x > y) - (x < y);
}

/* A bound that is no number from 1 and not null makes the whole list unusable: false. */
static bool
read_tier(struct mrr_tier *t, struct arena *a, const struct json *v)
{
	const struct json *up_to;

	if (v->kind != JSON_KIND_OBJECT)
		return false;
	up_to = json_read_member(v, "up_to");
	t->up_to = up_to == NULL ? INT64_MAX : int_of(v, "up_to", 0);
	t->unit = amount_of(a, v, "unit_amount_decimal", "unit_amount");
	t->flat = amount_of(a, v, "flat_amount_decimal", "flat_amount");
	return t->up_to > 0;
}

/* Put in order: a tier is what its bound says, wherever it stands in the list. */
static void
read_tiers(struct mrr_price *p, struct arena *a, const struct json *list)
{
	struct mrr_tier *tiers;

	if (list == NULL || list->n == 0)
		return;
	tiers = arena_array(a, list->n, sizeof(*tiers));
	for (size_t i = 0; i < list->n; i++)
		if (!read_tier(&tiers[i], a, &list->items[i]))
			return;
	qsort(tiers, list->n, sizeof(*tiers), compare_tiers);
	p->tiers = tiers;
	p->ntiers = list->n;
}

static void
read_recurring(struct mrr_price *p, struct arena *a, const struct json *price)
{
	const struct json *recurring = object_of(price, "recurring");
	const char *type = text_of(a, price, "type"), *usage;

	if (recurring == NULL) {
		p->is_one_time = type != NULL && strcmp(type, "one_time") == 0;
		return;
	}
	usage = text_of(a, recurring, "usage_type");
	p->is_metered = usage != NULL && strcmp(usage, "metered") == 0;
	p->interval = text_of(a, recurring, "interval");
	p->interval_count = int_of(recurring, "interval_count", 1);
}

/* A price in several currencies holds its amounts for the others in currency_options. */
static const struct json *
amounts_in(struct mrr_price *p, struct arena *a, const struct json *price, const char *currency)
{
	const struct json *options = object_of(price, "currency_options");
	const struct json *option = options == NULL ? NULL : object_of(options, currency);

	p->currency = currency_of(a, price);
	if (p->currency == NULL || strcmp(p->currency, currency) == 0 || option == NULL)
		return price;
	p->currency = currency;
	return option;
}

static void
read_price(struct mrr_price *p, struct arena *a, const struct json *v, const char *currency)
{
	const struct json *transform, *amounts;
	const char *word;

	memset(p, 0, sizeof(*p));
	p->id = id_of(a, v);
	if (v == NULL || v->kind != JSON_KIND_OBJECT)
		return;
	p->is_known = true;
	p->product = id_of(a, json_read_member(v, "product"));
	read_recurring(p, a, v);
	amounts = amounts_in(p, a, v, currency);
	p->unit = amount_of(a, amounts, "unit_amount_decimal", "unit_amount");
	word = text_of(a, v, "billing_scheme");
	p->is_tiered = word != NULL && strcmp(word, "tiered") == 0;
	p->tiers_mode = text_of(a, v, "tiers_mode");
	read_tiers(p, a, array_of(amounts, "tiers"));
	word = text_of(a, amounts, "tax_behavior");
	p->is_tax_inclusive = word != NULL && strcmp(word, "inclusive") == 0;
	transform = object_of(v, "transform_quantity");
	if (transform != NULL) {
		p->divide_by = int_of(transform, "divide_by", 0);
		p->rounding = text_of(a, transform, "round");
		if (p->rounding == NULL)
			p->rounding = "";
	}
}

/* ---- Discounts ---- */

static void
read_products(struct mrr_discount *d, struct arena *a, const struct json *coupon)
{
	const struct json *applies_to = object_of(coupon, "applies_to");
	const struct json *list = applies_to == NULL ? NULL : array_of(applies_to, "products");
	const char **products;

	if (list == NULL)
		return;
	products = arena_array(a, list->n, sizeof(*products));
	for (size_t i = 0; i < list->n; i++)
		products[i] = id_of(a, &list->items[i]);
	d->is_limited = true;
	d->products = products;
	d->nproducts = list->n;
}

static bool
is_within(const char *text, long most)
{
	mpq_t q;
	bool is;

	mpq_init(q);
	is = mrr_number_read(q, text) && mpq_sgn(q) >= 0 &&
	     (most == 0 || mpq_cmp_si(q, most, 1) <= 0);
	mpq_clear(q);
	return is;
}

/* One that takes off neither a percentage nor an amount is as good as an id. */
static void
read_coupon(struct mrr_discount *d, struct arena *a, const struct json *coupon)
{
	d->percent_off = decimal_of(a, coupon, "percent_off");
	d->amount_off = d->percent_off == NULL ? decimal_of(a, coupon, "amount_off") : NULL;
	d->currency = currency_of(a, coupon);
	d->duration = text_of(a, coupon, "duration");
	read_products(d, a, coupon);
	d->is_expanded =
	    d->duration != NULL && (is_within(d->percent_off, 100) || is_within(d->amount_off, 0));
}

/* Three shapes: {source: {coupon}}, {coupon} of before 2025-09-30, and of a schedule's phase
 * {coupon, discount}. */
static void
read_discount(struct mrr_discount *d, struct arena *a, const struct json *v)
{
	const struct json *source, *coupon, *inner;

	d->id = id_of(a, v);
	if (v->kind != JSON_KIND_OBJECT)
		return;
	inner = json_read_member(v, "discount");
	if (inner != NULL && inner->kind == JSON_KIND_OBJECT) {
		read_discount(d, a, inner);
		return;
	}
	if (d->id == NULL)
		d->id = id_of(a, inner);
	d->end = int_of(v, "end", 0);
	source = object_of(v, "source");
	coupon = json_read_member(source != NULL ? source : v, "coupon");
	d->coupon_id = id_of(a, coupon);
	if (coupon != NULL && coupon->kind == JSON_KIND_OBJECT)
		read_coupon(d, a, coupon);
}

static void
read_discounts(struct mrr_discounts *to, struct arena *a, const struct json *list)
{
	size_t n = list == NULL ? 0 : list->n;

	to->v = arena_array(a, n, sizeof(*to->v));
	to->n = 0;
	for (size_t i = 0; i < n; i++)
		if (list->items[i].kind == JSON_KIND_TEXT ||
		    list->items[i].kind == JSON_KIND_OBJECT)
			read_discount(&to->v[to->n++], a, &list->items[i]);
}

/*
 * Before 2025-03-31 there was one discount, alone or beside the list of ids of which it is the
 * first.
 */
static void
read_single_discount(struct mrr_discounts *to, struct arena *a, const struct json *v)
{
	struct mrr_discount single = { 0 };

	if (v == NULL)
		return;
	read_discount(&single, a, v);
	if (to->n == 0) {
		to->v = arena_array(a, 1, sizeof(*to->v));
		to->v[0] = single;
		to->n = 1;
		return;
	}
	for (size_t i = 0; i < to->n; i++)
		if (!to->v[i].is_expanded && to->v[i].id != NULL && single.id != NULL &&
		    strcmp(to->v[i].id, single.id) == 0)
			to->v[i] = single;
}

/* ---- Items ---- */

static int64_t
quantity_of(const struct json *item)
{
	const struct json *v = json_read_member(item, "quantity");

	if (v == NULL)
		return 1;
	return v->kind == JSON_KIND_INT && v->integer >= 0 ? v->integer : MRR_QUANTITY_BAD;
}

static void
read_item(struct mrr_item *item, struct arena *a, const struct json *v, const char *currency)
{
	item->id = text_of(a, v, "id");
	item->quantity = quantity_of(v);
	read_price(&item->price, a, json_read_member(v, "price"), currency);
	read_discounts(&item->discounts, a, array_of(v, "discounts"));
}

static enum err
read_items(struct mrr_items *to, struct arena *a, const struct json *list, const char *currency)
{
	if (list == NULL || list->kind != JSON_KIND_ARRAY)
		return ERR_INVALID;
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].kind != JSON_KIND_OBJECT)
			return ERR_INVALID;
	to->n = list->n;
	to->v = arena_array(a, to->n, sizeof(*to->v));
	for (size_t i = 0; i < to->n; i++)
		read_item(&to->v[i], a, &list->items[i], currency);
	return ERR_OK;
}

/* ---- Schedules ---- */

static int
compare_phases(const void *a, const void *b)
{
	int64_t x = ((const struct mrr_phase *)a)->start, y = ((const struct mrr_phase *)b)->start;

	return (x > y) - (x < y);
}

static bool
is_word(const char *text, const char *word)
{
	return text != NULL && word != NULL && strcmp(text, word) == 0;
}

/* A phase may name the price of an item that we have. */
static void
know_prices(struct mrr_items *items, const struct mrr_items *known)
{
	for (size_t i = 0; i < items->n; i++)
		for (size_t k = 0; k < known->n && !items->v[i].price.is_known; k++)
			if (is_word(items->v[i].price.id, known->v[k].price.id))
				items->v[i].price = known->v[k].price;
}

enum err
mrr_terms_set_schedule(struct mrr_terms *t, struct arena *a, const struct json *schedule)
{
	const struct json *list = array_of(schedule, "phases");
	const char *status = text_of(a, schedule, "status");
	const char *id = text_of(a, schedule, "id");
	struct mrr_phase *phases;

	if (id == NULL || list == NULL)
		return ERR_INVALID;
	phases = arena_array(a, list->n, sizeof(*phases));
	for (size_t i = 0; i < list->n; i++) {
		const struct json *v = &list->items[i];

		phases[i].start = int_of(v, "start_date", 0);
		if (read_items(&phases[i].items, a, array_of(v, "items"), t->currency) != ERR_OK)
			return ERR_INVALID;
		know_prices(&phases[i].items, &t->items);
		read_discounts(&phases[i].discounts, a, array_of(v, "discounts"));
	}
	qsort(phases, list->n, sizeof(*phases), compare_phases);
	/* One that was released, canceled or completed changes nothing any more. */
	if (status != NULL && !is_word(status, "active") && !is_word(status, "not_started"))
		return ERR_OK;
	t->schedule_id = id;
	t->is_schedule_unread = false;
	t->is_schedule_cancelling = is_word(text_of(a, schedule, "end_behavior"), "cancel");
	t->phases = phases;
	t->nphases = list->n;
	return ERR_OK;
}

void
mrr_terms_miss_schedule(struct mrr_terms *t, struct arena *a, const char *schedule_id)
{
	t->schedule_id = arena_strdup(a, schedule_id);
	t->is_schedule_unread = true;
}

/* One that could not be read is marked by mrr_terms_write(). */
static enum err
read_schedule(struct mrr_terms *t, struct arena *a, const struct json *schedule)
{
	const char *id = text_of(a, schedule, "id");
	bool is_unread = false;

	json_read_bool(schedule, "is_unread", &is_unread);
	if (id == NULL || !is_unread)
		return mrr_terms_set_schedule(t, a, schedule);
	mrr_terms_miss_schedule(t, a, id);
	return ERR_OK;
}

const struct mrr_phase *
mrr_terms_last_phase(const struct mrr_terms *t, int64_t now)
{
	const struct mrr_phase *last = t->nphases == 0 ? NULL : &t->phases[t->nphases - 1];

	return last != NULL && last->start > now ? last : NULL;
}

/* ---- All of it ---- */

enum err
mrr_terms_read(struct mrr_terms **to, struct arena *a, const struct json *v)
{
	struct mrr_terms *t = arena_alloc(a, sizeof(*t));
	const char *object = text_of(a, v, "object");
	const struct json *items = object_of(v, "items"), *schedule = object_of(v, "schedule");

	t->id = text_of(a, v, "id");
	t->status = text_of(a, v, "status");
	t->currency = currency_of(a, v);
	if ((object != NULL && strcmp(object, "subscription") != 0) || t->id == NULL ||
	    t->status == NULL || t->currency == NULL)
		return ERR_INVALID;
	t->is_paused = json_read_member(v, "pause_collection") != NULL;
	json_read_bool(v, "cancel_at_period_end", &t->cancel_at_period_end);
	t->cancel_at = int_of(v, "cancel_at", 0);
	t->has_more_items = true; /* without a list nothing is known of them */
	if (items != NULL) {
		t->has_more_items = false;
		json_read_bool(items, "has_more", &t->has_more_items);
		if (read_items(&t->items, a, array_of(items, "data"), t->currency) != ERR_OK)
			return ERR_INVALID;
	}
	read_discounts(&t->discounts, a, array_of(v, "discounts"));
	read_single_discount(&t->discounts, a, json_read_member(v, "discount"));
	if (schedule != NULL && read_schedule(t, a, schedule) != ERR_OK)
		return ERR_INVALID;
	*to = t;
	return ERR_OK;
}

/* ---- What is missing ---- */

bool
mrr_terms_lack_items(const struct mrr_terms *t)
{
	return t->has_more_items;
}

static bool
lacks_tiers(const struct mrr_price *p)
{
	return p->id != NULL && p->is_tiered && !p->is_metered && p->tiers == NULL;
}

static bool
lacks_coupons(const struct mrr_item *item)
{
	for (size_t i = 0; i < item->discounts.n; i++)
		if (!item->discounts.v[i].is_expanded)
			return true;
	return false;
}

/* The items of now, then those of each phase. */
static struct mrr_items *
items_at(const struct mrr_terms *t, size_t i)
{
	if (i == 0)
		return (struct mrr_items *)&t->items;
	return i <= t->nphases ? &t->phases[i - 1].items : NULL;
}

static bool
is_named_before(const struct mrr_items *items, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (lacks_tiers(&items->v[i].price) && strcmp(items->v[i].price.id, id) == 0)
			return true;
	return false;
}

const char *
mrr_terms_lack_tiers(const struct mrr_terms *t, size_t n)
{
	const struct mrr_items *items;

	for (size_t k = 0; (items = items_at(t, k)) != NULL; k++)
		for (size_t i = 0; i < items->n; i++) {
			const struct mrr_price *p = &items->v[i].price;

			if (!lacks_tiers(p) || is_named_before(items, i, p->id))
				continue;
			if (n-- == 0)
				return p->id;
		}
	return NULL;
}

const char *
mrr_terms_lack_discounts(const struct mrr_terms *t, size_t n)
{
	for (size_t i = 0; i < t->items.n; i++)
		if (t->items.v[i].id != NULL && lacks_coupons(&t->items.v[i]) && n-- == 0)
			return t->items.v[i].id;
	return NULL;
}

enum err
mrr_terms_set_items(struct mrr_terms *t, struct arena *a, const struct json *data)
{
	struct mrr_items items = { 0 };

	if (read_items(&items, a, data, t->currency) != ERR_OK)
		return ERR_INVALID;
	t->items = items;
	t->has_more_items = false;
	return ERR_OK;
}

enum err
mrr_terms_set_price(struct mrr_terms *t, struct arena *a, const struct json *v)
{
	struct mrr_price price;
	struct mrr_items *items;

	read_price(&price, a, v, t->currency);
	if (!price.is_known || price.id == NULL)
		return ERR_INVALID;
	for (size_t k = 0; (items = items_at(t, k)) != NULL; k++)
		for (size_t i = 0; i < items->n; i++)
			if (items->v[i].price.id != NULL &&
			    strcmp(items->v[i].price.id, price.id) == 0)
				items->v[i].price = price;
	return ERR_OK;
}

enum err
mrr_terms_set_item(struct mrr_terms *t, struct arena *a, const struct json *v)
{
	const char *id = text_of(a, v, "id");

	if (id == NULL || array_of(v, "discounts") == NULL)
		return ERR_INVALID;
	for (size_t i = 0; i < t->items.n; i++)
		if (t->items.v[i].id != NULL && strcmp(t->items.v[i].id, id) == 0)
			read_discounts(&t->items.v[i].discounts, a, array_of(v, "discounts"));
	return ERR_OK;
}

static const struct mrr_discount *
find_coupon(const struct mrr_discounts *in, const struct mrr_discount *d)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->v[i].is_expanded &&
		    ((d->coupon_id != NULL && is_word(in->v[i].coupon_id, d->coupon_id)) ||
			(d->id != NULL && is_word(in->v[i].id, d->id))))
			return &in->v[i];
	return NULL;
}

const struct mrr_discount *
mrr_terms_resolve(const struct mrr_terms *t, const struct mrr_discount *d)
{
	const struct mrr_discount *found = d->is_expanded ? d : find_coupon(&t->discounts, d);

	for (size_t i = 0; found == NULL && i < t->items.n; i++)
		found = find_coupon(&t->items.v[i].discounts, d);
	return found == NULL ? d : found;
}
