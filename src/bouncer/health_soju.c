#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "bouncer/health_parts.h"
#include "clients/call_sync.h"
#include "clients/soju_metrics.h"
#include "metrics/metrics_call.h"

#define METRICS_MS 2000
#define ANY_NAME "soju" /* the address has no place for one */

struct shared {
	struct health_run *run;
	struct health_bouncer **v; /* in the order of the commands */
	const char *const **commands;
	size_t n;
	int64_t asked_us; /* the first of them */
};

/* One name that cannot be sent, put there by hand, would stop the commands of all. */
static bool
can_be_sent(const char *const *command)
{
	struct strbuf line = { 0 };
	const enum err e = soju_admin_command(&line, command);

	strbuf_free(&line);
	return e == ERR_OK;
}

static void
choose_one(struct shared *s, struct health_bouncer *b)
{
	const char *const *command = health_status_command(s->run->arena, b);

	if (!can_be_sent(command))
		return;
	s->commands[s->n] = command;
	s->v[s->n++] = b;
}

/* If soju does not answer to the end, it is others each minute who have no sample. */
static void
choose(struct shared *s)
{
	struct health_list *all = &s->run->all;
	uint32_t chance;

	random_bytes(&chance, sizeof(chance));
	s->v = arena_array(s->run->arena, all->n + 1, sizeof(struct health_bouncer *));
	s->commands = arena_array(s->run->arena, all->n + 1, sizeof(*s->commands));
	for (size_t i = 0; i < all->n; i++) {
		struct health_bouncer *b = &all->v[(chance + i) % all->n];

		if (health_is_of(b, "soju"))
			choose_one(s, b);
	}
}

/* Whom soju does not know has no sample: it may be a name of another time. */
static void
read_status(void *arg, size_t i, struct arena *passing, const struct soju_reply *reply)
{
	struct shared *s = arg;

	(void)passing;
	if (health_take_status(s->v[i], s->run->arena, reply, s->asked_us))
		s->v[i]->mark = MARK_UP;
}

static void
ask_status(struct shared *s)
{
	const int left_ms = health_left_ms(s->run, HEALTH_SHARED_MS);
	struct soju_door *door;
	enum err e;

	if (left_ms == 0)
		return;
	door = health_open_door(s->run->arena, s->v[0], left_ms);
	if (door == NULL) {
		log_warn("health", "soju does not open its door");
		return;
	}
	s->asked_us = health_now_us(s->run);
	e = soju_door_run_many(door, s->commands, s->n, read_status, s);
	if (e != ERR_OK)
		log_warn("health", "soju did not answer to the end: %s", err_word(e));
	soju_door_close(door);
}

static enum err
ask_metrics(struct health_run *r, struct soju_metrics *m)
{
	struct call_reply reply;
	struct call_request req;
	enum err e =
	    soju_metrics_request(&req, r->arena, settings.soju_metrics_url, ANY_NAME, METRICS_MS);

	if (e != ERR_OK)
		return e;
	call_sync_run(&req, r->arena, &reply);
	e = soju_metrics_reply(m, &reply);
	metrics_call("soju_metrics", e, &reply);
	return e;
}

static void
keep_counter(struct health_run *r, const struct soju_metrics *m)
{
	struct db_query q = { .arena = r->arena };

	health_store_shared_meter(&q, m->messages, m->started_at, r->now);
	db_sync_run(r->db, &q, NULL);
}

/*
 * Clients and messages are of all people together; of each bouncer only the start is told.
 */
static void
take_metrics(struct shared *s, const struct soju_metrics *m)
{
	for (size_t i = 0; i < s->n; i++)
		s->v[i]->started_at = m->started_at;
	if (m->messages >= 0)
		keep_counter(s->run, m);
}

void
health_soju(struct health_run *r)
{
	struct shared s = { .run = r };
	struct soju_metrics m;

	choose(&s);
	if (s.n == 0)
		return;
	ask_status(&s);
	if (health_has_metrics(false) && ask_metrics(r, &m) == ERR_OK)
		take_metrics(&s, &m);
}
