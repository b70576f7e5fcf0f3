/*
 * A round of samples against a cluster, counters and a soju of ours, which answer, are silent, or
 * break off in the middle: what is not known is missing and never down, and the round ends.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/stop_note.h"
#include "bouncer/health.h"
#include "bouncer/health_figures_store.h"
#include "db_fixture.h"

#define BOUNCERS 250 /* three pages of the cluster's list */
#define DAY INT64_C(86400)

enum how { FINE, SILENT, BROKEN };

/* How the services are; each test sets what it needs. */
static struct {
	enum how list, counters, soju;
	int deployments;  /* h0 … that the cluster has */
	int not_ready;	  /* every so manieth is not; 0: none */
	int silent_every; /* every so manieth soju does not tell its counters; 0: none */
	int clients, connected, messages, started_at;
	int answers; /* that soju gives before it breaks off; 0: all */
	const char *status;
} world;
static atomic_int lists_asked, counters_asked, status_asked, accepted;
static int http_fd, http_port, soju_fd;
static char socket_path[100];

/* ---- The services ---- */

static void
reply(int fd, const char *status, const char *body)
{
	char head[200];
	const int n = snprintf(
	    head, sizeof(head), "HTTP/1.1 %s\r\ncontent-length: %zu\r\n\r\n", status, strlen(body));

	(void)!write(fd, head, (size_t)n);
	(void)!write(fd, body, strlen(body));
}

static void
reply_list(int fd, const char *request)
{
	const char *cursor = strstr(request, "continue=");
	const int from = cursor != NULL ? atoi(cursor + 9) : 0;
	struct strbuf out = { 0 };
	int to = from + 100 < world.deployments ? from + 100 : world.deployments;

	strbuf_printf(&out, "{\"kind\":\"DeploymentList\",\"metadata\":{\"continue\":\"");
	if (to < world.deployments)
		strbuf_printf(&out, "%d", to);
	strbuf_puts(&out, "\"},\"items\":[");
	for (int i = from; i < to; i++)
		strbuf_printf(&out,
		    "%s{\"metadata\":{\"labels\":{\"app\":\"soju\",\"bouncer\":\"h%d\"}},"
		    "\"spec\":{\"replicas\":1,\"template\":{\"spec\":{\"containers\":[{\"image\":"
		    "\"soju:0.10\"}]}}},\"status\":{\"readyReplicas\":%d}}",
		    i > from ? "," : "", i,
		    world.not_ready > 0 && i % world.not_ready == 0 ? 0 : 1);
	strbuf_puts(&out, "]}");
	reply(fd, "200 OK", strbuf_text(&out));
	strbuf_free(&out);
}

static void
reply_counters(int fd)
{
	struct strbuf out = { 0 };

	strbuf_printf(&out,
	    "soju_downstreams_active %d\nsoju_upstreams_active %d\n"
	    "soju_upstream_in_messages_total %d\nsoju_upstream_out_messages_total 0\n"
	    "process_start_time_seconds %d\n",
	    world.clients, world.connected, world.messages, world.started_at);
	reply(fd, "200 OK", strbuf_text(&out));
	strbuf_free(&out);
}

static void
answer_http(int fd, const char *request)
{
	const bool is_list = strncmp(request, "GET /apis/", 10) == 0;
	const enum how how = is_list ? world.list : world.counters;
	const int number = is_list ? 0 : atoi(request + strlen("GET /h"));

	atomic_fetch_add(is_list ? &lists_asked : &counters_asked, 1);
	if (how == SILENT)
		return;
	if (how == BROKEN)
		reply(fd, "500 Oops", "{\"kind\":\"Status\",\"code\":500}");
	else if (is_list)
		reply_list(fd, request);
	else if (world.silent_every == 0 || number % world.silent_every != 0)
		reply_counters(fd);
}

static void *
serve_http(void *arg)
{
	const int fd = (int)(intptr_t)arg;
	char request[4096];
	ssize_t n;

	while ((n = recv(fd, request, sizeof(request) - 1, 0)) > 0) {
		request[n] = '\0';
		answer_http(fd, request);
	}
	close(fd);
	return NULL;
}

/* One line of a command, as it came. */
static void
answer_soju(int fd, const char *line)
{
	static const char ok[] = "BOUNCERSERV OK\r\n";
	char out[1000];
	int n;

	atomic_fetch_add(&status_asked, 1);
	if (strstr(line, "nobody") != NULL) {
		static const char fail[] = "FAIL BOUNCERSERV :unknown user\r\n";

		(void)!write(fd, fail, sizeof(fail) - 1);
		return;
	}
	n = snprintf(out, sizeof(out), "PRIVMSG * :%s\r\n%s", world.status, ok);
	(void)!write(fd, out, (size_t)n);
}

static void *
serve_soju(void *arg)
{
	const int fd = (int)(intptr_t)arg;
	char line[4200];
	FILE *in = fdopen(fd, "r");
	int answered = 0;

	while (world.soju != BROKEN && fgets(line, sizeof(line), in) != NULL) {
		if (world.soju == SILENT)
			continue;
		if (world.answers > 0 && answered++ == world.answers)
			break;
		answer_soju(fd, line);
	}
	fclose(in);
	return NULL;
}

static void *
accept_all(void *arg)
{
	void *(*serve)(void *) = arg == &http_fd ? serve_http : serve_soju;
	pthread_t thread;
	int fd;

	while ((fd = accept(*(int *)arg, NULL, NULL)) >= 0) {
		atomic_fetch_add(&accepted, 1);
		cr_assert_eq(pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd), 0);
		pthread_detach(thread);
	}
	return NULL;
}

static void
open_http(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	http_fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(http_fd, (struct sockaddr *)&in, len), 0);
	cr_assert_eq(listen(http_fd, 256), 0);
	cr_assert_eq(getsockname(http_fd, (struct sockaddr *)&in, &len), 0);
	http_port = ntohs(in.sin_port);
}

static void
open_soju(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(socket_path, sizeof(socket_path), "/tmp/test-health-%d.sock", (int)getpid());
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", socket_path);
	unlink(socket_path);
	soju_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_assert_eq(bind(soju_fd, (struct sockaddr *)&un, sizeof(un)), 0);
	cr_assert_eq(listen(soju_fd, 256), 0);
}

static void
begin(void)
{
	pthread_t thread;

	fixture_begin();
	open_http();
	open_soju();
	cr_assert_eq(pthread_create(&thread, NULL, accept_all, &http_fd), 0);
	cr_assert_eq(pthread_create(&thread, NULL, accept_all, &soju_fd), 0);
	settings.kubernetes_api_url = arena_printf(&arena, "http://127.0.0.1:%d", http_port);
	settings.kubernetes_namespace = "irc";
	settings.kubernetes_token_file = settings.kubernetes_ca_file = "";
	settings.soju_admin_socket = socket_path;
	settings.soju_admin_url = settings.soju_admin_key = settings.soju_ca_file = "";
	settings.soju_metrics_url =
	    arena_printf(&arena, "http://127.0.0.1:%d/{bouncer}/metrics", http_port);
	world.deployments = BOUNCERS;
	world.clients = 1;
	world.connected = 1;
	world.messages = 100;
	world.started_at = 1000;
	world.status = "libera (irc.example.org) [connected as alice]: 3 channels";
	fixture_exec("DELETE FROM bouncers; DELETE FROM soju_meters; DELETE FROM activity_days;"
		     "INSERT INTO users (keycloak_sub, issuer) VALUES ('h-sub', 'i')");
}

static void
end(void)
{
	unlink(socket_path);
	fixture_close();
}

TestSuite(health, .init = begin, .fini = end, .timeout = 120);

static void
make(const char *provisioner, int n)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner, ready_at)"
	    " SELECT (SELECT id FROM users WHERE keycloak_sub = 'h-sub'), 'h' || i, 'h' || i, '%s',"
	    " now() FROM generate_series(0, %d - 1) i",
	    provisioner, n));
}

static int64_t now;

static enum err
next_round(void)
{
	if (now == 0)
		now = clock_now() / DAY * DAY + 600;
	now += 60;
	atomic_store(&lists_asked, 0);
	atomic_store(&counters_asked, 0);
	atomic_store(&status_asked, 0);
	return health_round(db, &arena, now);
}

#define COUNT(what) fixture_number("SELECT count(*) FROM " what)
#define UP COUNT("bouncers WHERE is_up AND sampled_at IS NOT NULL")
#define DOWN COUNT("bouncers WHERE NOT is_up")
#define MISSING COUNT("bouncers WHERE sampled_at IS NULL")

/* ---- A cluster ---- */

Test(health, nobody)
{
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(lists_asked, 0);
}

Test(health, all_is_well)
{
	make("kubernetes", BOUNCERS);
	world.not_ready = 10;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(lists_asked, 3);
	cr_expect_eq(counters_asked, BOUNCERS - BOUNCERS / 10);
	cr_expect_eq(UP, BOUNCERS - BOUNCERS / 10);
	cr_expect_eq(DOWN, BOUNCERS / 10);
	cr_expect_eq(COUNT("bouncer_networks WHERE state = 'connected' AND channels = 3"),
	    BOUNCERS - BOUNCERS / 10);
	cr_expect_eq(
	    COUNT("bouncer_days WHERE network = 'libera' AND up = 1"), BOUNCERS - BOUNCERS / 10);
	cr_expect_eq(fixture_number("SELECT sum(sources) FROM activity_days"), 1);
	world.messages = 130;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(status_asked, 0, "what is known still holds: %d", (int)status_asked);
	cr_expect_eq(
	    COUNT("bouncer_days WHERE network = 'libera' AND up = 2"), BOUNCERS - BOUNCERS / 10);
	cr_expect_eq(fixture_number("SELECT sum(relayed)::bigint FROM bouncer_days"),
	    30 * (BOUNCERS - BOUNCERS / 10));
	cr_expect_eq(COUNT("bouncers WHERE version = '0.10'"), BOUNCERS);
}

Test(health, a_network_is_lost)
{
	make("kubernetes", 1);
	cr_expect_eq(next_round(), ERR_OK);
	world.connected = 0;
	world.status = "libera (irc.example.org) [disconnected]: connection refused";
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(status_asked, 1);
	cr_expect_eq(COUNT("bouncer_networks WHERE state = 'disconnected' AND state_since"
			   " IS NOT NULL AND error = 'connection refused'"),
	    1);
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(status_asked, 0);
	cr_expect_eq(COUNT("bouncer_days WHERE network = 'libera' AND up = 1 AND samples = 3"), 1);
	now += 600;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(status_asked, 1, "what was told is old");
}

/* What soju counts is not what it told, and it does not say more: its networks are not known. */
Test(health, a_door_that_stays_shut)
{
	make("kubernetes", 3);
	cr_expect_eq(next_round(), ERR_OK);
	world.soju = BROKEN;
	world.connected = 2;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(UP, 3);
	cr_expect_eq(COUNT("bouncer_days WHERE network = 'libera' AND samples = 1"), 3);
	cr_expect_eq(COUNT("bouncer_days WHERE network = '' AND samples = 2"), 3);
}

Test(health, who_is_gone_from_the_cluster_is_down)
{
	make("kubernetes", 3);
	world.deployments = 2;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(UP, 2);
	cr_expect_eq(DOWN, 1);
}

Test(health, off_is_off)
{
	make("kubernetes", 3);
	fixture_exec(
	    "UPDATE bouncers SET suspended_at = now(), suspended_why = 'x' WHERE name = 'h0';"
	    "UPDATE bouncers SET state = 'deleting', delete_after = now() WHERE name = 'h1'");
	world.deployments = 0;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(COUNT("bouncer_days WHERE off = 1 AND marks[2] = 3"), 2);
	cr_expect_eq(DOWN, 1);
	cr_expect_eq(counters_asked, 0);
}

/* ---- Drills ---- */

/* The cluster hangs and half of the counters do not come: the other half is known to live. */
Test(health, the_cluster_hangs)
{
	const int64_t before = clock_monotonic_us();

	make("kubernetes", BOUNCERS);
	world.list = SILENT;
	world.silent_every = 2;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_lt(clock_monotonic_us() - before, 60 * INT64_C(1000000));
	cr_expect_eq(UP, BOUNCERS / 2);
	cr_expect_eq(MISSING, BOUNCERS / 2);
	cr_expect_eq(DOWN, 0);
	cr_expect_eq(COUNT("bouncer_days WHERE network = ''"), BOUNCERS / 2);
}

Test(health, the_cluster_answers_with_errors)
{
	make("kubernetes", 4);
	world.list = BROKEN;
	world.silent_every = 2;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(UP, 2);
	cr_expect_eq(MISSING, 2);
	cr_expect_eq(DOWN, 0);
}

/* Who is ready by the cluster's word is up, with clients not known. */
Test(health, no_counters_come)
{
	make("kubernetes", 4);
	world.counters = BROKEN;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(UP, 4);
	cr_expect_eq(COUNT("bouncers WHERE clients IS NOT NULL"), 0);
	cr_expect_eq(COUNT("soju_meters"), 0);
}

Test(health, all_is_lost)
{
	make("kubernetes", 4);
	world.list = world.counters = world.soju = BROKEN;
	cr_expect_eq(next_round(), ERR_UPSTREAM);
	cr_expect_eq(MISSING, 4);
	cr_expect_eq(COUNT("bouncer_days"), 0);
}

/* ---- A soju that several share ---- */

static void
share(int n)
{
	make("soju", n);
	settings.soju_metrics_url = arena_printf(&arena, "http://127.0.0.1:%d/h1/", http_port);
}

Test(health, shared)
{
	share(80);
	fixture_exec("UPDATE bouncers SET soju_username = 'nobody' WHERE name = 'h7';"
		     "UPDATE bouncers SET soju_username = E'two\\nlines' WHERE name = 'h8'");
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(lists_asked, 0);
	cr_expect_eq(UP, 78);
	cr_expect_eq(MISSING, 2);
	cr_expect_eq(COUNT("bouncer_networks"), 78);
	cr_expect_eq(COUNT("bouncers WHERE clients IS NOT NULL"), 0);
	cr_expect_eq(COUNT("bouncers WHERE running_since = to_timestamp(1000)"), 78);
	cr_expect_eq(COUNT("activity_days"), 0);
	world.messages = 150;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(fixture_number("SELECT relayed FROM soju_meters WHERE target = ''"), 50);
	world.started_at = 2000; /* it was started again, and has counted more than before */
	world.messages = 160;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(fixture_number("SELECT relayed FROM soju_meters WHERE target = ''"), 210);
	cr_expect_eq(COUNT("bouncers WHERE restarts = 1"), 78);
	world.status = "No network configured, add one with \"network create\".";
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(COUNT("bouncer_networks"), 0);
	cr_expect_eq(UP, 78);
}

/* A restart is counted once, also while nobody has a sample, or one never has. */
Test(health, shared_restarts_without_samples)
{
	share(3);
	cr_expect_eq(next_round(), ERR_OK);
	world.started_at = 2000;
	world.messages = 40;
	world.soju = BROKEN;
	for (int i = 0; i < 3; i++)
		cr_expect_eq(next_round(), ERR_UPSTREAM);
	cr_expect_eq(fixture_number("SELECT relayed FROM soju_meters WHERE target = ''"), 40);
	world.soju = FINE;
	fixture_exec("UPDATE bouncers SET soju_username = 'nobody' WHERE name = 'h1'");
	for (int i = 0; i < 3; i++)
		cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(fixture_number("SELECT relayed FROM soju_meters WHERE target = ''"), 40);
}

Test(health, shared_breaks_off)
{
	share(80);
	world.answers = 30;
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(UP, 30);
	cr_expect_eq(MISSING, 50);
	for (int i = 0; i < 60 && COUNT("bouncers WHERE sampled_at IS NULL") > 0; i++)
		next_round();
	cr_expect_eq(COUNT("bouncers WHERE sampled_at IS NULL"), 0, "it is others each time");
}

Test(health, shared_is_silent)
{
	const int64_t before = clock_monotonic_us();

	share(5);
	world.soju = SILENT;
	cr_expect_eq(next_round(), ERR_UPSTREAM);
	cr_expect_lt(clock_monotonic_us() - before, 60 * INT64_C(1000000));
	cr_expect_eq(MISSING, 5);
}

/* ---- The end of the program ---- */

static void *
stop_in_a_moment(void *arg)
{
	while (atomic_load(&accepted) == 0)
		usleep(10000);
	stop_note_advance(STOP_LEAVING);
	return arg;
}

/* A stop waits for no soju that is silent, and that nobody had a sample is no failure then. */
static void
expect_a_short_round(void)
{
	const int64_t before = clock_monotonic_us();
	pthread_t thread;

	stop_note_init();
	cr_assert_eq(pthread_create(&thread, NULL, stop_in_a_moment, NULL), 0);
	cr_expect_eq(next_round(), ERR_OK);
	pthread_join(thread, NULL);
	cr_expect_lt(clock_monotonic_us() - before, 9 * INT64_C(1000000));
	cr_expect_eq(UP, 0);
	cr_expect_eq(COUNT("bouncer_days"), 0);
}

Test(health, a_stop_amid_a_silent_soju)
{
	share(5);
	world.soju = SILENT;
	expect_a_short_round();
}

/* Over IRC it is the way in that hangs: whoever accepts there never says a word. */
static void
stop_before_it_opens(const char *scheme)
{
	share(5);
	world.counters = SILENT;
	settings.soju_admin_socket = "";
	settings.soju_admin_key =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	settings.soju_admin_url = arena_printf(&arena, "%s://127.0.0.1:%d", scheme, http_port);
	expect_a_short_round();
}

Test(health, a_stop_amid_a_login)
{
	stop_before_it_opens("irc+insecure");
}

Test(health, a_stop_amid_a_handshake)
{
	stop_before_it_opens("ircs");
}

/* ---- What pages and figures use ---- */

Test(health, keep_status_is_no_sample)
{
	struct soju_status v[] = { { "oftc", "irc.oftc.net", SOJU_LINK_CONNECTED, "a", 1, NULL } };
	const struct soju_status_list list = { v, 1, clock_now_us() };

	make("soju", 1);
	cr_expect_eq(
	    health_keep_status(db, &arena, fixture_number("SELECT id FROM bouncers"), &list),
	    ERR_OK);
	cr_expect_eq(COUNT("bouncer_networks WHERE name = 'oftc'"), 1);
	cr_expect_eq(COUNT("bouncer_days"), 0);
	cr_expect_eq(MISSING, 1);
	cr_expect_eq(health_keep_status(db, &arena, 0, &list), ERR_OK, "it is gone meanwhile");
}

/* A round that asked before a page did writes after it. */
Test(health, keep_status_outlives_an_older_round)
{
	struct soju_status v[] = { { "oftc", "irc.oftc.net", SOJU_LINK_CONNECTED, "a", 1, NULL } };
	struct soju_status_list list = { v, 1, 0 };

	make("soju", 1);
	now = clock_now() - 3600;
	list.asked_us = (now + 60 + 45) * 1000000; /* after the next round has */
	cr_expect_eq(
	    health_keep_status(db, &arena, fixture_number("SELECT id FROM bouncers"), &list),
	    ERR_OK);
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(COUNT("bouncer_networks WHERE name = 'oftc'"), 1);
	cr_expect_eq(COUNT("bouncer_networks"), 1);
	cr_expect_eq(UP, 1, "it has its sample");
	cr_expect_eq(COUNT("bouncer_days WHERE network = 'oftc' AND up = 1"), 1);
	cr_expect_eq(next_round(), ERR_OK);
	cr_expect_eq(COUNT("bouncer_networks WHERE name = 'libera'"), 1);
	cr_expect_eq(COUNT("bouncer_networks"), 1);
}

static struct health_figures
figures(void)
{
	struct db_query q = { .arena = &arena };
	struct health_figures f;
	PGresult *res;

	health_figures_store_ask(&q);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_expect_eq(health_figures_store_read(&f, res), ERR_OK);
	PQclear(res);
	return f;
}

Test(health, figures_of_nobody_are_not_known)
{
	struct metrics_figure_list to = { 0 };
	struct health_figures f;

	fixture_exec("DELETE FROM job_runs");
	f = figures();
	cr_expect_eq(f.bouncers[HEALTH_UP], 0);
	cr_expect_eq(f.clients, -1);
	cr_expect_eq(f.relayed, -1);
	cr_expect_eq(f.sample_age_s, -1);
	cr_expect_eq(f.round_ms, -1);
	health_figures_store_add(&to, &arena, &f, 1);
	cr_assert_eq(to.n, HEALTH_STATE__MAX + HEALTH_LINK__MAX);
	cr_expect_str_eq(to.v[0].first, "up");
}

Test(health, figures)
{
	struct health_figures f;

	make("kubernetes", 6);
	world.not_ready = 3; /* h0, h3 */
	world.clients = 2;
	cr_expect_eq(next_round(), ERR_OK);
	world.messages = 107;
	cr_expect_eq(next_round(), ERR_OK);
	fixture_exec(
	    "UPDATE bouncers SET sampled_at = now();"
	    "UPDATE bouncers SET sampled_at = now() - interval '5 minutes' WHERE name = 'h1';"
	    "UPDATE bouncers SET suspended_at = now(), suspended_why = 'x' WHERE name = 'h2';"
	    "INSERT INTO job_runs (job, started_at, ended_at, outcome)"
	    " VALUES ('bouncer_health', now(), now() + interval '1.5 s', 'ok')");
	f = figures();
	cr_expect_eq(f.bouncers[HEALTH_UP], 2);
	cr_expect_eq(f.bouncers[HEALTH_DOWN], 2);
	cr_expect_eq(f.bouncers[HEALTH_OFF], 1);
	cr_expect_eq(f.bouncers[HEALTH_UNKNOWN], 1);
	cr_expect_eq(f.networks[HEALTH_CONNECTED], 2);
	cr_expect_eq(f.networks[HEALTH_LINK_UNKNOWN], 2);
	cr_expect_eq(f.clients, 4);
	cr_expect_eq(f.relayed, 28);
	cr_expect_eq(f.sample_age_s, 300);
	cr_expect_eq(f.round_ms, 1500);
}
