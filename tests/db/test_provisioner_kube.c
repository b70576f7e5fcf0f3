/*
 * A bouncer's way into the cluster and out of it, against the simulated cluster and the real
 * server of databases, and all that can go wrong on it. soju itself is played by functions at the
 * end of this file.
 */
#include "bouncer/provisioner.h"

#include <arpa/inet.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_read.h"
#include "bouncer/bouncer_database.h"
#include "bouncer/soju_ops.h"
#include "clients/call_sync.h"
#include "soju_fixture.h"

#define BOUNCER "test-kube"
#define DATABASE "soju_test-kube"
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static pid_t sim;
static const char *sim_url;
static char token_file[] = "/tmp/kube-token.XXXXXX";

/* How the played soju behaves. */
static struct {
	enum err door, user;
	bool has_no_tables;
	int users_made;
	int64_t max_networks;
} soju_is;

static const struct bouncer bouncer = {
	.id = 1, .name = BOUNCER, .soju_username = BOUNCER, .max_networks = 5, .history_days = -1
};
static struct provision_run run;

/* ---- The simulated cluster ---- */

static struct call_reply
call(enum call_method method, const char *path, const char *body)
{
	struct call_request req = { .method = method,
		.url = arena_printf(&arena, "%s%s", sim_url, path),
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0 };
	struct call_reply reply;

	call_header(&req, &arena, "content-type", "application/json");
	call_header(&req, &arena, "authorization", "Bearer kube-token");
	call_sync_run(&req, &arena, &reply);
	return reply;
}

static void
control(const char *path, const char *order)
{
	struct call_reply reply = call(CALL_POST, path, order);

	cr_assert_eq(reply.status, 200, "%s: %s", order, reply.body);
}

/* What the simulator holds of this kind and name; NULL: nothing. */
static const struct json *
object(const char *key)
{
	struct call_reply reply = call(CALL_GET, "/control", NULL);
	const struct json *root;

	cr_assert_eq(json_read_parse(&root, &arena, reply.body, reply.body_len), ERR_OK);
	return json_read_member(json_read_member(root, "objects"), key);
}

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&at, len), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static void
start_sim(void)
{
	const char *bin = getenv("SIM_BIN") != NULL ? getenv("SIM_BIN") : "tests/sim/sim";
	char port[32], pidfile[64];
	int number = free_port();
	char *env[] = { port, pidfile, "SIM_CLIENT_ID=portal", "SIM_CLIENT_SECRET=secret",
		"SIM_REDIRECT_URIS=http://127.0.0.1/", "SIM_INTERNAL_SECRET=internal-secret",
		"SIM_KUBE_TOKEN=kube-token", "SIM_KUBE_NAMESPACE=irc", NULL };
	char *argv[] = { "sim", "-fnrq", NULL };

	snprintf(port, sizeof(port), "SIM_PORT=%d", number);
	snprintf(pidfile, sizeof(pidfile), "SIM_PIDFILE=/tmp/sim-%d.pid", number);
	sim_url = arena_printf(&arena, "http://127.0.0.1:%d", number);
	cr_assert_eq(posix_spawn(&sim, bin, NULL, NULL, argv, env), 0, "%s", bin);
	for (int n = 0; call(CALL_GET, "/healthz", NULL).status != 200;)
		cr_assert(fixture_wait(&n), "the simulator does not start");
}

static void
write_token(const char *token)
{
	FILE *f = fopen(token_file, "w");

	cr_assert_not_null(f);
	fprintf(f, "%s\n", token);
	fclose(f);
}

/* ---- Set-up ---- */

static void
set_up(void)
{
	settings.home = ".";
	settings.kubernetes_api_url = sim_url;
	settings.kubernetes_namespace = "irc";
	settings.kubernetes_token_file = token_file;
	settings.kubernetes_ca_file = "";
	settings.bouncer_manifests = "";
	settings.bouncer_image = "soju:1";
	settings.bouncer_host = "{bouncer}.irc.example.org";
	settings.soju_admin_key = KEY;
	settings.soju_admin_socket = "";
	settings.soju_admin_url = "irc+insecure://soju-{bouncer}.irc.svc:6667";
	settings.soju_ca_file = "";
}

static void
begin(void)
{
	fixture_open();
	soju_let_make(BOUNCER);
	close(mkstemp(token_file));
	write_token("kube-token");
	start_sim();
	set_up();
	control("/control/kube", "{\"cluster\":{\"after_ms\":0,\"gone_after_ms\":0}}");
	run = (struct provision_run){
		.bouncer = &bouncer, .is_enabled = true, .arena = &arena, .timeout_ms = 20000
	};
}

static void
end(void)
{
	kill(sim, SIGTERM);
	waitpid(sim, NULL, 0);
	unlink(token_file);
	soju_unmake(BOUNCER);
	fixture_close();
}

TestSuite(provisioner_kube, .init = begin, .fini = end);

typedef enum provision step_fn(struct provision_run *);

static void
expect(step_fn *step, enum provision wanted, const char *failure)
{
	enum provision p;

	run.failure = run.cause = NULL;
	p = step(&run);
	cr_assert_eq(p, wanted, "%d: %s (%s)", p, run.failure, run.cause);
	if (wanted == PROVISION_DONE)
		return;
	cr_assert_not_null(run.failure);
	cr_assert_not_null(run.cause);
	if (failure != NULL)
		cr_assert_str_eq(run.failure, failure, "%s (%s)", run.failure, run.cause);
	cr_assert_null(strstr(run.cause, BOUNCER), "the log gets a name: %s", run.cause);
}

/* Until it ends in something else than waiting. */
static void
expect_soon(step_fn *step, enum provision wanted)
{
	for (int n = 0; step(&run) == PROVISION_WAIT && fixture_wait(&n);)
		;
	expect(step, wanted, NULL);
}

#define MAKE provisioner_kube.make_database
#define APPLY provisioner_kube.apply
#define CHECK provisioner_kube.check
#define REMOVE provisioner_kube.remove

static void
make_ready(void)
{
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_DONE, NULL);
	expect_soon(CHECK, PROVISION_DONE);
}

static int64_t
replicas(void)
{
	int64_t n = -1;

	json_read_int(json_read_member(object("deployments/" BOUNCER), "spec"), "replicas", &n);
	return n;
}

/* ---- The way in and out ---- */

static int64_t
databases_and_roles(void)
{
	return fixture_number(
	    "SELECT (SELECT count(*) FROM pg_database WHERE datname = '" DATABASE
	    "') + (SELECT count(*) FROM pg_roles WHERE rolname = '" DATABASE "')");
}

Test(provisioner_kube, a_whole_life)
{
	control("/control/kube", "{\"cluster\":{\"after_ms\":3000,\"gone_after_ms\":3000}}");
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_DONE, NULL);
	cr_expect_not_null(object("secrets/soju-" BOUNCER));
	cr_expect_not_null(object("services/soju-" BOUNCER));
	expect(CHECK, PROVISION_WAIT, NULL);
	cr_expect_eq(soju_is.users_made, 0);
	expect_soon(CHECK, PROVISION_DONE);
	cr_expect_gt(soju_is.users_made, 0);
	cr_expect_eq(soju_is.max_networks, 5);
	run.is_enabled = false;
	expect(APPLY, PROVISION_DONE, NULL);
	cr_expect_eq(replicas(), 0);
	expect_soon(CHECK, PROVISION_DONE);
	run.is_enabled = true;
	make_ready();
	cr_expect_eq(replicas(), 1);
	expect(REMOVE, PROVISION_WAIT, "It is still stopping.");
	cr_expect_null(object("secrets/soju-" BOUNCER));
	expect_soon(REMOVE, PROVISION_DONE);
	cr_expect_eq(databases_and_roles(), 0);
	expect(REMOVE, PROVISION_DONE, NULL);
}

/* Every step again, as after a crash: nothing moves, so no connection to IRC is lost. */
Test(provisioner_kube, twice_is_once)
{
	int64_t before, after;

	make_ready();
	json_read_int(
	    json_read_member(object("deployments/" BOUNCER), "metadata"), "generation", &before);
	make_ready();
	json_read_int(
	    json_read_member(object("deployments/" BOUNCER), "metadata"), "generation", &after);
	cr_expect_eq(before, 1);
	cr_expect_eq(after, 1);
	run.restarted_at = 1767225600;
	make_ready();
	json_read_int(
	    json_read_member(object("deployments/" BOUNCER), "metadata"), "generation", &after);
	cr_expect_eq(after, 2);
}

/* ---- What goes wrong on the way ---- */

static const struct {
	const char *path, *order;
	enum provision apply;
	const char *failure;
} drills[] = {
	{ "/control/kube", "{\"cluster\":{\"refuse\":{\"secrets\":403}}}", PROVISION_REFUSED,
	    "The cluster does not allow it." },
	{ "/control/kube", "{\"cluster\":{\"refuse\":{\"deployments\":422}}}", PROVISION_REFUSED,
	    "The cluster does not accept how bouncers are set up here." },
	{ "/control/kube", "{\"cluster\":{\"refuse\":{\"services\":409}}}", PROVISION_FAILED,
	    "Something else in the cluster changed it at the same moment." },
	{ "/control/kube", "{\"cluster\":{\"refuse\":{\"services\":500}}}", PROVISION_FAILED,
	    "The cluster does not answer." },
	{ "/control/kube", "{\"cluster\":{\"refuse\":{\"services\":404}}}", PROVISION_REFUSED,
	    "The place for bouncers in the cluster is not there." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"error\",\"status\":429}", PROVISION_FAILED,
	    "The cluster has too much to do at the moment." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"error\",\"status\":503}", PROVISION_FAILED,
	    "The cluster does not answer." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"refuse-auth\"}", PROVISION_FAILED,
	    "The cluster does not let us in." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"garbage\"}", PROVISION_FAILED,
	    "The cluster does not answer." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"huge\"}", PROVISION_FAILED,
	    "The cluster does not answer." },
	{ "/control", "{\"target\":\"kube\",\"mode\":\"truncated\"}", PROVISION_FAILED,
	    "The cluster does not answer." },
	{ "/control/kube", "{\"token\":\"another\"}", PROVISION_FAILED,
	    "The cluster does not let us in." },
};

/* Each ends in a sentence, and once it is over the same step goes on from there. */
Test(provisioner_kube, the_cluster_fails)
{
	expect(MAKE, PROVISION_DONE, NULL);
	for (size_t i = 0; i < sizeof(drills) / sizeof(drills[0]); i++) {
		control(drills[i].path, drills[i].order);
		expect(APPLY, drills[i].apply, drills[i].failure);
		if (strstr(drills[i].order, "429") != NULL)
			cr_expect_eq(run.retry_after_s, 1);
		control("/control/reset", "{}");
		control("/control/kube", "{\"cluster\":{\"after_ms\":0,\"gone_after_ms\":0}}");
		make_ready();
		expect_soon(REMOVE, PROVISION_DONE);
		expect(MAKE, PROVISION_DONE, NULL);
	}
}

Test(provisioner_kube, the_cluster_hangs)
{
	expect(MAKE, PROVISION_DONE, NULL);
	control("/control", "{\"target\":\"kube\",\"mode\":\"hang\"}");
	run.timeout_ms = 300;
	expect(APPLY, PROVISION_FAILED, "The cluster does not answer.");
	cr_expect_str_eq(run.cause, "timeout");
	expect(CHECK, PROVISION_FAILED, "The cluster does not answer.");
	expect(REMOVE, PROVISION_FAILED, "The cluster does not answer.");
}

Test(provisioner_kube, nobody_is_there)
{
	settings.kubernetes_api_url = "http://127.0.0.1:1";
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_FAILED, "The cluster does not answer.");
	expect(CHECK, PROVISION_FAILED, "The cluster does not answer.");
	expect(REMOVE, PROVISION_FAILED, "The cluster does not answer.");
}

/* 401 once, as when the token is replaced between two requests: it is read and sent again. */
Test(provisioner_kube, the_token_is_replaced)
{
	expect(MAKE, PROVISION_DONE, NULL);
	control("/control", "{\"target\":\"kube\",\"mode\":\"refuse-auth\",\"times\":1}");
	expect(APPLY, PROVISION_DONE, NULL);
	control("/control/kube", "{\"token\":\"rolled\"}");
	expect(CHECK, PROVISION_FAILED, "The cluster does not let us in.");
	write_token("rolled");
	expect_soon(CHECK, PROVISION_DONE);
	write_token("two words");
	expect(APPLY, PROVISION_FAILED, "The cluster does not let us in.");
}

static const struct {
	const char *phase, *failure;
} pods[] = {
	{ "crashloop", "It starts and stops again by itself." },
	{ "imagepull", "The program for it cannot be fetched." },
	{ "pending", "The cluster has no room for it at the moment." },
	{ "unready", "It is still starting." },
	{ "starting", "It is still starting." },
};

Test(provisioner_kube, the_pod_does_not_come)
{
	expect(MAKE, PROVISION_DONE, NULL);
	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		control("/control/kube",
		    arena_printf(&arena, "{\"cluster\":{\"new\":\"%s\"}}", pods[i].phase));
		expect(APPLY, PROVISION_DONE, NULL);
		expect(CHECK, PROVISION_WAIT, pods[i].failure);
		expect_soon(REMOVE, PROVISION_DONE);
		expect(MAKE, PROVISION_DONE, NULL);
	}
	cr_expect_eq(soju_is.users_made, 0);
}

Test(provisioner_kube, it_vanishes)
{
	make_ready();
	control("/control/kube", "{\"deployment\":\"" BOUNCER "\",\"phase\":\"missing\"}");
	expect(CHECK, PROVISION_FAILED, "It is not in the cluster any more.");
}

/* An operator's own deployment that is called like the bouncer. */
static void
put_theirs(const char *labels)
{
	const char *theirs = arena_printf(&arena,
	    "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"" BOUNCER
	    "\",\"labels\":{%s}},\"spec\":{\"selector\":{\"matchLabels\":{%s}},"
	    "\"template\":{\"metadata\":{\"labels\":{%s}}"
	    ",\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"b\"}]}}}}",
	    labels, labels, labels);
	struct call_request req = { .method = CALL_PATCH,
		.url = arena_printf(&arena,
		    "%s/apis/apps/v1/namespaces/irc/deployments/" BOUNCER "?fieldManager=kubectl",
		    sim_url),
		.body = theirs,
		.body_len = strlen(theirs) };
	struct call_reply reply;

	call_header(&req, &arena, "content-type", "application/apply-patch+yaml");
	call_header(&req, &arena, "authorization", "Bearer kube-token");
	call_sync_run(&req, &arena, &reply);
	cr_assert_eq(reply.status, 201, "%s", reply.body);
}

/* Its database was ours, and goes; their deployment does not. */
Test(provisioner_kube, the_name_is_taken)
{
	put_theirs("\"app\":\"postgres\"");
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_REFUSED,
	    "Something else in the cluster has this name already. Take another one.");
	expect(REMOVE, PROVISION_DONE, NULL);
	cr_expect_not_null(object("deployments/" BOUNCER));
	cr_expect_eq(databases_and_roles(), 0);
}

/* Made by hand, and it looks like a bouncer. */
Test(provisioner_kube, one_that_somebody_else_made_is_not_taken_over)
{
	put_theirs("\"app\":\"soju\",\"bouncer\":\"" BOUNCER "\"");
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_REFUSED,
	    "Something else in the cluster has this name already. Take another one.");
	cr_expect_null(object("secrets/soju-" BOUNCER));
	expect(REMOVE, PROVISION_DONE, NULL);
	cr_expect_not_null(object("deployments/" BOUNCER));
}

/* One that was made by hand, labels and all, and what was begun under its name and given up. */
Test(provisioner_kube, what_was_never_applied_deletes_nothing)
{
	put_theirs("\"app\":\"soju\",\"bouncer\":\"" BOUNCER "\"");
	expect(MAKE, PROVISION_DONE, NULL);
	run.is_untouched = true;
	expect(REMOVE, PROVISION_DONE, NULL);
	cr_expect_not_null(object("deployments/" BOUNCER));
	cr_expect_eq(databases_and_roles(), 0);
}

Test(provisioner_kube, soju_is_not_there_yet)
{
	expect(MAKE, PROVISION_DONE, NULL);
	expect(APPLY, PROVISION_DONE, NULL);
	soju_is.door = ERR_UPSTREAM;
	expect(CHECK, PROVISION_WAIT, "It runs, and does not take our commands yet.");
	soju_is.door = ERR_OK;
	soju_is.user = ERR_UPSTREAM;
	expect(CHECK, PROVISION_WAIT, "It runs, and does not take our commands yet.");
	soju_is.user = ERR_OK;
	soju_is.has_no_tables = true;
	expect(CHECK, PROVISION_WAIT, "It is still making its database.");
	soju_is.has_no_tables = false;
	expect(CHECK, PROVISION_DONE, NULL);
}

static const struct {
	const char **setting, *value;
	step_fn *const *step;
} wrong[] = {
	{ &settings.soju_admin_key, "", &provisioner_kube.make_database },
	{ &settings.soju_database_url, "", &provisioner_kube.make_database },
	{ &settings.soju_database_admin_url, "", &provisioner_kube.make_database },
	{ &settings.soju_admin_key, "", &provisioner_kube.apply },
	{ &settings.bouncer_manifests, "/none.json", &provisioner_kube.apply },
	{ &settings.bouncer_manifests, "README.md", &provisioner_kube.apply },
	{ &settings.soju_admin_url, "", &provisioner_kube.check },
};

Test(provisioner_kube, settings_are_wrong)
{
	const char *before;

	make_ready();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		before = *wrong[i].setting;
		*wrong[i].setting = wrong[i].value;
		expect(*wrong[i].step, PROVISION_REFUSED, "Bouncers are not set up rightly here.");
		*wrong[i].setting = before;
	}
}

Test(provisioner_kube, its_door)
{
	struct soju_door_target t;

	cr_assert_eq(provisioner_kube.door(&t, &arena, &bouncer), ERR_OK);
	cr_expect_str_eq(t.address, "irc+insecure://soju-" BOUNCER ".irc.svc:6667");
	cr_expect_str_eq(t.login, "portal_admin");
	cr_expect_eq(strlen(t.password), 43);
	settings.soju_admin_socket = "/run/{bouncer}/admin";
	cr_assert_eq(provisioner_kube.door(&t, &arena, &bouncer), ERR_OK);
	cr_expect_str_eq(t.address, "/run/" BOUNCER "/admin");
	cr_expect_null(t.login);
	settings.soju_admin_socket = settings.soju_admin_url = "";
	cr_expect_eq(provisioner_kube.door(&t, &arena, &bouncer), ERR_INVALID);
}

/* Not asked for here; it would bring the real soju_ops.c with it. */
const struct provisioner provisioner_soju = { .word = "soju" };

/* ---- The played soju: in place of soju_door.c and soju_ops.c ---- */

struct soju_door *
soju_door_open(const struct soju_door_target *t, struct arena *a, enum err *e, const char **why)
{
	(void)t;
	(void)a;
	*e = soju_is.door;
	*why = NULL;
	return *e == ERR_OK ? (struct soju_door *)&soju_is : NULL;
}

void
soju_door_close(struct soju_door *door)
{
	(void)door;
}

/* Tables appear with the first user, as the role of the bouncer. */
static void
make_tables(void)
{
	struct bouncer_database b = { .arena = &arena, .bouncer = BOUNCER, .timeout_ms = 20000 };
	const char *url;

	cr_assert_eq(bouncer_database_url(&url, &b), ERR_OK);
	soju = db_sync_open(url, 20000, NULL);
	cr_assert_not_null(soju);
	if (db_sync_script(soju, "SELECT 1 FROM \"Config\"") != ERR_OK) {
		soju_load("tests/data/soju_schema_14.sql");
		soju_load("tests/data/soju_schema_17.sql");
		soju_load("tests/data/soju_schema_18.sql");
	}
	db_sync_close(soju);
	soju = NULL;
}

enum err
soju_ops_make_user(struct soju_ops *ops, int64_t max_networks)
{
	cr_assert_str_eq(ops->user, BOUNCER);
	cr_assert_eq(max_networks, 5);
	if (soju_is.user != ERR_OK)
		return soju_is.user;
	soju_is.max_networks = max_networks;
	soju_is.users_made++;
	if (!soju_is.has_no_tables)
		make_tables();
	return ERR_OK;
}

enum err
soju_ops_set_max_networks(struct soju_ops *ops, int64_t max_networks)
{
	(void)ops;
	soju_is.max_networks = max_networks;
	return ERR_OK;
}

/* What only a soju that several share is asked for; provisioner.c knows both kinds. */
enum err
soju_ops_status(struct soju_ops *ops, struct soju_status_list *list)
{
	(void)ops;
	(void)list;
	return ERR_INTERNAL;
}

enum err
soju_ops_set_enabled(struct soju_ops *ops, bool is_enabled)
{
	(void)ops;
	(void)is_enabled;
	return ERR_INTERNAL;
}

enum err
soju_ops_drop_user(struct soju_ops *ops)
{
	(void)ops;
	return ERR_INTERNAL;
}
