#include "clients/kube_api.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "clients/kube_read.h"

#define TOKEN_BYTES_MAX 16384
/* Bytes that labels and their values consist of. Source: Kubernetes, "Labels and Selectors". */
#define LABEL_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./"

enum err
kube_api_read_token(const char **token, struct arena *a, const char *file)
{
	char *bytes = arena_alloc(a, TOKEN_BYTES_MAX);
	FILE *f = fopen(file, "re");
	size_t len, i;

	if (f == NULL)
		return ERR_NOT_FOUND;
	len = fread(bytes, 1, TOKEN_BYTES_MAX - 1, f);
	fclose(f);
	while (len > 0 && isspace((unsigned char)bytes[len - 1]))
		bytes[--len] = '\0';
	while (isspace((unsigned char)*bytes))
		bytes++;
	for (i = 0; bytes[i] != '\0'; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return ERR_INVALID;
	*token = bytes;
	return i > 0 ? ERR_OK : ERR_INVALID;
}

enum err
kube_api_deployment_request(
    struct call_request *req, struct arena *a, const struct kube_api *api, const char *name)
{
	if (!source_is_bouncer_name(name))
		return ERR_INVALID;
	kube_start(req, a, api);
	req->url = arena_printf(a, "%s/apis/apps/v1/namespaces/%s/deployments/%s", api->url,
	    url_encode(a, api->namespace), name);
	return ERR_OK;
}

void
kube_api_pods_request(struct call_request *req, struct arena *a, const struct kube_api *api,
    const struct kube_deployment *d)
{
	kube_start(req, a, api);
	req->url = arena_printf(a, "%s/api/v1/namespaces/%s/pods?labelSelector=%s&limit=50",
	    api->url, url_encode(a, api->namespace), url_encode(a, d->selector));
}

static int64_t
time_at(const struct json *o, const char *name)
{
	const char *text = kube_text(o, name);
	int64_t seconds = 0;

	if (text == NULL || rfc3339_parse(text, &seconds) != ERR_OK)
		return 0;
	return seconds;
}

static bool
is_label(const struct json *label)
{
	return label->kind == JSON_KIND_TEXT && *label->name != '\0' &&
	       label->name[strspn(label->name, LABEL_BYTES)] == '\0' &&
	       label->text[strspn(label->text, LABEL_BYTES)] == '\0';
}

/*
 * matchLabels as a query. An empty selector would mean every pod of the namespace, and one with
 * expressions more than these pods: both are refused.
 */
static enum err
read_selector(const char **selector, struct arena *a, const struct json *from)
{
	const struct json *labels = KUBE_AT(from, "matchLabels");
	struct strbuf out = { 0 };
	enum err e = ERR_OK;
	size_t i;

	if (labels == NULL || labels->kind != JSON_KIND_OBJECT || labels->n == 0 ||
	    kube_count(KUBE_AT(from, "matchExpressions")) > 0)
		return ERR_UPSTREAM;
	for (i = 0; i < labels->n && e == ERR_OK; i++) {
		if (!is_label(&labels->items[i]))
			e = ERR_UPSTREAM;
		else
			strbuf_printf(&out, "%s%s=%s", i > 0 ? "," : "", labels->items[i].name,
			    labels->items[i].text);
	}
	*selector = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return e;
}

enum err
kube_api_read_deployment(struct kube_deployment *d, struct arena *a, const struct json *root)
{
	const struct json *spec = KUBE_AT(root, "spec");

	*d = (struct kube_deployment){ .replicas = 1 };
	if (spec == NULL || json_read_int(spec, "replicas", &d->replicas) == ERR_INVALID)
		return ERR_UPSTREAM;
	d->container = kube_text(kube_container(root), "name");
	d->failure =
	    kube_condition(KUBE_AT(root, "status", "conditions"), "ReplicaFailure", "True");
	return read_selector(&d->selector, a, KUBE_AT(spec, "selector"));
}

enum err
kube_api_deployment_reply(
    struct kube_deployment *d, struct arena *a, const struct call_reply *reply)
{
	const struct json *root = NULL;
	enum err e = kube_check_reply(&root, a, reply, "Deployment");

	return e == ERR_OK ? kube_api_read_deployment(d, a, root) : e;
}

struct pod {
	const struct json *json, *container; /* of containerStatuses; NULL: not there yet */
	bool is_ready;
	int64_t since; /* ready: when the container started; else when the pod was made */
};

/* Pods on their way out do not count, nor those that ended and are kept for their logs. */
static bool
is_leaving(const struct json *pod)
{
	const char *phase = kube_text(KUBE_AT(pod, "status"), "phase");

	if (KUBE_AT(pod, "metadata", "deletionTimestamp") != NULL)
		return true;
	return phase != NULL && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
}

static const struct json *
status_of(const struct json *pod, const char *container)
{
	const struct json *all = KUBE_AT(pod, "status", "containerStatuses");
	const char *name;
	size_t i;

	for (i = 0; i < kube_count(all); i++) {
		name = kube_text(&all->items[i], "name");
		if (name != NULL && container != NULL && strcmp(name, container) == 0)
			return &all->items[i];
	}
	return kube_count(all) == 1 ? &all->items[0] : NULL;
}

static struct pod
read_pod(const struct json *json, const char *container)
{
	struct pod p = { .json = json, .container = status_of(json, container) };
	bool is_ready = false;

	if (p.container != NULL)
		json_read_bool(p.container, "ready", &is_ready);
	p.since = time_at(KUBE_AT(p.container, "state", "running"), "startedAt");
	p.is_ready = is_ready && p.since > 0;
	if (!p.is_ready)
		p.since = time_at(KUBE_AT(json, "metadata"), "creationTimestamp");
	return p;
}

/* During a roll-out two pods exist: the ready one serves; among equals the newest. */
static bool
is_better(const struct pod *p, const struct pod *than)
{
	if (than->json == NULL || p->is_ready != than->is_ready)
		return than->json == NULL || p->is_ready;
	return p->since > than->since;
}

static struct pod
choose_pod(const struct json *items, const char *container)
{
	struct pod best = { 0 }, p;
	size_t i;

	for (i = 0; i < kube_count(items); i++) {
		if (is_leaving(&items->items[i]))
			continue;
		p = read_pod(&items->items[i], container);
		if (is_better(&p, &best))
			best = p;
	}
	return best;
}

/* Reasons of every ordinary start say nothing. */
static const char *
telling(const char *reason)
{
	if (reason == NULL || strcmp(reason, "ContainerCreating") == 0 ||
	    strcmp(reason, "PodInitializing") == 0)
		return NULL;
	return reason;
}

/* What holds up a container that runs before the bouncer's own; NULL: none does. */
static const char *
init_reason(const struct json *pod)
{
	const struct json *all = KUBE_AT(pod, "status", "initContainerStatuses");
	const char *reason = NULL;

	for (size_t i = 0; i < kube_count(all) && reason == NULL; i++)
		reason = telling(kube_text(KUBE_AT(&all->items[i], "state", "waiting"), "reason"));
	return reason;
}

/* Not ready: at its first start, or again? The reason is the nearest one that can be had. */
static void
describe_not_ready(struct kube_answer *k, const struct pod *p, const char *last_reason)
{
	const struct json *terminated = KUBE_AT(p->container, "state", "terminated");
	const char *reason =
	    telling(kube_text(KUBE_AT(p->container, "state", "waiting"), "reason"));

	if (reason == NULL)
		reason = kube_text(terminated, "reason");
	if (reason == NULL)
		reason = init_reason(p->json);
	if (terminated != NULL)
		k->last_ended_at = time_at(terminated, "finishedAt");
	k->phase = k->restarts > 0 || terminated != NULL ? KUBE_RESTARTING : KUBE_STARTING;
	if (reason == NULL)
		reason = k->phase == KUBE_RESTARTING
			     ? last_reason
			     : kube_condition(KUBE_AT(p->json, "status", "conditions"),
				   "PodScheduled", "False");
	k->reason = reason;
}

static void
describe(struct kube_answer *k, const struct pod *p)
{
	const struct json *last = KUBE_AT(p->container, "lastState", "terminated");

	*k = (struct kube_answer){ .last_ended_at = time_at(last, "finishedAt") };
	if (p->container != NULL)
		json_read_int(p->container, "restartCount", &k->restarts);
	if (!p->is_ready) {
		describe_not_ready(k, p, kube_text(last, "reason"));
		return;
	}
	k->phase = KUBE_RUNNING;
	k->running_since = p->since;
	k->reason = kube_text(last, "reason");
}

enum err
kube_api_pods_reply(struct kube_answer *k, struct arena *a, const struct call_reply *reply,
    const struct kube_deployment *d)
{
	const struct json *root = NULL, *items;
	enum err e = kube_check_reply(&root, a, reply, "PodList");
	struct pod best;

	if (e != ERR_OK)
		return e;
	items = KUBE_AT(root, "items");
	if (items == NULL || items->kind != JSON_KIND_ARRAY)
		return ERR_UPSTREAM;
	best = choose_pod(items, d->container);
	if (best.json != NULL)
		describe(k, &best);
	else
		*k = (struct kube_answer){ .phase = KUBE_STARTING, .reason = d->failure };
	return ERR_OK;
}
