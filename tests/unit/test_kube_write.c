/* Writing to the Kubernetes API: what is sent, what each answer means, how far a deployment came.
 */
#include "clients/kube_list.h"
#include "clients/kube_write.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(kube_write, .fini = end);

static const struct kube_api api = {
	.url = "https://192.0.2.1:443",
	.namespace = "irc",
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

static const struct {
	const char *api_version, *plural, *name;
} bad_places[] = {
	{ "", "secrets", "a" },
	{ "/v1", "secrets", "a" },
	{ "apps/", "secrets", "a" },
	{ "apps/v1/x", "secrets", "a" },
	{ "../v1", "secrets", "a" },
	{ "v1?x", "secrets", "a" },
	{ "v1", "", "a" },
	{ "v1", "secrets/b", "a" },
	{ "v1", "secrets", "" },
	{ "v1", "secrets", ".." },
	{ "v1", "secrets", "a/b" },
	{ "v1", "secrets", "a?force" },
	{ "v1", "secrets", "A" },
	{ "v1", "secrets", "-a" },
	{ "v1", "secrets", "a-" },
	{ "v1", "secrets", "a.b" },
	{ "v1", "secrets", "0123456789012345678901234567890123456789012345678901234567890123" },
};

Test(kube_write, places_that_are_none)
{
	struct call_request req;

	for (size_t i = 0; i < sizeof(bad_places) / sizeof(bad_places[0]); i++) {
		const struct kube_place p = { bad_places[i].api_version, bad_places[i].plural,
			bad_places[i].name, false };

		cr_expect_eq(kube_write_apply_request(&req, &arena, &api, &p, "{}", 2), ERR_INVALID,
		    "%zu", i);
		cr_expect_eq(
		    kube_write_delete_request(&req, &arena, &api, &p), ERR_INVALID, "%zu", i);
	}
}

Test(kube_write, requests)
{
	const struct kube_place secret = { "v1", "secrets", "soju-alice", true };
	const struct kube_place deployment = { "apps/v1", "deployments", "alice", false };
	struct call_request req;

	cr_assert_eq(
	    kube_write_apply_request(&req, &arena, &api, &deployment, "{\"a\":1}", 7), ERR_OK);
	cr_expect_eq(req.method, CALL_PATCH);
	cr_expect_str_eq(req.url,
	    "https://192.0.2.1:443/apis/apps/v1/namespaces/irc/deployments/alice"
	    "?fieldManager=portal&force=true");
	cr_expect_str_eq(req.headers[1], "authorization: Bearer t0ken");
	cr_expect_str_eq(req.headers[2], "content-type: application/apply-patch+yaml");
	cr_expect_str_eq(req.body, "{\"a\":1}");
	cr_expect_eq(req.body_len, 7);
	cr_assert_eq(kube_write_delete_request(&req, &arena, &api, &secret), ERR_OK);
	cr_expect_eq(req.method, CALL_DELETE);
	cr_expect_str_eq(req.url, "https://192.0.2.1:443/api/v1/namespaces/irc/secrets/soju-alice"
				  "?propagationPolicy=Background&dryRun=All");
	kube_list_request(&req, &arena, &api, NULL);
	cr_expect_str_eq(req.url, "https://192.0.2.1:443/apis/apps/v1/namespaces/irc/deployments"
				  "?labelSelector=app%3Dsoju&limit=100");
	kube_list_request(&req, &arena, &api, "a&b=");
	cr_expect_str_eq(req.url, "https://192.0.2.1:443/apis/apps/v1/namespaces/irc/deployments"
				  "?labelSelector=app%3Dsoju&limit=100&continue=a%26b%3D");
}

/* ---- replies ---- */

#define STATUS(reason) "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"" reason "\"}"

static const struct {
	long status;
	const char *body;
	enum err e;
	const char *cause;
} replies[] = {
	{ 200, "{\"kind\":\"Secret\"}", ERR_OK, NULL },
	{ 201, "{\"kind\":\"Secret\"}", ERR_OK, NULL },
	{ 202, "{\"kind\":\"Status\"}", ERR_OK, NULL },
	{ 200, "<html>", ERR_UPSTREAM, "an answer that is no object" },
	{ 200, "", ERR_UPSTREAM, "an answer that is no object" },
	{ 302, "", ERR_UPSTREAM, "302, not from the API" },
	{ 400, STATUS("BadRequest"), ERR_INVALID, "400 BadRequest" },
	{ 401, STATUS("Unauthorized"), ERR_UNAUTHORIZED, "401 Unauthorized" },
	{ 401, "", ERR_UNAUTHORIZED, "401, not from the API" },
	{ 403, STATUS("Forbidden"), ERR_FORBIDDEN, "403 Forbidden" },
	{ 404, STATUS("NotFound"), ERR_NOT_FOUND, "404 NotFound" },
	{ 404, "<html>not here</html>", ERR_UPSTREAM, "404, not from the API" },
	{ 404, "{\"kind\":\"Page\"}", ERR_UPSTREAM, "404, not from the API" },
	{ 408, "", ERR_TIMEOUT, "408, not from the API" },
	{ 409, STATUS("Conflict"), ERR_CONFLICT, "409 Conflict" },
	{ 410, STATUS("Expired"), ERR_CONFLICT, "410 Expired" },
	{ 413, STATUS("RequestEntityTooLarge"), ERR_INVALID, "413 RequestEntityTooLarge" },
	{ 415, STATUS("UnsupportedMediaType"), ERR_INVALID, "415 UnsupportedMediaType" },
	{ 422,
	    "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"Secret \\\"s3cret\\\"\","
	    "\"details\":{\"name\":\"alice\",\"causes\":[{\"field\":\"spec.replicas\","
	    "\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid value: \\\"s3cret\\\"\"},"
	    "{\"field\":\"a b\\nc\",\"reason\":\"R\"}]}}",
	    ERR_INVALID, "422 Invalid: spec.replicas FieldValueInvalid, a?b?c R" },
	{ 422, "{\"kind\":\"Status\",\"details\":{\"causes\":[1]}}", ERR_INVALID,
	    "422 without-reason:  " },
	{ 429, STATUS("TooManyRequests"), ERR_TOO_MANY, "429 TooManyRequests" },
	{ 500, STATUS("InternalError"), ERR_UNAVAILABLE, "500 InternalError" },
	{ 503, "<html>", ERR_UNAVAILABLE, "503, not from the API" },
	{ 504, STATUS("Timeout"), ERR_TIMEOUT, "504 Timeout" },
};

Test(kube_write, what_an_answer_means)
{
	struct kube_refusal r;

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct call_reply reply = reply_of(replies[i].status, replies[i].body);

		cr_expect_eq(kube_write_reply(&r, &arena, &reply), replies[i].e, "%zu", i);
		if (replies[i].cause == NULL)
			cr_expect_null(r.cause, "%zu: %s", i, r.cause);
		else
			cr_expect_str_eq(r.cause, replies[i].cause, "%zu: %s", i, r.cause);
	}
}

static const struct {
	enum call_result result;
	enum err e;
	const char *cause;
} failures[] = {
	{ CALL_DNS, ERR_UNAVAILABLE, "dns" },
	{ CALL_REFUSED, ERR_UNAVAILABLE, "refused" },
	{ CALL_TIMEOUT, ERR_TIMEOUT, "timeout" },
	{ CALL_TLS, ERR_UNAVAILABLE, "tls" },
};

Test(kube_write, nobody_answers)
{
	struct kube_refusal r;

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct call_reply reply = { .result = failures[i].result, .body = "" };

		cr_expect_eq(kube_write_reply(&r, &arena, &reply), failures[i].e, "%zu", i);
		cr_expect_str_eq(r.cause, failures[i].cause, "%zu", i);
	}
}

/* ---- how far it came ---- */

#define DEPLOYMENT(generation, replicas, status)                                                   \
	"{\"kind\":\"Deployment\",\"metadata\":{\"generation\":" generation                        \
	",\"labels\":{\"app\":\"soju\",\"bouncer\":\"alice\"}},\"spec\":{\"replicas\":" replicas   \
	",\"selector\":{\"matchLabels\":{\"bouncer\":\"alice\"}},\"template\":{\"spec\":"          \
	"{\"containers\":[{\"name\":\"soju\"}]}}},\"status\":{" status "}}"

static const struct {
	const char *body;
	enum kube_stand stand;
} stands[] = {
	{ DEPLOYMENT("1", "1", ""), KUBE_STAND_UNSEEN },
	{ DEPLOYMENT("3", "1", "\"observedGeneration\":2,\"replicas\":1,\"readyReplicas\":1"),
	    KUBE_STAND_UNSEEN },
	{ DEPLOYMENT("1", "1", "\"observedGeneration\":1"), KUBE_STAND_MOVING },
	{ DEPLOYMENT("1", "1", "\"observedGeneration\":1,\"replicas\":1,\"updatedReplicas\":1"),
	    KUBE_STAND_MOVING },
	{ DEPLOYMENT("2", "1", "\"observedGeneration\":2,\"replicas\":1,\"readyReplicas\":1"),
	    KUBE_STAND_MOVING }, /* the old one */
	{ DEPLOYMENT("2", "1",
	      "\"observedGeneration\":2,\"replicas\":2,\"updatedReplicas\":1,\"readyReplicas\":1"),
	    KUBE_STAND_MOVING },
	{ DEPLOYMENT("2", "1",
	      "\"observedGeneration\":2,\"replicas\":1,\"updatedReplicas\":1,\"readyReplicas\":1"),
	    KUBE_STAND_READY },
	{ DEPLOYMENT("2", "0", "\"observedGeneration\":2,\"replicas\":1"), KUBE_STAND_MOVING },
	{ DEPLOYMENT("2", "0", "\"observedGeneration\":2"), KUBE_STAND_STOPPED },
};

Test(kube_write, how_far_a_deployment_came)
{
	struct kube_refusal refusal;
	struct kube_rollout r;

	for (size_t i = 0; i < sizeof(stands) / sizeof(stands[0]); i++) {
		const struct call_reply reply = reply_of(200, stands[i].body);

		cr_assert_eq(
		    kube_write_rollout_reply(&r, &refusal, &arena, &reply), ERR_OK, "%zu", i);
		cr_expect_eq(kube_write_stand(&r), stands[i].stand, "%zu", i);
		cr_expect_str_eq(r.selector, "bouncer=alice");
		cr_expect_str_eq(r.app, "soju");
		cr_expect_str_eq(r.bouncer, "alice");
	}
}

static const char *const no_deployments[] = { "{}", "{\"kind\":\"Pod\",\"spec\":{}}", "[1]",
	"{\"kind\":\"Deployment\"}" };

Test(kube_write, what_is_no_deployment)
{
	struct kube_refusal refusal;
	struct kube_rollout r;

	for (size_t i = 0; i < sizeof(no_deployments) / sizeof(no_deployments[0]); i++) {
		const struct call_reply reply = reply_of(200, no_deployments[i]);

		cr_expect_eq(
		    kube_write_rollout_reply(&r, &refusal, &arena, &reply), ERR_UPSTREAM, "%zu", i);
	}
}

/* A hand-made deployment without our labels, and one whose members are of other kinds. */
Test(kube_write, a_deployment_of_somebody_else)
{
	const struct call_reply reply = reply_of(200,
	    "{\"kind\":\"Deployment\",\"metadata\":{\"labels\":{\"app\":5},\"generation\":\"x\"},"
	    "\"spec\":{\"replicas\":\"many\"},\"status\":[]}");
	struct kube_refusal refusal;
	struct kube_rollout r;

	cr_assert_eq(kube_write_rollout_reply(&r, &refusal, &arena, &reply), ERR_OK);
	cr_expect_null(r.app);
	cr_expect_null(r.bouncer);
	cr_expect_null(r.selector);
	cr_expect_eq(r.ready, 0);
}

/* ---- lists ---- */

Test(kube_write, a_page_of_all)
{
	const struct call_reply reply = reply_of(200,
	    "{\"kind\":\"DeploymentList\",\"metadata\":{\"continue\":\"more\"},\"items\":["
	    "{\"metadata\":{\"labels\":{\"bouncer\":\"alice\"}},\"spec\":{\"replicas\":1},"
	    "\"status\":{\"readyReplicas\":1}},{\"metadata\":{}},"
	    "{\"metadata\":{\"labels\":{\"bouncer\":\"bob\"}},\"spec\":{\"replicas\":0}}]}");
	struct kube_refusal refusal;
	struct kube_list list;

	cr_assert_eq(kube_list_reply(&list, &refusal, &arena, &reply), ERR_OK);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].bouncer, "alice");
	cr_expect_eq(list.v[0].rollout.ready, 1);
	cr_expect_str_eq(list.v[1].bouncer, "bob");
	cr_expect_eq(list.v[1].rollout.wanted, 0);
	cr_expect_str_eq(list.next, "more");
}

static const struct {
	const char *containers, *version;
} images[] = {
	{ "{\"name\":\"soju\",\"image\":\"soju:0.10.1\"}", "0.10.1" },
	{ "{\"name\":\"a\",\"image\":\"a:1\"},{\"name\":\"soju\",\"image\":\"h:5000/x/"
	  "soju:2@sha256:0\"}",
	    "2" },
	{ "{\"image\":\"h:5000/soju:v3\"}", "v3" },
	{ "{\"name\":\"soju\",\"image\":\"h:5000/soju\"}", NULL },
	{ "{\"name\":\"soju\",\"image\":\"soju@sha256:0\"}", NULL },
	{ "{\"name\":\"soju\",\"image\":\"soju:\"}", NULL },
	{ "{\"name\":\"soju\",\"image\":7}", NULL },
	{ "", NULL },
};

Test(kube_write, the_version_in_a_list)
{
	struct kube_refusal refusal;
	struct kube_list list;

	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		const struct call_reply reply = reply_of(
		    200, arena_printf(&arena,
			     "{\"kind\":\"DeploymentList\",\"items\":[{\"metadata\":{\"labels\":"
			     "{\"bouncer\":\"alice\"}},\"spec\":{\"template\":{\"spec\":"
			     "{\"containers\":[%s]}}}}]}",
			     images[i].containers));

		cr_assert_eq(kube_list_reply(&list, &refusal, &arena, &reply), ERR_OK);
		cr_assert_eq(list.n, 1);
		if (images[i].version == NULL)
			cr_expect_null(list.v[0].version, "%zu", i);
		else
			cr_expect_str_eq(list.v[0].version, images[i].version, "%zu", i);
	}
}

static const struct {
	long status;
	const char *body;
	enum err e;
} lists[] = {
	{ 200, "{\"kind\":\"DeploymentList\",\"items\":[]}", ERR_OK },
	{ 200, "{\"kind\":\"DeploymentList\",\"metadata\":{\"continue\":\"\"},\"items\":[]}",
	    ERR_OK },
	{ 200, "{\"kind\":\"PodList\",\"items\":[]}", ERR_UPSTREAM },
	{ 200, "{\"kind\":\"DeploymentList\",\"items\":null}", ERR_UPSTREAM },
	{ 410, STATUS("Expired"), ERR_CONFLICT },
	{ 403, STATUS("Forbidden"), ERR_FORBIDDEN },
};

Test(kube_write, lists_without_a_next_page)
{
	struct kube_refusal refusal;
	struct kube_list list;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct call_reply reply = reply_of(lists[i].status, lists[i].body);

		cr_expect_eq(
		    kube_list_reply(&list, &refusal, &arena, &reply), lists[i].e, "%zu", i);
		cr_expect_null(list.next);
		cr_expect_eq(list.n, 0);
	}
}
