#include "bouncer/health.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/stop_note.h"
#include "bouncer/health_parts.h"
#include "bouncer/provisioner.h"
#include "source/source.h"

/* Bouncers of one statement: their rows are locked while it runs, some 50 ms. */
#define AT_ONCE 500

int64_t
health_end_us(const struct health_run *r, int end_ms)
{
	return r->begun_us + end_ms * INT64_C(1000);
}

int
health_left_ms(const struct health_run *r, int end_ms)
{
	const int64_t left_ms = (health_end_us(r, end_ms) - clock_monotonic_us()) / 1000;

	/* A round that ends early only leaves out samples; a program that ends waits for it. */
	return left_ms > 0 && stop_note_read() == STOP_NONE ? (int)left_ms : 0;
}

int64_t
health_now_us(const struct health_run *r)
{
	return r->now * INT64_C(1000000) + clock_monotonic_us() - r->begun_us;
}

bool
health_is_of(const struct health_bouncer *b, const char *provisioner)
{
	return !b->is_off && strcmp(b->provisioner, provisioner) == 0;
}

/* As health_store.c counts it. */
bool
health_is_restarted(const struct health_bouncer *b)
{
	return b->started_at >= 0 && b->running_since > 0 && b->started_at > b->running_since + 5;
}

bool
health_has_metrics(bool of_each)
{
	return *settings.soju_metrics_url != '\0' &&
	       source_is_of_each(settings.soju_metrics_url) == of_each;
}

/* ---- Speaking to a soju ---- */

struct soju_door *
health_open_door(struct arena *a, const struct health_bouncer *b, int timeout_ms)
{
	const struct bouncer bouncer = { .id = b->id,
		.name = b->name,
		.soju_username = b->username,
		.provisioner = b->provisioner,
		.state = BOUNCER_READY };
	const char *why = NULL;
	enum err e;
	struct soju_door *door = provisioner_open_door_to_look(
	    provisioner_of(b->provisioner), &bouncer, a, timeout_ms, &e, &why);

	if (door == NULL)
		log_debug("health", "soju of bouncer %" PRId64 ": %s", b->id,
		    why != NULL ? why : err_word(e));
	return door;
}

const char *const *
health_status_command(struct arena *a, const struct health_bouncer *b)
{
	const char **words = arena_array(a, 6, sizeof(*words));

	words[0] = "user";
	words[1] = "run";
	words[2] = b->username;
	words[3] = "network";
	words[4] = "status";
	return words;
}

bool
health_take_status(
    struct health_bouncer *b, struct arena *a, const struct soju_reply *reply, int64_t asked_us)
{
	struct soju_status_list *list;

	if (reply->refusal != NULL)
		return false;
	list = arena_alloc(a, sizeof(*list));
	if (soju_admin_read_status(list, a, reply->lines, reply->n) == ERR_OK) {
		list->asked_us = asked_us;
		b->networks = list;
		b->are_networks_known = true;
	}
	return true;
}

/* ---- Reading and writing ---- */

static enum err
read_all(struct health_run *r)
{
	struct db_query q = { .arena = r->arena };
	PGresult *res = NULL;
	enum err e;

	health_store_all(&q);
	e = db_sync_run(r->db, &q, &res);
	if (e == ERR_OK)
		e = health_store_all_read(&r->all, r->arena, res);
	PQclear(res);
	return e;
}

static enum err
write_some(struct health_run *r, const struct health_bouncer *b, size_t n)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	bool is_told = false, is_sampled = false;
	enum err e = ERR_OK;

	for (size_t i = 0; i < n; i++) {
		is_told = is_told || b[i].networks != NULL;
		is_sampled = is_sampled || b[i].mark != MARK_UNKNOWN;
	}
	if (is_told) {
		health_store_networks(&q, b, n);
		e = db_sync_run(r->db, &q, NULL);
	}
	if (e == ERR_OK && is_sampled) {
		health_store_samples(&q, b, n, r->now);
		e = db_sync_run(r->db, &q, NULL);
	}
	arena_free(&arena);
	return e;
}

/* One part that cannot be written does not hold up the others. */
static enum err
write_all(struct health_run *r)
{
	enum err e = ERR_OK, one;

	for (size_t i = 0; i < r->all.n; i += AT_ONCE) {
		const size_t left = r->all.n - i;

		one = write_some(r, &r->all.v[i], left < AT_ONCE ? left : AT_ONCE);
		if (e == ERR_OK)
			e = one;
	}
	return e;
}

static void
mark_off(struct health_run *r)
{
	for (size_t i = 0; i < r->all.n; i++)
		if (r->all.v[i].is_off)
			r->all.v[i].mark = MARK_OFF;
}

/*
 * That some do not answer is ordinary; that nobody does is a failure of ours or of the way there,
 * unless it was us who did not wait.
 */
static enum err
look_back(const struct health_run *r)
{
	size_t missing = 0;

	for (size_t i = 0; i < r->all.n; i++)
		missing += r->all.v[i].mark == MARK_UNKNOWN;
	if (missing > 0)
		log_info("health", "bouncers without a sample: %zu of %zu", missing, r->all.n);
	if (missing == 0 || missing < r->all.n || stop_note_read() != STOP_NONE)
		return ERR_OK;
	return ERR_UPSTREAM;
}

enum err
health_round(struct db_sync *db, struct arena *a, int64_t now)
{
	struct health_run r = {
		.db = db, .arena = a, .now = now, .begun_us = clock_monotonic_us()
	};
	enum err e = read_all(&r);

	if (e != ERR_OK || r.all.n == 0)
		return e;
	mark_off(&r);
	health_soju(&r);
	health_kube(&r);
	e = write_all(&r);
	return e == ERR_OK ? look_back(&r) : e;
}

enum err
health_keep_status(struct db_sync *db, struct arena *a, int64_t bouncer_id,
    const struct soju_status_list *networks)
{
	const struct health_bouncer b = { .id = bouncer_id, .networks = networks };
	struct db_query q = { .arena = a };

	health_store_networks(&q, &b, 1);
	return db_sync_run(db, &q, NULL);
}
