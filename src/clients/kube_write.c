#include "clients/kube_write.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/url.h"
#include "clients/kube_read.h"

#define NAME_BYTES_MAX 63
#define CAUSES_MAX 5
/* A dry word of the API: longer ones are cut in the log. */
#define WORD_MAX 120

bool
kube_write_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > NAME_BYTES_MAX || name[0] == '-' || name[len - 1] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* "apps/v1", "v1", "gateway.networking.k8s.io/v1alpha2" */
static bool
is_api_version(const char *version)
{
	const char *slash = strchr(version, '/');
	size_t len = strlen(version);

	if (len == 0 || version[0] == '/' || version[0] == '.' || version[len - 1] == '/')
		return false;
	if (slash != NULL && strchr(slash + 1, '/') != NULL)
		return false;
	return strspn(version, "abcdefghijklmnopqrstuvwxyz0123456789-./") == len;
}

static enum err
start(struct call_request *req, struct arena *a, const struct kube_api *api,
    const struct kube_place *p, const char *query)
{
	bool is_core = strchr(p->api_version, '/') == NULL;

	if (!is_api_version(p->api_version) || !kube_write_is_name(p->plural) ||
	    !kube_write_is_name(p->name))
		return ERR_INVALID;
	kube_start(req, a, api);
	req->url = arena_printf(a, "%s/%s/%s/namespaces/%s/%s/%s%s%s", api->url,
	    is_core ? "api" : "apis", p->api_version, url_encode(a, api->namespace), p->plural,
	    p->name, query, p->is_trial ? "&dryRun=All" : "");
	return ERR_OK;
}

enum err
kube_write_apply_request(struct call_request *req, struct arena *a, const struct kube_api *api,
    const struct kube_place *p, const char *body, size_t len)
{
	enum err e = start(req, a, api, p, "?fieldManager=" KUBE_FIELD_MANAGER "&force=true");

	if (e != ERR_OK)
		return e;
	req->method = CALL_PATCH;
	req->body = body;
	req->body_len = len;
	/* JSON is YAML, and the only spelling that is known to API servers of every age. */
	call_header(req, a, "content-type", "application/apply-patch+yaml");
	return ERR_OK;
}

enum err
kube_write_delete_request(struct call_request *req, struct arena *a, const struct kube_api *api,
    const struct kube_place *p)
{
	enum err e = start(req, a, api, p, "?propagationPolicy=Background");

	if (e == ERR_OK)
		req->method = CALL_DELETE;
	return e;
}

/* ---- Replies ---- */

static enum err
err_of_status(long status)
{
	switch (status) {
	case 401:
		return ERR_UNAUTHORIZED;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
	case 410:
		return ERR_CONFLICT;
	case 400:
	case 413:
	case 415:
	case 422:
		return ERR_INVALID;
	case 429:
		return ERR_TOO_MANY;
	case 408:
	case 504:
		return ERR_TIMEOUT;
	default:
		return status >= 500 ? ERR_UNAVAILABLE : ERR_UPSTREAM;
	}
}

/* Only what a program would print: a field's path may hold a key that somebody chose. */
static void
add_word(struct strbuf *out, const char *word)
{
	size_t i;

	for (i = 0; word != NULL && word[i] != '\0' && i < WORD_MAX; i++)
		strbuf_putc(out, word[i] > ' ' && word[i] <= '~' ? word[i] : '?');
}

/* "422 Invalid: spec.replicas FieldValueInvalid". Messages are left out: they quote values. */
static const char *
describe(struct arena *a, long status, const struct json *root)
{
	const struct json *causes = KUBE_AT(root, "details", "causes");
	const char *reason = kube_text(root, "reason"), *text;
	struct strbuf out = { 0 };

	strbuf_printf(&out, "%ld ", status);
	add_word(&out, reason != NULL ? reason : "without-reason");
	for (size_t i = 0; i < kube_count(causes) && i < CAUSES_MAX; i++) {
		strbuf_puts(&out, i == 0 ? ": " : ", ");
		add_word(&out, kube_text(&causes->items[i], "field"));
		strbuf_putc(&out, ' ');
		add_word(&out, kube_text(&causes->items[i], "reason"));
	}
	text = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

static enum err
refused(struct kube_refusal *r, struct arena *a, const struct call_reply *reply)
{
	const struct json *root = NULL;
	bool is_status = json_read_parse(&root, a, reply->body, reply->body_len) == ERR_OK &&
			 kube_is_kind(root, "Status");
	enum err e = err_of_status(reply->status);

	r->cause = is_status ? describe(a, reply->status, root)
			     : arena_printf(a, "%ld, not from the API", reply->status);
	/* A proxy's page says nothing about an object. */
	return e == ERR_NOT_FOUND && !is_status ? ERR_UPSTREAM : e;
}

enum err
kube_write_read_reply(const struct json **root, struct kube_refusal *r, struct arena *a,
    const struct call_reply *reply)
{
	*r = (struct kube_refusal){ 0 };
	if (reply->result != CALL_OK) {
		r->cause = call_result_word(reply->result);
		return call_result_err(reply->result);
	}
	if (reply->status < 200 || reply->status > 299)
		return refused(r, a, reply);
	if (json_read_parse(root, a, reply->body, reply->body_len) != ERR_OK) {
		r->cause = "an answer that is no object";
		return ERR_UPSTREAM;
	}
	return ERR_OK;
}

enum err
kube_write_reply(struct kube_refusal *r, struct arena *a, const struct call_reply *reply)
{
	const struct json *root;

	return kube_write_read_reply(&root, r, a, reply);
}

enum err
kube_write_count_reply(
    size_t *n, struct kube_refusal *refusal, struct arena *a, const struct call_reply *reply)
{
	const struct json *root, *items;
	enum err e = kube_write_read_reply(&root, refusal, a, reply);

	if (e != ERR_OK)
		return e;
	if (json_read_array(root, "items", &items) != ERR_OK) {
		refusal->cause = "an answer that is no list";
		return ERR_UPSTREAM;
	}
	*n = items->n;
	return ERR_OK;
}

/* ---- How far it came ---- */

/* A count that is zero is left out. */
static int64_t
number_at(const struct json *o, const char *name, int64_t otherwise)
{
	int64_t n = otherwise;

	if (o != NULL)
		json_read_int(o, name, &n);
	return n;
}

void
kube_write_read_rollout(struct kube_rollout *r, const struct json *root)
{
	const struct json *metadata = KUBE_AT(root, "metadata");
	const struct json *status = KUBE_AT(root, "status");

	*r = (struct kube_rollout){
		.app = kube_text(KUBE_AT(metadata, "labels"), "app"),
		.bouncer = kube_text(KUBE_AT(metadata, "labels"), "bouncer"),
		.manager = kube_text(KUBE_AT(metadata, "labels"), KUBE_MANAGED_BY),
		.generation = number_at(metadata, "generation", 0),
		.observed = number_at(status, "observedGeneration", 0),
		.wanted = number_at(KUBE_AT(root, "spec"), "replicas", 1),
		.all = number_at(status, "replicas", 0),
		.updated = number_at(status, "updatedReplicas", 0),
		.ready = number_at(status, "readyReplicas", 0),
		.failure = kube_condition(KUBE_AT(status, "conditions"), "ReplicaFailure", "True"),
	};
}

enum err
kube_write_rollout_reply(struct kube_rollout *r, struct kube_refusal *refusal, struct arena *a,
    const struct call_reply *reply)
{
	const struct json *root;
	enum err e = kube_write_read_reply(&root, refusal, a, reply);
	struct kube_deployment d = { 0 };

	if (e != ERR_OK)
		return e;
	if (!kube_is_kind(root, "Deployment") || KUBE_AT(root, "spec") == NULL) {
		refusal->cause = "an answer that is no deployment";
		return ERR_UPSTREAM;
	}
	kube_write_read_rollout(r, root);
	if (kube_api_read_deployment(&d, a, root) == ERR_OK) {
		r->selector = d.selector;
		r->container = d.container;
	}
	return ERR_OK;
}

enum kube_stand
kube_write_stand(const struct kube_rollout *r)
{
	if (r->observed < r->generation)
		return KUBE_STAND_UNSEEN;
	if (r->wanted == 0)
		return r->all == 0 ? KUBE_STAND_STOPPED : KUBE_STAND_MOVING;
	if (r->all == r->wanted && r->updated == r->wanted && r->ready == r->wanted)
		return KUBE_STAND_READY;
	return KUBE_STAND_MOVING;
}
