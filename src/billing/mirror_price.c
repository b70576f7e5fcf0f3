/* Prices and coupons: fetched when something is said of them, and put as they are met. */
#include "billing/mirror_parts.h"

#include <string.h>

#include "base/json_write.h"

struct price_put {
	struct arena *arena;
	const struct stripe_price *price; /* one of the two */
	const struct stripe_coupon *coupon;
	const char *object;
	bool is_live, is_met;
	int64_t read_at_us;
	struct mirror_put put;
};

static enum err
put_steps(struct db_sync *db, void *arg)
{
	struct price_put *p = arg;
	struct db_query q = { .arena = p->arena };
	enum err e = ERR_OK;

	if (!p->is_met) {
		mirror_store_lock(&q, p->price != NULL ? p->price->id : p->coupon->id);
		e = db_sync_run(db, &q, NULL);
	}
	if (e != ERR_OK)
		return e;
	if (p->price != NULL)
		mirror_store_put_price(
		    &q, p->price, p->object, p->is_live, p->read_at_us, p->is_met);
	else
		mirror_store_put_coupon(&q, p->coupon, p->is_live, p->read_at_us, p->is_met);
	return mirror_run_put(db, &q, p->arena, &p->put);
}

/* The product is kept by its id and its name alone. */
static const char *
price_object(struct arena *arena, const struct json *json)
{
	struct json *kept = arena_array(arena, json->n, sizeof(*kept));
	struct json object = { .kind = JSON_KIND_OBJECT, .items = kept };
	struct strbuf out = { 0 };
	const char *text;

	for (size_t i = 0; i < json->n; i++)
		if (strcmp(json->items[i].name, "product") != 0 &&
		    strcmp(json->items[i].name, "metadata") != 0)
			kept[object.n++] = json->items[i];
	json_write_value(&out, &object);
	text = arena_strdup(arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* What is met needs no lock, so it needs no transaction either. */
static enum err
put_either(struct mirror *m, const char *id, struct price_put *p)
{
	enum err e;

	if (!p->is_met || m->is_dry_run)
		return mirror_commit(m, id, put_steps, p);
	e = put_steps(m->db, p);
	return e == ERR_OK ? e : mirror_fail_db(m, e, id);
}

static enum err
put_price(struct mirror *m, struct arena *arena, const struct json *json, int64_t read_at_us,
    bool is_met, struct stripe_price *price, struct mirror_put *put)
{
	struct price_put p = { .arena = arena,
		.price = price,
		.is_live = m->is_live,
		.is_met = is_met,
		.read_at_us = read_at_us };
	const char *what = NULL;
	enum err e;

	if (stripe_price_read(price, arena, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	p.object = price_object(arena, json);
	e = mirror_check_world(m, price->id, price->is_live);
	if (e == ERR_OK)
		e = put_either(m, price->id, &p);
	*put = p.put;
	return e;
}

static enum err
put_coupon(struct mirror *m, struct arena *arena, const struct json *json, int64_t read_at_us,
    bool is_met, struct stripe_coupon *coupon, struct mirror_put *put)
{
	struct price_put p = { .arena = arena,
		.coupon = coupon,
		.is_live = m->is_live,
		.is_met = is_met,
		.read_at_us = read_at_us };
	const char *what = NULL;
	enum err e;

	if (stripe_coupon_read(coupon, arena, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	e = mirror_check_world(m, coupon->id, coupon->is_live);
	if (e == ERR_OK)
		e = put_either(m, coupon->id, &p);
	*put = p.put;
	return e;
}

enum err
mirror_meet_price(
    struct mirror *m, struct arena *arena, const struct json *json, int64_t read_at_us)
{
	struct stripe_price price;
	struct mirror_put put;

	return put_price(m, arena, json, read_at_us, true, &price, &put);
}

enum err
mirror_meet_coupon(
    struct mirror *m, struct arena *arena, const struct json *json, int64_t read_at_us)
{
	struct stripe_coupon coupon;
	struct mirror_put put;

	return put_coupon(m, arena, json, read_at_us, true, &coupon, &put);
}

/* Deleted at Stripe: whoever has it keeps it, nobody gets it any more. */
static enum err
end_object(struct mirror *m, const char *id, const struct db_query *q)
{
	enum err e = m->is_dry_run ? ERR_OK : db_sync_run(m->db, q, NULL);

	if (e != ERR_OK)
		return mirror_fail_db(m, e, id);
	return ERR_NOT_FOUND;
}

enum err
mirror_price(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct db_query q = { .arena = arena };
	const struct json *json = NULL;
	struct stripe_price price;
	struct mirror_put put;
	int64_t read_at_us;
	enum err e = mirror_get(
	    m, arena, "prices", id, EXPAND("tiers") "&" EXPAND("product"), &json, &read_at_us);

	mirror_store_end_price(&q, id);
	if (e == ERR_NOT_FOUND)
		return end_object(m, id, &q);
	if (e == ERR_OK)
		e = put_price(m, arena, json, read_at_us, false, &price, &put);
	if (e == ERR_OK)
		mirror_tell(m, id, &put, price.is_active ? "active" : "not for sale", change);
	return e;
}

enum err
mirror_coupon(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct db_query q = { .arena = arena };
	const struct json *json = NULL;
	struct stripe_coupon coupon;
	struct mirror_put put;
	int64_t read_at_us;
	enum err e = mirror_get(m, arena, "coupons", id, EXPAND("applies_to"), &json, &read_at_us);

	mirror_store_end_coupon(&q, id);
	if (e == ERR_NOT_FOUND)
		return end_object(m, id, &q);
	if (e == ERR_OK)
		e = put_coupon(m, arena, json, read_at_us, false, &coupon, &put);
	if (e == ERR_OK)
		mirror_tell(m, id, &put, coupon.is_valid ? "valid" : "not valid", change);
	return e;
}
