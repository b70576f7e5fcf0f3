/* Customers, with the movements of their credit. */
#include "billing/mirror_parts.h"

#include "db/db_row.h"

struct customer_put {
	struct arena *arena;
	const struct stripe_customer *customer;
	const char *entries; /* NULL: none */
	bool is_live;
	int64_t read_at_us;
	struct mirror_put put;
};

static enum err
put_customer(struct db_sync *db, void *arg)
{
	struct customer_put *c = arg;
	struct db_query q = { .arena = c->arena };
	enum err e;

	mirror_store_put_customer(&q, c->customer, c->is_live, c->read_at_us);
	e = mirror_run_put(db, &q, c->arena, &c->put);
	if (e != ERR_OK || c->entries == NULL)
		return e;
	mirror_store_put_entries(&q, c->customer->id, c->is_live, c->entries);
	return db_sync_run(db, &q, NULL);
}

/* How many of these entries are here. */
static enum err
count_known(struct mirror *m, struct arena *arena, const char *entries, int64_t *n)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	enum err e;

	mirror_store_known_entries(&q, entries);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, n);
	PQclear(res);
	return e == ERR_OK ? e : mirror_fail_db(m, e, "its credit");
}

/* A movement of the other kind of money than our key's cannot be on this list. */
static enum err
add_page(struct mirror *m, struct strbuf *entries, const struct json *data)
{
	struct stripe_balance_entry entry;
	const char *what = NULL;

	for (size_t i = 0; i < data->n; i++) {
		if (stripe_balance_entry_read(&entry, &data->items[i], &what) != ERR_OK)
			return mirror_fail_read(m, "a movement of credit", what);
		mirror_store_add_entry(entries, &entry);
	}
	return ERR_OK;
}

/* Newest first, until a page has some that are known: they were put together with all before. */
static enum err
read_entries(struct mirror *m, struct arena *arena, const char *id, struct strbuf *all)
{
	struct stripe_list list = { .path = arena_printf(
					arena, "customers/%s/balance_transactions", id) };
	int64_t known = 0;
	enum err e;

	while ((e = mirror_page(m, arena, &list)) == ERR_OK && list.data != NULL) {
		e = add_page(m, all, list.data);
		if (e == ERR_OK && all->len > 0) {
			const char *so_far = arena_printf(arena, "%s]", strbuf_text(all));

			e = count_known(m, arena, so_far, &known);
		}
		if (e != ERR_OK || known > 0)
			break;
	}
	return e;
}

static bool
has_moved(const struct mirror_known_customer *known, const struct stripe_customer *c)
{
	if (c->is_deleted || c->balance_minor == STRIPE_UNKNOWN)
		return false;
	return known->has_balance ? known->balance_minor != c->balance_minor
				  : c->balance_minor != 0;
}

static enum err
ask_known(
    struct mirror *m, struct arena *arena, const char *id, struct mirror_known_customer *known)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	enum err e;

	mirror_store_known_customer(&q, id);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK)
		e = mirror_store_known_customer_read(res, known);
	PQclear(res);
	return e == ERR_OK ? e : mirror_fail_db(m, e, id);
}

static enum err
put_object(struct mirror *m, struct arena *arena, const struct json *json, int64_t read_at_us,
    bool wants_credit, enum mirror_change *change)
{
	struct stripe_customer customer;
	struct mirror_known_customer known;
	struct strbuf entries = { 0 };
	const char *what = NULL;
	struct customer_put c = { .arena = arena,
		.customer = &customer,
		.is_live = m->is_live,
		.read_at_us = read_at_us };
	enum err e;

	if (stripe_customer_read(&customer, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	e = customer.is_deleted ? ERR_OK : mirror_check_world(m, customer.id, customer.is_live);
	if (e == ERR_OK)
		e = ask_known(m, arena, customer.id, &known);
	if (e == ERR_OK && (wants_credit || has_moved(&known, &customer)))
		e = read_entries(m, arena, customer.id, &entries);
	if (e == ERR_OK && entries.len > 0)
		c.entries = arena_printf(arena, "%s]", strbuf_text(&entries));
	if (e == ERR_OK)
		e = mirror_commit(m, customer.id, put_customer, &c);
	if (e == ERR_OK)
		mirror_tell(m, customer.id, &c.put, customer.is_deleted ? "deleted" : NULL, change);
	strbuf_free(&entries);
	return e;
}

enum err
mirror_put_customer(struct mirror *m, struct arena *arena, const struct json *json,
    int64_t read_at_us, enum mirror_change *change)
{
	return put_object(m, arena, json, read_at_us, false, change);
}

static enum err
fetch(struct mirror *m, struct arena *arena, const char *id, bool wants_credit,
    enum mirror_change *change)
{
	const struct json *json = NULL;
	int64_t read_at_us;
	enum err e = mirror_get(m, arena, "customers", id, NULL, &json, &read_at_us);

	return e == ERR_OK ? put_object(m, arena, json, read_at_us, wants_credit, change) : e;
}

enum err
mirror_customer(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	return fetch(m, arena, id, false, change);
}

enum err
mirror_customer_credit(struct mirror *m, struct arena *arena, const char *id)
{
	enum err e = fetch(m, arena, id, true, NULL);

	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
mirror_need_customer(struct mirror *m, struct arena *arena, const char *id)
{
	struct mirror_known_customer known = { 0 };
	enum err e = ask_known(m, arena, id, &known);

	if (e != ERR_OK || known.is_read)
		return e;
	e = fetch(m, arena, id, false, NULL);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
