#include "account/role_http.h"

#include <stdlib.h>
#include <string.h>

#include "account/oidc_http.h"
#include "account/role_refresh.h"
#include "account/role_store.h"
#include "account/session_secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "db/db_row.h"
#include "jobs/background.h"

/* Who asks the provider waits for its answer, longer than one call may take (base/call.h). */
#define ANSWER_WAIT_MS 3000
/* The others look twice; most answers are there the first time. */
#define FIRST_WAIT_MS 200
#define SECOND_WAIT_MS 800

struct refresh {
	struct role_refresh work;
	struct web_flow *waiter; /* NULL: has left */
};

struct role_check {
	bool is_ours;		 /* this request asks the provider */
	bool is_settled;	 /* we have seen what came of it */
	struct refresh *refresh; /* under way for us, or NULL */
	const char *refresh_token;
};

static struct role_check *
check_of(struct web_flow *f)
{
	return f->guard;
}

/* ---- One asks, the others wait ---- */

static void
leave(struct web_flow *f)
{
	struct role_check *c = check_of(f);

	if (c->refresh != NULL)
		c->refresh->waiter = NULL;
	c->refresh = NULL;
}

static enum err
claim_ask(struct web_flow *f, struct db_query *q)
{
	f->guard = arena_alloc(&f->arena, sizeof(struct role_check));
	f->guard_free = leave;
	role_store_claim(q, f->session.token_hash);
	return ERR_OK;
}

static enum err
claim_read(struct web_flow *f, const PGresult *res)
{
	struct role_check *c = check_of(f);
	struct db_row r;
	void *sealed;
	size_t len;

	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	sealed = db_row_bytes(&r, &f->arena, &len);
	c->is_ours = true;
	c->refresh_token = session_secret_open(
	    &f->arena, SESSION_SECRET_REFRESH_TOKEN, f->session.token_hash, sealed, len);
	if (c->refresh_token == NULL) {
		log_warn("roles", "a session with roles has no refresh token");
		return ERR_UNAVAILABLE;
	}
	return db_row_end(&r);
}

/* ---- Asking the provider, in the background ---- */

static void
work(void *arg)
{
	role_refresh_run(&((struct refresh *)arg)->work);
}

static void
done(void *arg)
{
	struct refresh *r = arg;
	struct web_flow *waiter = r->waiter;

	if (r->work.new_jwks.body != NULL)
		oidc_http_jwks_keep(&r->work.new_jwks);
	if (waiter != NULL) {
		leave(waiter);
		web_step_wake(waiter);
	}
	arena_free(&r->work.arena);
	free(r);
}

static void
start(struct web_flow *f)
{
	struct refresh *r = xcalloc(1, sizeof(*r));
	struct arena *a = &r->work.arena;

	r->work.user_id = f->session.user_id;
	r->work.claimed_us = clock_monotonic_us();
	memcpy(r->work.token_hash, f->session.token_hash, sizeof(r->work.token_hash));
	r->work.sub = arena_strdup(a, f->session.sub);
	r->work.refresh_token = arena_strdup(a, check_of(f)->refresh_token);
	r->work.client = oidc_http_client(a);
	r->work.may_ask_keys = oidc_http_may_ask_keys;
	oidc_http_copy(a, &r->work.provider, &r->work.jwks, &r->work.jwks_len);
	r->waiter = f;
	check_of(f)->refresh = r;
	background_run(work, done, r);
}

/* ---- What came of it ---- */

static int
first_wait(struct web_flow *f)
{
	if (!check_of(f)->is_ours)
		return FIRST_WAIT_MS;
	start(f);
	return ANSWER_WAIT_MS;
}

static int
second_wait(struct web_flow *f)
{
	return check_of(f)->is_ours || check_of(f)->is_settled ? 0 : SECOND_WAIT_MS;
}

static enum err
look_ask(struct web_flow *f, struct db_query *q)
{
	leave(f);
	if (!check_of(f)->is_settled)
		web_session_find(q, &f->session);
	q->keep_ms = 0; /* another host may have asked */
	return ERR_OK;
}

static enum err
look_read(struct web_flow *f, const PGresult *res)
{
	struct web_session now = { 0 };
	enum err e = web_session_row(&now, &f->arena, res);

	if (e != ERR_OK)
		return e;
	f->session.user_id = now.user_id;
	if (now.user_id == 0)
		return ERR_UNAVAILABLE;
	check_of(f)->is_settled = !now.is_role_check_due;
	f->session.roles = now.roles;
	return ERR_OK;
}

static enum err
last_look_read(struct web_flow *f, const PGresult *res)
{
	enum err e = look_read(f, res);

	return e == ERR_OK && !check_of(f)->is_settled ? ERR_UNAVAILABLE : e;
}

/* Discovery and keys first: who leaves while they come has spent nothing. */
const struct web_step role_http_steps[] = {
	{ .call = oidc_http_discovery_call,
	    .reply = oidc_http_discovery_reply,
	    .turn = oidc_http_discovery_turn },
	{ .call = oidc_http_jwks_call, .reply = oidc_http_jwks_reply, .turn = oidc_http_jwks_turn },
	{ .ask = claim_ask, .read = claim_read },
	{ .wait = first_wait },
	{ .ask = look_ask, .read = look_read },
	{ .wait = second_wait },
	{ .ask = look_ask, .read = last_look_read },
};
const size_t role_http_nsteps = sizeof(role_http_steps) / sizeof(role_http_steps[0]);
