/* Subscriptions: completed where Stripe's answer is cut, with their monthly figures. */
#include "billing/mirror_parts.h"

#include <string.h>

#include "base/log.h"
#include "billing/mrr.h"
#include "db/db_row.h"

/* Four levels are what Stripe expands; coupons of items are a fifth, and asked for by item. */
static const char whole[] =
    EXPAND("customer") "&" EXPAND("discounts.source.coupon.applies_to") "&" EXPAND(
	"items.data.price.tiers") "&" EXPAND("items.data.price.product");
static const char whole_schedule[] = EXPAND("phases.items.price.tiers") "&" EXPAND(
    "phases.discounts.coupon.applies_to") "&" EXPAND("phases.items.discounts.coupon");
static const char whole_item[] = EXPAND("discounts.source.coupon.applies_to");

struct subscription_put {
	struct arena *arena;
	struct mirror_subscription_row row;
	struct mirror_put put;
};

static enum err
put_subscription(struct db_sync *db, void *arg)
{
	struct subscription_put *s = arg;
	const struct stripe_subscription *sub = s->row.sub;
	struct db_query q = { .arena = s->arena };
	enum err e;

	mirror_store_lock_customer(&q, sub->customer_id, s->row.is_live, sub->user_sub);
	e = db_sync_run(db, &q, NULL);
	if (e != ERR_OK)
		return e;
	mirror_store_put_subscription(&q, &s->row);
	return mirror_run_put(db, &q, s->arena, &s->put);
}

/* ---- Prices and coupons that come with it, or with what completes it ---- */

/* Before 2025-09-30.clover it stood in the discount itself. */
static const struct json *
coupon_of(const struct json *discount)
{
	const struct json *coupon = NULL, *source = NULL;

	if (json_read_object(discount, "source", &source) == ERR_OK)
		json_read_object(source, "coupon", &coupon);
	else
		json_read_object(discount, "coupon", &coupon);
	return coupon;
}

/* Of a subscription, or of an item. */
static enum err
meet_coupons(struct mirror *m, struct arena *arena, const struct json *of, int64_t read_at_us)
{
	const struct json *discounts = NULL, *coupon;
	enum err e = ERR_OK;

	if (json_read_array(of, "discounts", &discounts) != ERR_OK)
		return ERR_OK;
	for (size_t i = 0; i < discounts->n && e == ERR_OK; i++) {
		coupon = coupon_of(&discounts->items[i]);
		if (coupon != NULL)
			e = mirror_meet_coupon(m, arena, coupon, read_at_us);
	}
	return e;
}

static enum err
meet_item(struct mirror *m, struct arena *arena, const struct json *item, int64_t read_at_us)
{
	const struct json *price = NULL;
	enum err e = ERR_OK;

	if (json_read_object(item, "price", &price) == ERR_OK)
		e = mirror_meet_price(m, arena, price, read_at_us);
	return e == ERR_OK ? meet_coupons(m, arena, item, read_at_us) : e;
}

static enum err
meet_items(struct mirror *m, struct arena *arena, const struct json *items, int64_t read_at_us)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < items->n && e == ERR_OK; i++)
		e = meet_item(m, arena, &items->items[i], read_at_us);
	return e;
}

/* ---- What the answer lacks ---- */

/* All pages in one array, with what the subscription itself has of each price. */
static enum err
list_items(struct mirror *m, struct arena *arena, const char *id, struct json *all)
{
	struct stripe_list list = { .path = "subscription_items",
		.query = arena_printf(arena, "%s&%s", mirror_query(arena, "subscription", id),
		    EXPAND("data.price.tiers") "&" EXPAND("data.price.product")) };
	struct json *items = NULL;
	enum err e;

	*all = (struct json){ .kind = JSON_KIND_ARRAY };
	while ((e = mirror_page(m, arena, &list)) == ERR_OK && list.data != NULL) {
		struct json *more = arena_array(arena, all->n + list.data->n, sizeof(*more));

		for (size_t i = 0; i < all->n; i++)
			more[i] = items[i];
		for (size_t i = 0; i < list.data->n; i++)
			more[all->n + i] = list.data->items[i];
		items = more;
		all->items = items;
		all->n += list.data->n;
	}
	return e;
}

static enum err
complete_items(struct mirror *m, struct arena *arena, struct stripe_subscription *sub,
    struct mrr_terms *terms, int64_t read_at_us)
{
	struct json all;
	const char *what = NULL;
	enum err e = list_items(m, arena, sub->id, &all);

	if (e != ERR_OK)
		return e;
	if (stripe_items_read(&sub->items, &sub->nitems, arena, &all, &what) != ERR_OK ||
	    mrr_terms_set_items(terms, arena, &all) != ERR_OK)
		return mirror_fail_read(m, sub->id, what != NULL ? what : "items");
	return meet_items(m, arena, &all, read_at_us);
}

/* *json stays NULL where we must ask. */
static enum err
known_tiers(struct mirror *m, struct arena *arena, const char *price, const struct json **json)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	const char *text = NULL;
	struct db_row r;
	enum err e;

	mirror_store_known_tiers(&q, price, m->is_live);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK && PQntuples(res) > 0) {
		r = db_row_at(res, 0);
		text = db_row_text(&r, arena);
		e = db_row_end(&r);
	}
	PQclear(res);
	if (e == ERR_OK && text != NULL)
		e = json_read_parse(json, arena, text, strlen(text));
	return e == ERR_OK ? e : mirror_fail_db(m, e, price);
}

static enum err
set_tiers(struct mirror *m, struct arena *arena, const char *price, const struct json *json,
    struct mrr_terms *terms)
{
	if (mrr_terms_set_price(terms, arena, json) != ERR_OK)
		return mirror_fail_read(m, price, "tiers");
	return ERR_OK;
}

static enum err
complete_tiers(struct mirror *m, struct arena *arena, const char *price, struct mrr_terms *terms,
    int64_t read_at_us)
{
	const struct json *json = NULL;
	enum err e = known_tiers(m, arena, price, &json);

	if (e != ERR_OK || json != NULL)
		return e == ERR_OK ? set_tiers(m, arena, price, json, terms) : e;
	e = mirror_get(
	    m, arena, "prices", price, EXPAND("tiers") "&" EXPAND("product"), &json, NULL);
	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* the figures then say what they lack */
	if (e == ERR_OK)
		e = set_tiers(m, arena, price, json, terms);
	return e == ERR_OK ? mirror_meet_price(m, arena, json, read_at_us) : e;
}

static enum err
complete_discounts(struct mirror *m, struct arena *arena, const char *item, struct mrr_terms *terms,
    int64_t read_at_us)
{
	const struct json *json = NULL;
	enum err e = mirror_get(m, arena, "subscription_items", item, whole_item, &json, NULL);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK && mrr_terms_set_item(terms, arena, json) != ERR_OK)
		return mirror_fail_read(m, item, "discounts");
	return e == ERR_OK ? meet_item(m, arena, json, read_at_us) : e;
}

/* What is to come may be unknown for a while; what is paid now, and its plan, is not put off. */
static enum err
complete_schedule(struct mirror *m, struct arena *arena, const char *sub_id, const char *id,
    struct mrr_terms *terms)
{
	const struct json *json = NULL;
	enum err e =
	    mirror_get(m, arena, "subscription_schedules", id, whole_schedule, &json, NULL);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK && mrr_terms_set_schedule(terms, arena, json) != ERR_OK)
		e = mirror_fail_read(m, id, "phases");
	if (e == ERR_OK || mirror_error_is_of_all(m, e))
		return e;
	log_warn("billing", "%s is put without its schedule: %s", sub_id, strbuf_text(&m->error));
	mrr_terms_miss_schedule(terms, arena, id);
	return ERR_OK;
}

/* What is completed is no longer lacking, so the first that lacks is always the next; one that
 * Stripe cannot complete is passed by. */
static enum err
complete_each(struct mirror *m, struct arena *arena, struct mrr_terms *terms, int64_t read_at_us,
    const char *(*lacks)(const struct mrr_terms *, size_t),
    enum err (*complete)(
	struct mirror *, struct arena *, const char *, struct mrr_terms *, int64_t))
{
	const char *id, *next;
	size_t passed = 0;
	enum err e = ERR_OK;

	while (e == ERR_OK && (id = lacks(terms, passed)) != NULL) {
		e = complete(m, arena, id, terms, read_at_us);
		next = lacks(terms, passed);
		if (next != NULL && strcmp(next, id) == 0)
			passed++;
	}
	return e;
}

static enum err
complete(struct mirror *m, struct arena *arena, const struct json *json,
    struct stripe_subscription *sub, struct mrr_terms *terms, int64_t read_at_us)
{
	const char *schedule = stripe_object_id(json, "schedule");
	enum err e = ERR_OK;

	if (sub->has_more_items || mrr_terms_lack_items(terms))
		e = complete_items(m, arena, sub, terms, read_at_us);
	if (e == ERR_OK)
		e = complete_each(
		    m, arena, terms, read_at_us, mrr_terms_lack_tiers, complete_tiers);
	if (e == ERR_OK)
		e = complete_each(
		    m, arena, terms, read_at_us, mrr_terms_lack_discounts, complete_discounts);
	if (e == ERR_OK && schedule != NULL && sub->ended_at == 0)
		e = complete_schedule(m, arena, sub->id, schedule, terms);
	return e;
}

/* ---- What comes with it ---- */

static enum err
meet_customer(struct mirror *m, struct arena *arena, const struct json *sub, const char *id,
    int64_t read_at_us)
{
	const struct json *customer = NULL;

	if (json_read_object(sub, "customer", &customer) == ERR_OK)
		return mirror_put_customer(m, arena, customer, read_at_us, NULL);
	return mirror_need_customer(m, arena, id);
}

static enum err
meet(struct mirror *m, struct arena *arena, const struct json *json,
    const struct stripe_subscription *sub, int64_t read_at_us)
{
	const struct json *items = json_read_member(json, "items"), *data = NULL;
	const size_t said = m->effect.len;
	enum err e = meet_customer(m, arena, json, sub->customer_id, read_at_us);

	strbuf_cut(&m->effect, said); /* the effect is about the subscription */
	if (e == ERR_OK && json_read_array(items, "data", &data) == ERR_OK)
		e = meet_items(m, arena, data, read_at_us);
	if (e == ERR_OK)
		e = meet_coupons(m, arena, json, read_at_us);
	return e;
}

/* ---- The whole ---- */

static enum err
compute(struct mirror *m, struct arena *arena, const struct stripe_subscription *sub,
    const struct mrr_terms *terms, struct mrr *mrr, struct mirror_subscription_row *row)
{
	struct strbuf text = { 0 };
	int64_t at = row->read_at_us / 1000000;

	if (mrr_compute(mrr, arena, terms, at) != ERR_OK)
		return mirror_fail(m, ERR_INVALID, "%s: its monthly figure is too large", sub->id);
	mrr_terms_write(terms, &text);
	row->terms = arena_strdup(arena, strbuf_text(&text));
	row->mrr_flags = mrr_flags_array(arena, mrr->flags);
	row->mrr_at = at;
	row->items = mirror_store_items(arena, sub->items, sub->nitems);
	strbuf_free(&text);
	return ERR_OK;
}

static enum err
put_whole(struct mirror *m, struct arena *arena, const struct json *json,
    struct stripe_subscription *sub, int64_t read_at_us, enum mirror_change *change)
{
	struct mrr_terms *terms = NULL;
	struct mrr mrr;
	struct subscription_put s = { .arena = arena,
		.row = { .sub = sub,
		    .mrr = &mrr,
		    .is_live = m->is_live,
		    .event_at = m->event_at,
		    .read_at_us = read_at_us } };
	enum err e;

	if (mrr_terms_read(&terms, arena, json) != ERR_OK)
		return mirror_fail_read(m, sub->id, "items");
	e = complete(m, arena, json, sub, terms, read_at_us);
	if (e == ERR_OK)
		e = compute(m, arena, sub, terms, &mrr, &s.row);
	if (e == ERR_OK)
		e = meet(m, arena, json, sub, read_at_us);
	if (e == ERR_OK)
		e = mirror_commit(m, sub->id, put_subscription, &s);
	if (e == ERR_OK)
		mirror_tell(m, sub->id, &s.put, sub->status, change);
	return e;
}

static enum err
read_object(
    struct mirror *m, struct arena *arena, const struct json *json, struct stripe_subscription *sub)
{
	const char *what = NULL;

	if (stripe_subscription_read(sub, arena, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	return mirror_check_world(m, sub->id, sub->is_live);
}

/* Stripe does not forget subscriptions, but those of test clocks and of test data that was deleted
 * are gone all the same. */
static enum err
end_unknown(struct mirror *m, struct arena *arena, const char *id, int64_t read_at_us,
    enum mirror_change *change)
{
	struct db_query q = { .arena = arena };
	struct mirror_put put = { 0 };
	enum err e;

	if (m->is_dry_run || m->keeps_gone)
		return ERR_NOT_FOUND;
	mirror_store_end_subscription(&q, id, read_at_us);
	e = mirror_run_put(m->db, &q, arena, &put);
	if (e != ERR_OK)
		return mirror_fail_db(m, e, id);
	if (put.outcome == PUT_CHANGED) {
		put.is_linked = true; /* nothing is left to link */
		mirror_tell(m, id, &put, "canceled, since Stripe has it no more", change);
	}
	return ERR_NOT_FOUND;
}

enum err
mirror_subscription(
    struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct stripe_subscription sub;
	const struct json *json = NULL;
	int64_t read_at_us;
	enum err e = mirror_get(m, arena, "subscriptions", id, whole, &json, &read_at_us);

	if (e == ERR_NOT_FOUND)
		return end_unknown(m, arena, id, read_at_us, change);
	if (e == ERR_OK)
		e = read_object(m, arena, json, &sub);
	return e == ERR_OK ? put_whole(m, arena, json, &sub, read_at_us, change) : e;
}

/* Which products a coupon is good for is a level too deep for a list. */
static bool
has_discounts(const struct json *sub)
{
	const struct json *discounts = NULL;

	return json_read_array(sub, "discounts", &discounts) == ERR_OK && discounts->n > 0;
}

/* Lists give what ended years ago, each time. */
static enum err
is_known_to_have_ended(
    struct mirror *m, struct arena *arena, const struct stripe_subscription *sub, bool *is_known)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	int64_t n = 0;
	enum err e = ERR_OK;

	if (sub->ended_at != 0) {
		mirror_store_known_end(&q, sub, m->is_live);
		e = db_sync_run(m->db, &q, &res);
		if (e == ERR_OK)
			e = db_row_only_int(res, &n);
		PQclear(res);
	}
	*is_known = n > 0;
	return e == ERR_OK ? e : mirror_fail_db(m, e, sub->id);
}

enum err
mirror_put_subscription(struct mirror *m, struct arena *arena, const struct json *json,
    int64_t read_at_us, enum mirror_change *change)
{
	struct stripe_subscription sub;
	bool is_known = false;
	enum err e = read_object(m, arena, json, &sub);

	if (e == ERR_OK)
		e = is_known_to_have_ended(m, arena, &sub, &is_known);
	if (e == ERR_OK && is_known)
		*change = MIRROR_SAME;
	if (e != ERR_OK || is_known)
		return e;
	if (has_discounts(json))
		return mirror_subscription(m, arena, sub.id, change);
	return put_whole(m, arena, json, &sub, read_at_us, change);
}
