#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "bouncer/health_parts.h"
#include "clients/call_many.h"
#include "clients/call_sync.h"
#include "clients/kube_list.h"
#include "clients/soju_metrics.h"
#include "metrics/metrics_call.h"

#define LIST_CALL_MS 5000
#define METRICS_MS 1000
#define METRICS_AT_ONCE 128
#define DOOR_MS 2000
#define STATUS_OLD_S 600   /* then soju is asked for its networks, whatever it counts */
#define STATUS_GONE_S 3600 /* then what it told says nothing any more */

/* ---- The cluster's list ---- */

struct listed {
	const char *name, *version;
	bool is_ready;
};

struct listing {
	struct health_run *run;
	struct kube_api api;
	struct listed *v; /* by name, once all are there */
	size_t n, size;
};

/* The kubelet replaces the token while we run. */
static enum err
read_token(struct listing *l)
{
	l->api.token = "";
	if (*settings.kubernetes_token_file == '\0')
		return ERR_OK;
	return kube_api_read_token(&l->api.token, l->run->arena, settings.kubernetes_token_file);
}

static void
keep_page(struct listing *l, const struct kube_list *page)
{
	if (l->n + page->n > l->size) {
		struct listed *more;

		l->size = 2 * (l->n + page->n);
		more = arena_array(l->run->arena, l->size, sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
	}
	for (size_t i = 0; i < page->n; i++)
		l->v[l->n++] = (struct listed){ arena_strdup(l->run->arena, page->v[i].bouncer),
			arena_strdup(l->run->arena, page->v[i].version),
			page->v[i].rollout.ready > 0 };
}

/* A page is large, and little of it is kept. */
static enum err
ask_page(struct listing *l, const char **next)
{
	const int left_ms = health_left_ms(l->run, HEALTH_LIST_MS);
	struct arena arena = { 0 };
	struct kube_refusal refusal = { 0 };
	struct kube_list page;
	struct call_request req;
	struct call_reply reply;
	enum err e;

	l->api.timeout_ms = left_ms < LIST_CALL_MS ? left_ms : LIST_CALL_MS;
	if (left_ms == 0)
		return ERR_TIMEOUT;
	kube_list_request(&req, &arena, &l->api, *next);
	call_sync_run(&req, &arena, &reply);
	e = kube_list_reply(&page, &refusal, &arena, &reply);
	metrics_call("kube", e, &reply);
	if (e == ERR_OK) {
		keep_page(l, &page);
		*next = arena_strdup(l->run->arena, page.next);
	} else {
		log_warn("health", "list of deployments: %s",
		    refusal.cause != NULL ? refusal.cause : err_word(e));
	}
	arena_free(&arena);
	return e;
}

static enum err
ask_pages(struct listing *l)
{
	const char *next = NULL;
	enum err e;

	l->n = 0;
	do
		e = ask_page(l, &next);
	while (e == ERR_OK && next != NULL);
	return e;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

/* All or nothing: on half a list, those of the other half would seem to be gone. */
static bool
ask_list(struct listing *l)
{
	const char *ca_file = settings.kubernetes_ca_file;
	enum err e;

	l->api = (struct kube_api){ .url = settings.kubernetes_api_url,
		.namespace = settings.kubernetes_namespace,
		.ca_file = *ca_file != '\0' ? ca_file : NULL };
	if (*settings.kubernetes_api_url == '\0' || read_token(l) != ERR_OK)
		return false;
	e = ask_pages(l);
	/* The token was replaced a moment ago; or the list took too long. */
	if ((e == ERR_UNAUTHORIZED && read_token(l) == ERR_OK) || e == ERR_CONFLICT)
		e = ask_pages(l);
	if (e == ERR_OK && l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	return e == ERR_OK;
}

/* What is not listed is down. */
static void
take_listed(const struct listing *l, struct health_bouncer *b)
{
	const struct listed key = { .name = b->name }, *found = NULL;

	if (l->n > 0)
		found = bsearch(&key, l->v, l->n, sizeof(*l->v), by_name);
	b->mark = found != NULL && found->is_ready ? MARK_UP : MARK_DOWN;
	b->version = found != NULL ? found->version : NULL;
}

/* ---- Counters ---- */

/* Bouncers that are asked for something, in the order in which they are. */
struct asked {
	struct health_run *run;
	struct health_bouncer **v;
	size_t n;
};

static enum err
metrics_ask(void *arg, size_t i, struct arena *a, struct call_request *req)
{
	const struct asked *k = arg;

	return soju_metrics_request(req, a, settings.soju_metrics_url, k->v[i]->name, METRICS_MS);
}

/* Who counts, lives: also where the cluster did not say so. */
static void
metrics_read(void *arg, size_t i, struct arena *a, const struct call_reply *reply)
{
	const struct asked *k = arg;
	struct health_bouncer *b = k->v[i];
	struct soju_metrics m;
	const enum err e = soju_metrics_reply(&m, reply);

	(void)a;
	metrics_call("soju_metrics", e, reply);
	if (e != ERR_OK)
		return;
	b->mark = MARK_UP;
	b->clients = m.clients;
	b->connected = m.connected;
	b->started_at = m.started_at;
	b->counter = m.messages;
}

/* If time is up before all were asked, it is others each minute who are not. */
static void
rotate(struct asked *k)
{
	struct health_bouncer **turned =
	    arena_array(k->run->arena, k->n + 1, sizeof(struct health_bouncer *));
	uint32_t chance = 0;
	size_t from;

	if (k->n == 0)
		return;
	random_bytes(&chance, sizeof(chance));
	from = chance % k->n;
	memcpy(turned, k->v + from, (k->n - from) * sizeof(struct health_bouncer *));
	memcpy(turned + (k->n - from), k->v, from * sizeof(struct health_bouncer *));
	k->v = turned;
}

static void
ask_metrics(struct asked *all)
{
	struct asked k = { .run = all->run };
	struct call_many many = { .at_once = METRICS_AT_ONCE,
		.until_us = health_end_us(all->run, HEALTH_METRICS_MS),
		.ask = metrics_ask,
		.read = metrics_read,
		.arg = &k };

	k.v = arena_array(all->run->arena, all->n + 1, sizeof(struct health_bouncer *));
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->mark != MARK_DOWN)
			k.v[k.n++] = all->v[i];
	rotate(&k);
	many.n = k.n;
	call_many_run(&many);
}

/* ---- Networks ---- */

/* Whether what soju told of its networks is what it counts now. */
static bool
still_holds(const struct health_bouncer *b, int64_t now)
{
	return b->connected >= 0 && b->connected == b->known_connected && b->networks_at > 0 &&
	       now - b->networks_at < STATUS_GONE_S && !health_is_restarted(b);
}

static bool
is_told_otherwise(const struct health_bouncer *b)
{
	return b->networks_at == 0 || !b->are_networks_known;
}

static void
ask_door(struct asked *k, struct health_bouncer *b, int timeout_ms)
{
	struct arena arena = { 0 };
	struct soju_door *door = health_open_door(&arena, b, timeout_ms);
	const int64_t asked_us = health_now_us(k->run);
	struct soju_reply reply = { 0 };

	if (door != NULL &&
	    soju_door_run(door, &arena, health_status_command(&arena, b), &reply) == ERR_OK)
		health_take_status(b, k->run->arena, &reply, asked_us);
	soju_door_close(door);
	arena_free(&arena);
}

/* One after the other until time is up; the rest comes in the next minute. */
static void
ask_doors(struct asked *k)
{
	int left_ms = health_left_ms(k->run, HEALTH_DOORS_MS);

	rotate(k);
	for (size_t i = 0; i < k->n && left_ms > 0; i++) {
		ask_door(k, k->v[i], left_ms < DOOR_MS ? left_ms : DOOR_MS);
		left_ms = health_left_ms(k->run, HEALTH_DOORS_MS);
	}
}

/* Of those that run: who counts otherwise than it told comes first, then whoever told long ago. */
static void
ask_networks(struct asked *all)
{
	const int64_t now = all->run->now;
	struct asked others = { .run = all->run }, old = { .run = all->run };

	others.v = arena_array(all->run->arena, all->n + 1, sizeof(struct health_bouncer *));
	old.v = arena_array(all->run->arena, all->n + 1, sizeof(struct health_bouncer *));
	for (size_t i = 0; i < all->n; i++) {
		struct health_bouncer *b = all->v[i];
		const bool is_counted = b->connected >= 0;

		if (b->mark != MARK_UP)
			continue;
		b->are_networks_known = still_holds(b, now);
		if (is_counted && is_told_otherwise(b))
			others.v[others.n++] = b;
		else if (now - b->networks_at >= STATUS_OLD_S)
			old.v[old.n++] = b;
	}
	ask_doors(&others);
	ask_doors(&old);
}

/* ---- All of it ---- */

void
health_kube(struct health_run *r)
{
	struct listing list = { .run = r };
	struct asked k = { .run = r };

	k.v = arena_array(r->arena, r->all.n + 1, sizeof(struct health_bouncer *));
	for (size_t i = 0; i < r->all.n; i++)
		if (health_is_of(&r->all.v[i], "kubernetes"))
			k.v[k.n++] = &r->all.v[i];
	if (k.n == 0)
		return;
	if (ask_list(&list))
		for (size_t i = 0; i < k.n; i++)
			take_listed(&list, k.v[i]);
	if (health_has_metrics(true))
		ask_metrics(&k);
	ask_networks(&k);
}
