#include "billing/backfill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "clients/stripe_object.h"

#define DAY_S 86400
#define PAID_WITHIN_S (60 * DAY_S) /* a late payment; by then Stripe has given up, too */
#define NAME_SIZE 64
#define QUERY_SIZE 256

const char *const backfill_kind_words[BACKFILL__MAX] = {
	[BACKFILL_SUBSCRIPTIONS] = "subscriptions",
	[BACKFILL_INVOICES] = "invoices",
	[BACKFILL_REFUNDS] = "refunds",
	[BACKFILL_PAYMENTS] = "payments",
};

static enum err put_subscriptions(
    struct backfill *, struct arena *, const struct json *, int64_t read_at_us);
static enum err put_invoices(
    struct backfill *, struct arena *, const struct json *, int64_t read_at_us);
static enum err put_refunds(
    struct backfill *, struct arena *, const struct json *, int64_t read_at_us);
static enum err put_payments(
    struct backfill *, struct arena *, const struct json *, int64_t read_at_us);

/* Lists leave canceled subscriptions out unless all are asked for; what is expanded may be four
 * levels deep. */
static const struct {
	const char *path, *query;
	enum err (*put)(struct backfill *, struct arena *, const struct json *data, int64_t);
} lists[BACKFILL__MAX] = {
	[BACKFILL_SUBSCRIPTIONS] = { "subscriptions",
	    "&status=all&expand%5B%5D=data.customer&expand%5B%5D=data.discounts.source.coupon",
	    put_subscriptions },
	[BACKFILL_INVOICES] = { "invoices", "&expand%5B%5D=data.payments", put_invoices },
	[BACKFILL_REFUNDS] = { "refunds", "", put_refunds },
	[BACKFILL_PAYMENTS] = { "payment_intents", "", put_payments },
};

/* ---- Small things ---- */

static enum err
stop(struct backfill *b, enum err e, const char *where, const char *why)
{
	strbuf_clear(&b->error);
	strbuf_printf(&b->error, "%s%s", where, why);
	return e;
}

static enum err
ask(struct backfill *b, const struct db_query *q, PGresult **res)
{
	enum err e = db_sync_run(b->mirror.db, q, res);

	return e == ERR_OK ? e : stop(b, e, "the database: ", db_sync_error(b->mirror.db));
}

/* Those of the two worlds differ. */
static const char *
cursor_name(const struct backfill *b, char name[NAME_SIZE], const char *kind)
{
	snprintf(name, NAME_SIZE, "backfill:%s:%s", b->mirror.is_live ? "live" : "test", kind);
	return name;
}

static void
show(const struct backfill *b, void (*shown)(const struct backfill *))
{
	if (shown != NULL)
		shown(b);
}

int
backfill_percent(const struct backfill *b)
{
	const int64_t all = b->until - b->place.from;

	return all > 0 ? (int)((b->place.at - b->place.from) * 100 / all) : 100;
}

/* ---- What comes of one object ---- */

/* An object may be odd; that Stripe or the database is down, or that we may not, concerns all. */
static bool
concerns_all(enum err e)
{
	return e == ERR_UNAVAILABLE || e == ERR_TIMEOUT || e == ERR_TOO_MANY ||
	       e == ERR_UNAUTHORIZED || e == ERR_FORBIDDEN;
}

static enum err
took(struct backfill *b, enum err e, enum mirror_change change)
{
	struct backfill_counts *c = &b->counts[b->kind];
	const struct mirror *m = &b->mirror;

	if (e != ERR_OK && concerns_all(e))
		return stop(b, e, "", strbuf_text(&m->error));
	if (e != ERR_OK) {
		c->errors++;
		if (b->screen->failed != NULL)
			b->screen->failed(b, strbuf_text(&m->error));
		return ERR_OK;
	}
	c->changes[change]++;
	if (m->is_dry_run && change != MIRROR_SAME && b->screen->found != NULL)
		b->screen->found(b, strbuf_text(&m->effect));
	return ERR_OK;
}

typedef enum err (*put_one)(
    struct mirror *, struct arena *, const struct json *, int64_t, enum mirror_change *);

/* What one object needs is forgotten before the next one. */
static enum err
put_each(struct backfill *b, put_one put, const struct json *data, int64_t read_at_us)
{
	enum mirror_change change;
	enum err e = ERR_OK;

	for (size_t i = 0; i < data->n && e == ERR_OK; i++) {
		struct arena arena = { 0 };

		change = MIRROR_SAME;
		strbuf_clear(&b->mirror.effect);
		strbuf_clear(&b->mirror.error);
		e = put(&b->mirror, &arena, &data->items[i], read_at_us, &change);
		e = took(b, e, change);
		arena_free(&arena);
	}
	return e;
}

static enum err
put_subscriptions(struct backfill *b, struct arena *a, const struct json *data, int64_t read_at_us)
{
	(void)a;
	return put_each(b, mirror_put_subscription, data, read_at_us);
}

static enum err
put_refunds(struct backfill *b, struct arena *a, const struct json *data, int64_t read_at_us)
{
	(void)a;
	return put_each(b, mirror_put_refund, data, read_at_us);
}

/* ---- Payments that have no invoice ---- */

static void
add_id(struct strbuf *ids, const char *id)
{
	if (id == NULL)
		return;
	strbuf_putc(ids, ids->len == 0 ? '[' : ',');
	json_write_text(ids, id);
}

static void
add_intents_of_invoice(struct strbuf *ids, const struct json *invoice)
{
	const struct json *payments = NULL, *data = NULL, *payment;

	add_id(ids, stripe_object_id(invoice, "payment_intent"));
	if (json_read_object(invoice, "payments", &payments) != ERR_OK ||
	    json_read_array(payments, "data", &data) != ERR_OK)
		return;
	for (size_t i = 0; i < data->n; i++)
		if (json_read_object(&data->items[i], "payment", &payment) == ERR_OK)
			add_id(ids, stripe_object_id(payment, "payment_intent"));
}

static enum err
keep_intents(struct backfill *b, struct arena *a, const struct json *invoices)
{
	struct db_query q = { .arena = a };
	struct strbuf ids = { 0 };
	enum err e = ERR_OK;

	for (size_t i = 0; i < invoices->n; i++)
		add_intents_of_invoice(&ids, &invoices->items[i]);
	if (ids.len > 0) {
		strbuf_putc(&ids, ']');
		backfill_store_keep_intents(&q, strbuf_text(&ids));
		e = ask(b, &q, NULL);
	}
	strbuf_free(&ids);
	return e;
}

static bool
is_since(const struct backfill *b, const struct json *o, const char *member)
{
	int64_t at = 0;

	return json_read_int(o, member, &at) == ERR_OK && at >= b->from;
}

/* One that cannot be read is put, too, and so counted as an error. */
static bool
is_invoice_wanted(const struct backfill *b, const struct json *invoice)
{
	const struct json *transitions = NULL;

	if (is_since(b, invoice, "created"))
		return true;
	return json_read_object(invoice, "status_transitions", &transitions) != ERR_OK ||
	       is_since(b, transitions, "paid_at");
}

static enum err
put_invoices(struct backfill *b, struct arena *a, const struct json *data, int64_t read_at_us)
{
	struct json *kept = arena_array(a, data->n, sizeof(*kept));
	struct json wanted = { .kind = JSON_KIND_ARRAY, .items = kept };
	enum err e;

	for (size_t i = 0; i < data->n; i++)
		if (is_invoice_wanted(b, &data->items[i]))
			kept[wanted.n++] = data->items[i];
	e = put_each(b, mirror_put_invoice, &wanted, read_at_us);
	return e == ERR_OK ? keep_intents(b, a, data) : e;
}

/* Only what came to money counts, and not what an invoice is counted for already. */
static bool
is_of_interest(const struct json *intent)
{
	const char *status = NULL;

	return json_read_text(intent, "status", &status) == ERR_OK &&
	       strcmp(status, "succeeded") == 0 && stripe_object_id(intent, "invoice") == NULL;
}

static enum err
find_new(struct backfill *b, struct arena *a, const struct json *data, const char ***new, size_t *n)
{
	struct db_query q = { .arena = a };
	struct strbuf ids = { 0 };
	PGresult *res = NULL;
	enum err e = ERR_OK;

	*n = 0;
	for (size_t i = 0; i < data->n; i++)
		if (is_of_interest(&data->items[i]))
			add_id(&ids, stripe_object_id(&data->items[i], "id"));
	if (ids.len > 0) {
		strbuf_putc(&ids, ']');
		backfill_store_new_intents(&q, strbuf_text(&ids));
		e = ask(b, &q, &res);
		if (e == ERR_OK)
			e = backfill_store_ids(res, a, new, n);
		PQclear(res);
	}
	strbuf_free(&ids);
	return e;
}

/* The list does not say whether it pays an invoice, so each is asked for with what it pays. */
static enum err
put_payments(struct backfill *b, struct arena *a, const struct json *data, int64_t read_at_us)
{
	const char **ids = NULL;
	enum mirror_change change;
	size_t n;
	enum err e = find_new(b, a, data, &ids, &n);

	(void)read_at_us; /* of the list; each is asked for anew */
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		struct arena arena = { 0 };

		change = MIRROR_SAME;
		strbuf_clear(&b->mirror.effect);
		strbuf_clear(&b->mirror.error);
		e = mirror_payment_intent(&b->mirror, &arena, ids[i], &change);
		e = took(b, e, change);
		arena_free(&arena);
	}
	return e;
}

/* ---- Where it is ---- */

static enum err
keep_place(struct backfill *b)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	char name[NAME_SIZE];
	enum err e = ERR_OK;

	if (!b->mirror.is_dry_run) {
		backfill_store_move(
		    &q, cursor_name(b, name, backfill_kind_words[b->kind]), &b->place);
		e = ask(b, &q, NULL);
	}
	arena_free(&arena);
	if (e == ERR_OK)
		show(b, b->screen->moved);
	return e;
}

/* ERR_NOT_FOUND: of this kind nothing was read yet. */
static enum err
find_place(struct backfill *b, enum backfill_kind kind, struct backfill_place *place)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	char name[NAME_SIZE];
	enum err e;

	backfill_store_place(&q, cursor_name(b, name, backfill_kind_words[kind]));
	e = ask(b, &q, &res);
	if (e == ERR_OK)
		e = backfill_store_place_read(res, &arena, place);
	PQclear(res);
	arena_free(&arena);
	return e;
}

static enum err
forget_places(struct backfill *b)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	char name[NAME_SIZE];
	enum err e = ERR_OK;

	if (!b->mirror.is_dry_run) {
		backfill_store_forget(&q, cursor_name(b, name, ""));
		e = ask(b, &q, NULL);
	}
	arena_free(&arena);
	return e;
}

/* A run that was interrupted had read some of the first kind at least. */
static enum err
begin(struct backfill *b)
{
	const int64_t from = b->mirror.now - b->days * DAY_S;
	struct backfill_place old = { 0 };
	enum err e = ERR_NOT_FOUND;

	b->until = b->mirror.now + 1;
	if (!b->mirror.is_dry_run)
		e = find_place(b, 0, &old);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	b->is_resumed = e == ERR_OK && old.from <= from;
	b->from = b->is_resumed ? old.from : from;
	b->place = (struct backfill_place){ .from = b->from, .at = b->from };
	e = b->is_resumed ? ERR_OK : forget_places(b);
	if (e == ERR_OK)
		show(b, b->screen->began);
	return e;
}

/* ---- Pages, days, kinds ---- */

/* Nothing is newer than the last day, which has no end. */
static void
write_query(const struct backfill *b, char query[QUERY_SIZE], int64_t end)
{
	int n = snprintf(query, QUERY_SIZE, "created%%5Bgte%%5D=%" PRId64, b->place.at);

	if (end < b->until)
		n +=
		    snprintf(query + n, QUERY_SIZE - (size_t)n, "&created%%5Blt%%5D=%" PRId64, end);
	snprintf(query + n, QUERY_SIZE - (size_t)n, "%s", lists[b->kind].query);
}

static enum err
read_page(struct backfill *b, struct stripe_list *list)
{
	const int64_t read_at_us = mirror_now_us(&b->mirror);
	struct arena arena = { 0 };
	enum err e = stripe_sync_page(b->mirror.stripe, &arena, list);

	if (e != ERR_OK)
		stop(b, e, "Stripe: ", b->mirror.stripe->error);
	else if (list->data != NULL)
		e = lists[b->kind].put(b, &arena, list->data, read_at_us);
	if (e == ERR_OK && list->data != NULL) {
		memcpy(b->place.after, list->after, sizeof(b->place.after));
		e = keep_place(b);
	}
	arena_free(&arena);
	return e;
}

/* What it would go on after may have been deleted: a draft invoice. Then the day begins anew. */
static enum err
read_first_page(struct backfill *b, struct stripe_list *list)
{
	enum err e = read_page(b, list);

	if (e != ERR_NOT_FOUND || *b->place.after == '\0')
		return e;
	*b->place.after = *list->after = '\0';
	return read_page(b, list);
}

static enum err
read_day(struct backfill *b)
{
	const int64_t end = b->place.at + DAY_S < b->until ? b->place.at + DAY_S : b->until;
	struct stripe_list list = { .path = lists[b->kind].path };
	char query[QUERY_SIZE];
	enum err e;

	write_query(b, query, end);
	list.query = query;
	memcpy(list.after, b->place.after, sizeof(list.after));
	e = read_first_page(b, &list);
	while (e == ERR_OK && list.data != NULL)
		e = read_page(b, &list);
	if (e != ERR_OK)
		return e;
	b->place.at = end;
	*b->place.after = '\0';
	return keep_place(b);
}

static enum err
read_kind(struct backfill *b, enum backfill_kind kind)
{
	const int64_t from = kind == BACKFILL_INVOICES ? b->from - PAID_WITHIN_S : b->from;
	enum err e = ERR_NOT_FOUND;

	b->kind = kind;
	b->place = (struct backfill_place){ .from = from, .at = from };
	if (b->is_resumed)
		e = find_place(b, kind, &b->place);
	if (e == ERR_NOT_FOUND)
		b->place = (struct backfill_place){ .from = from, .at = from };
	else if (e != ERR_OK)
		return e;
	e = ERR_OK;
	while (e == ERR_OK && b->place.at < b->until)
		e = read_day(b);
	return e;
}

/* ---- The whole ---- */

static enum err
lock(struct backfill *b)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	bool is_taken = false;
	enum err e;

	backfill_store_lock(&q);
	e = ask(b, &q, &res);
	if (e == ERR_OK)
		e = backfill_store_lock_read(res, &is_taken);
	PQclear(res);
	if (e == ERR_OK && !is_taken)
		e = stop(b, ERR_CONFLICT, "", "another portal backfill is running");
	if (e == ERR_OK) {
		backfill_store_make_intents(&q);
		e = ask(b, &q, NULL);
	}
	arena_free(&arena);
	return e;
}

enum err
backfill_run(struct backfill *b)
{
	enum err e = lock(b);

	if (e == ERR_OK)
		e = begin(b);
	for (int kind = 0; kind < BACKFILL__MAX && e == ERR_OK; kind++)
		e = read_kind(b, kind);
	return e == ERR_OK ? forget_places(b) : e;
}
