/*
 * The parent leads through a note in shared memory (base/stop_note.h), at which workers look ten
 * times a second. A signal would not do: a worker that is just starting forgets it
 * (kore_signal_setup() clears what has come), and the parent then waits for that worker for ever.
 */
#include "app/stop.h"

#include <kore/kore.h>
#include <kore/http.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/settings.h"
#include "base/stop_note.h"
#include "jobs/background.h"

#define LOOK_MS 100
#define TURN_MS 20
/* Who is connected and says nothing is given as long to say something after all. */
#define SILENCE_MS 500

/* Kore's calls of this function lead to ours (--wrap in conf/build.conf). */
void __real_kore_worker_dispatch_signal(int);
void __wrap_kore_worker_dispatch_signal(int);

/* ---- The parent ---- */

static int nworkers;

void
stop_init(int workers)
{
	stop_note_init();
	nworkers = workers;
}

/* Does what Kore's loop would. False: somebody wants the end at once. */
static bool
handle_signal(void)
{
	const int sig = sig_recv;

	sig_recv = 0;
	if (sig == SIGCHLD)
		kore_worker_reap();
	return sig != SIGTERM && sig != SIGINT && sig != SIGQUIT;
}

/*
 * Kore's loop in the parent, which workers need: they pass the right to accept on through it, and
 * one that dies is started again. False: somebody wants the end at once.
 */
static bool
go_on(u_int64_t limit_ms, bool ends_when_quiet)
{
	const u_int64_t end = kore_time_ms() + limit_ms;

	while (kore_time_ms() < end) {
		if (!handle_signal())
			return false;
		if (ends_when_quiet && stop_note_is_quiet(nworkers))
			return true;
		kore_platform_event_wait(TURN_MS);
		kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
		kore_timer_run(kore_time_ms());
	}
	return true;
}

static void
leave(void)
{
	const int64_t delay_s = settings.stop_delay_s;

	sig_recv = 0;
	stop_note_advance(STOP_LEAVING);
	log_info("stop", "no new visitors, please; the doors close in %lld s", (long long)delay_s);
	if (!go_on((u_int64_t)delay_s * 1000, false))
		return;
	stop_note_advance(STOP_CLOSING);
	if (go_on(STOP_LIMIT_MS, true) && !stop_note_is_quiet(nworkers))
		log_warn("stop", "what was not done after %d s is cut off", STOP_LIMIT_MS / 1000);
}

/* Workers take no notice of SIGTERM, which service managers send to every process. */
void
__wrap_kore_worker_dispatch_signal(int sig)
{
	if (sig == SIGHUP || sig == SIGUSR1) {
		__real_kore_worker_dispatch_signal(sig);
		return;
	}
	if (sig == SIGTERM)
		leave();
	stop_note_advance(STOP_NOW);
	__real_kore_worker_dispatch_signal(SIGQUIT);
}

/* ---- A worker ---- */

/* Who came before the doors close is let in. */
static void
accept_rest(struct listener *l)
{
	struct connection *c;

	while (kore_connection_accept(l, &c))
		kore_platform_event_all(c->fd, c);
}

/*
 * Closes them for all processes: the kernel refuses whoever comes now. Only for the worker that has
 * the right to accept, and it keeps that for ever: another one would find the doors broken, for
 * which Kore ends a worker.
 */
static void
close_doors(void)
{
	struct kore_server *server;
	struct listener *l;

	kore_platform_disable_accept();
	worker_max_connections = UINT32_MAX;
	http_request_limit = UINT32_MAX;
	LIST_FOREACH(server, &kore_servers, list)
	LIST_FOREACH(l, &server->listeners, list)
	{
		accept_rest(l);
		shutdown(l->fd, SHUT_RDWR);
	}
	stop_note_advance(STOP_CLOSED);
}

static bool
is_at_work(const struct connection *c)
{
	return !TAILQ_EMPTY(&c->http_requests) || !TAILQ_EMPTY(&c->send_queue) ||
	       (c->rnb != NULL && c->rnb->s_off > 0);
}

/* Nothing is under way, and who is still connected has been silent for a while. */
static bool
is_quiet(u_int64_t now)
{
	static u_int64_t silent_since;
	bool is_busy = background_running() > 0 || silent_since == 0, has_guests = false;
	const struct connection *c;

	TAILQ_FOREACH(c, &connections, list)
	{
		if (c->proto != CONN_PROTO_HTTP)
			continue;
		has_guests = true;
		is_busy = is_busy || is_at_work(c);
	}
	if (is_busy)
		silent_since = now;
	return !is_busy && (!has_guests || now - silent_since >= SILENCE_MS);
}

static void
look(void *arg, u_int64_t now)
{
	const enum stop_phase phase = stop_note_read();

	(void)arg;
	if (phase == STOP_NONE)
		return;
	http_keepalive_time = 0; /* answers close their connections */
	if (phase == STOP_CLOSING && worker->has_lock)
		close_doors();
	else if (phase == STOP_CLOSED)
		stop_note_quiet(worker->id, is_quiet(now));
	else if (phase == STOP_NOW)
		sig_recv = SIGQUIT;
}

void
stop_worker(void)
{
	stop_note_quiet(worker->id, false);
	signal(SIGTERM, SIG_IGN);
	if (stop_note_read() >=
	    STOP_CLOSING) /* in the place of one that died: there are no doors */
		worker_max_connections = 0;
	kore_timer_add(look, LOOK_MS, NULL, 0);
}
