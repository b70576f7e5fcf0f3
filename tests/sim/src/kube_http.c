/*
 * The part of the Kubernetes API that the portal's Role allows: get a Deployment, get and list Pods
 * of a namespace. Everything else is refused the way RBAC refuses it.
 */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "fault.h"
#include "form.h"
#include "kube.h"
#include "kube_select.h"
#include "sim_settings.h"

#define SERVICE_ACCOUNT "system:serviceaccount:portal:portal"

int kube_show(struct http_request *);

/* A path of the API, taken apart; the texts stand in `copy`. */
struct target {
	const char *group, *ns, *resource, *name; /* group "" is core; name NULL: a list */
	char *copy;
};

static int
answer_status(struct http_request *req, int code, const char *reason, json_t *message)
{
	return reply_json(req, code,
	    json_pack("{s:s, s:s, s:{}, s:s, s:o, s:s, s:i}", "kind", "Status", "apiVersion", "v1",
		"metadata", "status", "Failure", "message", message, "reason", reason, "code",
		code));
}

/* /api/v1/namespaces/{ns}/{resource}[/{name}], /apis/{group}/v1/namespaces/... */
static bool
read_target(const char *path, struct target *t)
{
	char *words[8] = { 0 }, *rest, *word;
	size_t n = 0, at;

	t->copy = rest = xstrdup(path + 1);
	while (n < 8 && (word = strsep(&rest, "/")) != NULL)
		words[n++] = word;
	at = strcmp(words[0], "api") == 0 ? 1 : 2;
	if (rest != NULL || n < at + 4 || n > at + 5 || strcmp(words[at], "v1") != 0 ||
	    strcmp(words[at + 1], "namespaces") != 0)
		return false;
	t->group = at == 1 ? "" : words[1];
	t->ns = words[at + 2];
	t->resource = words[at + 3];
	t->name = words[at + 4];
	return true;
}

static bool
is_resource(const struct target *t, const char *group, const char *resource)
{
	return strcmp(t->group, group) == 0 && strcmp(t->resource, resource) == 0;
}

static bool
is_allowed(const struct http_request *req, const struct target *t)
{
	if (req->method != HTTP_METHOD_GET && req->method != HTTP_METHOD_HEAD)
		return false;
	if (*sim_settings.kube_namespace != '\0' && strcmp(t->ns, sim_settings.kube_namespace) != 0)
		return false;
	if (is_resource(t, "", "pods"))
		return true;
	return is_resource(t, "apps", "deployments") && t->name != NULL;
}

static const char *
verb_of(const struct http_request *req, const struct target *t)
{
	switch (req->method) {
	case HTTP_METHOD_POST:
		return "create";
	case HTTP_METHOD_PUT:
		return "update";
	case HTTP_METHOD_PATCH:
		return "patch";
	case HTTP_METHOD_DELETE:
		return t->name != NULL ? "delete" : "deletecollection";
	default:
		return t->name != NULL ? "get" : "list";
	}
}

static int
answer_forbidden(struct http_request *req, const struct target *t)
{
	struct strbuf subject = { 0 };
	int result;

	strbuf_puts(&subject, t->resource);
	if (*t->group != '\0')
		strbuf_printf(&subject, ".%s", t->group);
	if (t->name != NULL)
		strbuf_printf(&subject, " \"%s\"", t->name);
	result = answer_status(req, 403, "Forbidden",
	    json_sprintf("%s is forbidden: User \"" SERVICE_ACCOUNT
			 "\" cannot %s resource \"%s\" in API group \"%s\" in the namespace \"%s\"",
		strbuf_text(&subject), verb_of(req, t), t->resource, t->group, t->ns));
	strbuf_free(&subject);
	return result;
}

static int
answer_not_found(struct http_request *req, const struct target *t)
{
	return answer_status(req, 404, "NotFound",
	    json_sprintf("%s%s%s \"%s\" not found", t->resource, *t->group != '\0' ? "." : "",
		t->group, t->name));
}

static int
show_deployment(struct http_request *req, const struct target *t)
{
	json_t *d = kube_deployment(t->ns, t->name);

	return d != NULL ? reply_json(req, 200, d) : answer_not_found(req, t);
}

static json_t *
metadata_of(const json_t *pod)
{
	return json_object_get(pod, "metadata");
}

static json_t *
pod_by_name(const char *ns, const char *name)
{
	json_t *pods = kube_pods(ns), *found = NULL;

	for (size_t i = 0; i < json_array_size(pods) && found == NULL; i++) {
		json_t *pod = json_array_get(pods, i);

		if (strcmp(json_string_value(json_object_get(metadata_of(pod), "name")), name) == 0)
			found = json_incref(pod);
	}
	json_decref(pods);
	return found;
}

static int
show_pod(struct http_request *req, const struct target *t)
{
	json_t *pod = pod_by_name(t->ns, t->name);

	if (pod == NULL)
		return answer_not_found(req, t);
	json_object_set_new(pod, "kind", json_string("Pod"));
	json_object_set_new(pod, "apiVersion", json_string("v1"));
	return reply_json(req, 200, pod);
}

/* Those that match, from the one with that number, at most `limit` (0: all); *left is the rest. */
static enum err
select_pods(const struct target *t, const char *selector, size_t from, size_t limit, json_t **items,
    size_t *left)
{
	json_t *pods = kube_pods(t->ns);
	size_t n = 0;
	enum err e = ERR_OK;

	*items = json_array();
	*left = 0;
	for (size_t i = 0; i < json_array_size(pods) && e == ERR_OK; i++) {
		json_t *pod = json_array_get(pods, i);
		bool matches;

		e = kube_select(selector, json_object_get(metadata_of(pod), "labels"), &matches);
		if (e != ERR_OK || !matches || n++ < from)
			continue;
		if (limit > 0 && json_array_size(*items) == limit)
			(*left)++;
		else
			json_array_append(*items, pod);
	}
	json_decref(pods);
	return e;
}

static json_t *
list_metadata(size_t next, size_t left)
{
	json_t *metadata = json_pack("{s:s}", "resourceVersion", "100003");

	if (left == 0)
		return metadata;
	json_object_set_new(metadata, "continue", json_sprintf("%zu", next));
	json_object_set_new(metadata, "remainingItemCount", json_integer((json_int_t)left));
	return metadata;
}

static size_t
number_in(const json_t *query, const char *name)
{
	const char *text = form_text(query, name);

	return text != NULL ? (size_t)strtoul(text, NULL, 10) : 0;
}

static int
list_pods(struct http_request *req, const struct target *t, const json_t *query)
{
	const char *selector = form_text(query, "labelSelector");
	size_t from = number_in(query, "continue"), left, n;
	json_t *items;
	enum err e = select_pods(
	    t, selector != NULL ? selector : "", from, number_in(query, "limit"), &items, &left);

	if (e != ERR_OK) {
		json_decref(items);
		return answer_status(req, 400, "BadRequest",
		    json_string("unable to parse requirement of the label selector"));
	}
	n = json_array_size(items);
	return reply_json(req, 200,
	    json_pack("{s:s, s:s, s:o, s:o}", "kind", "PodList", "apiVersion", "v1", "metadata",
		list_metadata(from + n, left), "items", items));
}

static int
show_pods(struct http_request *req, const struct target *t)
{
	const char *text = req->query_string != NULL ? req->query_string : "";
	json_t *query;
	int result;

	(void)form_read(
	    text, strlen(text), &query); /* the API server, too, takes what it can read */
	result = list_pods(req, t, query);
	json_decref(query);
	return result;
}

static int
show(struct http_request *req)
{
	struct target t;
	int result;

	if (!read_target(req->path, &t))
		result = answer_status(req, 403, "Forbidden",
		    json_sprintf("forbidden: User \"" SERVICE_ACCOUNT "\" cannot get path \"%s\"",
			req->path));
	else if (!is_allowed(req, &t))
		result = answer_forbidden(req, &t);
	else if (strcmp(t.resource, "deployments") == 0)
		result = show_deployment(req, &t);
	else
		result = t.name != NULL ? show_pod(req, &t) : show_pods(req, &t);
	free(t.copy);
	return result;
}

int
kube_show(struct http_request *req)
{
	const char *token = reply_bearer(req);
	int result;

	if (fault_happens(req, FAULT_KUBE, &result))
		return result;
	if (token == NULL || strcmp(token, kube_token()) != 0)
		return answer_status(req, 401, "Unauthorized", json_string("Unauthorized"));
	return show(req);
}
