/* How a bouncer is, told from what the Kubernetes API says; names and labels that must not pass. */
#include "clients/kube_api.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(kube_api, .fini = end);

static const struct kube_api api = {
	.url = "https://192.0.2.1:443",
	.namespace = "bouncers",
	.token = "t0ken",
	.ca_file = "/ca.crt",
	.timeout_ms = 700,
};

static struct call_reply
reply_of(long status, const char *body)
{
	return (struct call_reply){ CALL_OK, status, body, strlen(body), NULL, 0 };
}

/* ---- requests ---- */

static const char *const bad_names[] = { "", "..", "a/b", "a%2fb", "A", "-a", "a?x=1" };

Test(kube_api, names_that_do_not_pass)
{
	struct call_request req;
	size_t i;

	for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		cr_expect_eq(kube_api_deployment_request(&req, &arena, &api, bad_names[i]),
		    ERR_INVALID, "%s", bad_names[i]);
}

Test(kube_api, requests)
{
	const struct kube_deployment d = { 1, "app=soju,bouncer=alice", "soju", NULL };
	struct call_request req;

	cr_assert_eq(kube_api_deployment_request(&req, &arena, &api, "alice"), ERR_OK);
	cr_expect_str_eq(
	    req.url, "https://192.0.2.1:443/apis/apps/v1/namespaces/bouncers/deployments/alice");
	cr_expect_str_eq(req.headers[1], "authorization: Bearer t0ken");
	cr_expect_str_eq(req.ca_file, "/ca.crt");
	cr_expect_eq(req.timeout_ms, 700);
	kube_api_pods_request(&req, &arena, &api, &d);
	cr_expect_str_eq(req.url, "https://192.0.2.1:443/api/v1/namespaces/bouncers/pods"
				  "?labelSelector=app%3Dsoju%2Cbouncer%3Dalice&limit=50");
	cr_expect_str_eq(req.headers[1], "authorization: Bearer t0ken");
}

/* ---- the token ---- */

static const struct {
	const char *content, *token;
	enum err err;
} tokens[] = {
	{ "", NULL, ERR_INVALID },
	{ " \n", NULL, ERR_INVALID },
	{ "a b", NULL, ERR_INVALID },
	{ "a\nb", NULL, ERR_INVALID },
	{ "a\r\nx-evil: 1", NULL, ERR_INVALID },
	{ "caf\xc3\xa9", NULL, ERR_INVALID },
	{ "abc.def-_", "abc.def-_", ERR_OK },
	{ "abc\n", "abc", ERR_OK },
	{ " abc \r\n", "abc", ERR_OK },
};

Test(kube_api, token)
{
	char path[] = "/tmp/test_kube_api.XXXXXX";
	const char *token;
	size_t i;
	FILE *f;

	close(mkstemp(path));
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		f = fopen(path, "w");
		fputs(tokens[i].content, f);
		fclose(f);
		token = NULL;
		cr_expect_eq(kube_api_read_token(&token, &arena, path), tokens[i].err, "%zu", i);
		if (tokens[i].token != NULL)
			cr_expect_str_eq(token, tokens[i].token);
	}
	unlink(path);
	cr_expect_eq(kube_api_read_token(&token, &arena, path), ERR_NOT_FOUND);
}

/* ---- the deployment ---- */

#define SELECTOR "\"selector\":{\"matchLabels\":{\"app\":\"soju\",\"bouncer\":\"alice\"}}"
#define STATUS(reason) "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"" reason "\"}"

static const struct {
	long status;
	const char *body;
	enum err err;
} bad_deployments[] = {
	{ 401, STATUS("Unauthorized"), ERR_UNAUTHORIZED },
	{ 403, STATUS("Forbidden"), ERR_FORBIDDEN },
	{ 404, STATUS("NotFound"), ERR_NOT_FOUND },
	{ 404, "<html>nginx</html>", ERR_UPSTREAM },
	{ 404, "", ERR_UPSTREAM },
	{ 429, STATUS("TooManyRequests"), ERR_UPSTREAM },
	{ 500, STATUS("InternalError"), ERR_UPSTREAM },
	{ 503, "", ERR_UPSTREAM },
	{ 302, "", ERR_UPSTREAM },
	{ 200, "", ERR_UPSTREAM },
	{ 200, "[]", ERR_UPSTREAM },
	{ 200, "[1,2]", ERR_UPSTREAM },
	{ 200, "\"text\"", ERR_UPSTREAM },
	{ 200, "{}", ERR_UPSTREAM },
	{ 200, "{\"spec\":[]}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"replicas\":\"1\"," SELECTOR "}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"replicas\":1}}", ERR_UPSTREAM },
	{ 200, "{\"kind\":\"PodList\",\"spec\":{" SELECTOR "}}", ERR_UPSTREAM },
	{ 200, "{\"kind\":7,\"spec\":{" SELECTOR "}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":{}}}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":[\"a\"]}}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":1}}}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b,c=d\"}}}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":{\"a b\":\"c\"}}}}", ERR_UPSTREAM },
	{ 200, "{\"spec\":{\"selector\":{\"matchLabels\":{\"\":\"c\"}}}}", ERR_UPSTREAM },
	{ 200,
	    "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":"
	    "[{\"key\":\"x\",\"operator\":\"Exists\"}]}}}",
	    ERR_UPSTREAM },
};

Test(kube_api, no_deployment)
{
	size_t i;

	for (i = 0; i < sizeof(bad_deployments) / sizeof(bad_deployments[0]); i++) {
		struct call_reply reply =
		    reply_of(bad_deployments[i].status, bad_deployments[i].body);
		struct kube_deployment d;

		cr_expect_eq(kube_api_deployment_reply(&d, &arena, &reply), bad_deployments[i].err,
		    "%zu: %s", i, bad_deployments[i].body);
	}
}

Test(kube_api, call_without_answer)
{
	struct call_reply reply = { .result = CALL_TIMEOUT, .body = "" };
	struct kube_deployment d = { .selector = "a=b" };
	struct kube_answer k;

	cr_expect_eq(kube_api_deployment_reply(&d, &arena, &reply), ERR_TIMEOUT);
	cr_expect_eq(kube_api_pods_reply(&k, &arena, &reply, &d), ERR_TIMEOUT);
}

#define CONTAINERS(all) "\"template\":{\"spec\":{\"containers\":[" all "]}}"

static const struct {
	const char *body;
	int64_t replicas;
	const char *container, *failure;
} deployments[] = {
	{ "{\"kind\":\"Deployment\",\"spec\":{\"replicas\":2," SELECTOR
	  "," CONTAINERS("{\"name\":\"a\"},{\"name\":\"soju\"}") "}}",
	    2, "soju", NULL },
	{ "{\"spec\":{" SELECTOR "," CONTAINERS("{\"name\":\"bouncer\"},{\"name\":\"b\"}") "}}", 1,
	    "bouncer", NULL },
	{ "{\"spec\":{\"replicas\":0," SELECTOR "}}", 0, NULL, NULL },
	{ "{\"spec\":{" SELECTOR "},\"status\":{\"conditions\":["
	  "{\"type\":\"Available\",\"status\":\"True\",\"reason\":\"No\"},"
	  "{\"type\":\"ReplicaFailure\",\"status\":\"True\",\"reason\":\"FailedCreate\"}]}}",
	    1, NULL, "FailedCreate" },
};

static void
expect_text(const char *got, const char *want, const char *what)
{
	if (want == NULL)
		cr_expect_null(got, "%s: %s", what, got);
	else
		cr_expect(got != NULL && strcmp(got, want) == 0, "%s: %s, not %s", what,
		    got != NULL ? got : "none", want);
}

Test(kube_api, deployment)
{
	size_t i;

	for (i = 0; i < sizeof(deployments) / sizeof(deployments[0]); i++) {
		struct call_reply reply = reply_of(200, deployments[i].body);
		struct kube_deployment d;

		cr_assert_eq(kube_api_deployment_reply(&d, &arena, &reply), ERR_OK, "%zu", i);
		cr_expect_eq(d.replicas, deployments[i].replicas);
		expect_text(d.container, deployments[i].container, "container");
		expect_text(d.failure, deployments[i].failure, "failure");
		expect_text(d.selector, "app=soju,bouncer=alice", "selector");
	}
}

/* ---- the pods ---- */

static const char *const bad_pods[] = { "", "{}", "[]", "{\"items\":null}", "{\"items\":{}}",
	"{\"kind\":\"Status\",\"items\":[]}", "{\"items\":[" };

Test(kube_api, no_pods)
{
	const struct kube_deployment d = { 1, "a=b", "soju", NULL };
	size_t i;

	for (i = 0; i < sizeof(bad_pods) / sizeof(bad_pods[0]); i++) {
		struct call_reply reply = reply_of(200, bad_pods[i]);
		struct kube_answer k;

		cr_expect_eq(
		    kube_api_pods_reply(&k, &arena, &reply, &d), ERR_UPSTREAM, "%s", bad_pods[i]);
	}
}

/* Pods and parts of them. Times: 2026-01-01T00:00:00Z is 1767225600. */
#define POD(meta, status) "{\"metadata\":{" meta "},\"status\":{" status "}}"
#define MADE(time) "\"creationTimestamp\":\"2026-01-01T" time "Z\""
#define CONTAINER(name, ready, restarts, more)                                                     \
	"{\"name\":\"" name "\",\"ready\":" ready ",\"restartCount\":" restarts more "}"
#define STATUSES(all) "\"containerStatuses\":[" all "]"
#define RUNS(time) ",\"state\":{\"running\":{\"startedAt\":\"2026-01-01T" time "Z\"}}"
#define WAITS(reason) ",\"state\":{\"waiting\":{\"reason\":\"" reason "\"}}"
#define ENDED(reason, time)                                                                        \
	"{\"terminated\":{\"reason\":\"" reason "\",\"finishedAt\":\"2026-01-01T" time "Z\"}}"
#define LAST(reason, time) ",\"lastState\":" ENDED(reason, time)
#define READY(time) STATUSES(CONTAINER("soju", "true", "0", RUNS(time)))
#define BOTH(a, b) a "," b
#define NOON 1767225600

static const struct {
	const char *what, *items;
	struct kube_answer want;
} pods[] = {
	{ "no pod yet", "", { KUBE_STARTING, 0, 0, "FailedCreate", 0 } },
	{ "garbage among them", "1,null,\"x\",[],{}", { KUBE_STARTING, 0, 0, NULL, 0 } },
	{ "ready", POD(MADE("00:00:00"), READY("00:00:09")),
	    { KUBE_RUNNING, NOON + 9, 0, NULL, 0 } },
	{ "ready after restarts",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "true", "3",
				      RUNS("00:01:00") LAST("OOMKilled", "00:00:58")))),
	    { KUBE_RUNNING, NOON + 60, 3, "OOMKilled", NOON + 58 } },
	{ "time with fraction and offset",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "true", "0",
				      ",\"state\":{\"running\":{\"startedAt\":"
				      "\"2026-01-01T01:00:09.5+01:00\"}}"))),
	    { KUBE_RUNNING, NOON + 9, 0, NULL, 0 } },
	{ "ready without a time is not believed",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "true", "0",
				      ",\"state\":{\"running\":{\"startedAt\":\"soon\"}}"))),
	    { KUBE_STARTING, 0, 0, NULL, 0 } },
	{ "runs, not ready yet",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "false", "0", RUNS("00:00:09")))),
	    { KUBE_STARTING, 0, 0, NULL, 0 } },
	{ "runs again, not ready yet",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "false", "2",
				      RUNS("00:00:09") LAST("Error", "00:00:08")))),
	    { KUBE_RESTARTING, 0, 2, "Error", NOON + 8 } },
	{ "being created",
	    POD(MADE("00:00:00"),
		STATUSES(CONTAINER("soju", "false", "0", WAITS("ContainerCreating")))),
	    { KUBE_STARTING, 0, 0, NULL, 0 } },
	{ "its image cannot be had",
	    POD(MADE("00:00:00"),
		STATUSES(CONTAINER("soju", "false", "0", WAITS("ImagePullBackOff")))),
	    { KUBE_STARTING, 0, 0, "ImagePullBackOff", 0 } },
	{ "keeps crashing",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "false", "7",
				      WAITS("CrashLoopBackOff") LAST("Error", "00:05:00")))),
	    { KUBE_RESTARTING, 0, 7, "CrashLoopBackOff", NOON + 300 } },
	{ "has just ended",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("soju", "false", "0",
				      ",\"state\":" ENDED("OOMKilled", "00:00:30")))),
	    { KUBE_RESTARTING, 0, 0, "OOMKilled", NOON + 30 } },
	{ "no node for it",
	    POD(MADE("00:00:00"), "\"phase\":\"Pending\",\"conditions\":[{\"type\":"
				  "\"PodScheduled\",\"status\":\"False\",\"reason\":"
				  "\"Unschedulable\"}]"),
	    { KUBE_STARTING, 0, 0, "Unschedulable", 0 } },
	{ "the side car does not count",
	    POD(MADE("00:00:00"), STATUSES(BOTH(CONTAINER("log", "true", "0", RUNS("00:00:01")),
				      CONTAINER("soju", "false", "1", WAITS("CrashLoopBackOff"))))),
	    { KUBE_RESTARTING, 0, 1, "CrashLoopBackOff", 0 } },
	{ "the only container, whatever its name",
	    POD(MADE("00:00:00"), STATUSES(CONTAINER("x", "true", "0", RUNS("00:00:01")))),
	    { KUBE_RUNNING, NOON + 1, 0, NULL, 0 } },
	{ "roll-out: the ready one, though older",
	    BOTH(POD(MADE("02:00:00"),
		     STATUSES(CONTAINER("soju", "false", "0", WAITS("ContainerCreating")))),
		POD(MADE("00:00:00"), READY("00:00:05"))),
	    { KUBE_RUNNING, NOON + 5, 0, NULL, 0 } },
	{ "two ready: the newest",
	    BOTH(
		POD(MADE("00:00:00"), READY("00:00:05")), POD(MADE("01:00:00"), READY("01:00:05"))),
	    { KUBE_RUNNING, NOON + 3605, 0, NULL, 0 } },
	{ "one that is being deleted",
	    POD(MADE("00:00:00") ",\"deletionTimestamp\":\"2026-01-01T05:00:00Z\"",
		READY("00:00:05")),
	    { KUBE_STARTING, 0, 0, "FailedCreate", 0 } },
	{ "an evicted one",
	    BOTH(POD(MADE("03:00:00"), "\"phase\":\"Failed\"," READY("00:00:05")),
		POD(MADE("00:00:00"), "\"phase\":\"Running\"," READY("00:00:07"))),
	    { KUBE_RUNNING, NOON + 7, 0, NULL, 0 } },
	{ "one that is done", POD(MADE("03:00:00"), "\"phase\":\"Succeeded\"," READY("00:00:05")),
	    { KUBE_STARTING, 0, 0, "FailedCreate", 0 } },
};

Test(kube_api, pods)
{
	const struct kube_deployment d = { 1, "a=b", "soju", "FailedCreate" };
	size_t i;

	for (i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		const char *body =
		    arena_printf(&arena, "{\"kind\":\"PodList\",\"items\":[%s]}", pods[i].items);
		struct call_reply reply = reply_of(200, body);
		const struct kube_answer *want = &pods[i].want;
		struct kube_answer k;

		cr_assert_eq(kube_api_pods_reply(&k, &arena, &reply, &d), ERR_OK, "%s: %s",
		    pods[i].what, body);
		cr_expect_eq(
		    k.phase, want->phase, "%s: %s", pods[i].what, kube_phase_words[k.phase]);
		cr_expect_eq(k.running_since, want->running_since, "%s", pods[i].what);
		cr_expect_eq(k.restarts, want->restarts, "%s", pods[i].what);
		cr_expect_eq(k.last_ended_at, want->last_ended_at, "%s", pods[i].what);
		expect_text(k.reason, want->reason, pods[i].what);
	}
}
