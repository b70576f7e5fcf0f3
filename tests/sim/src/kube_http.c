/*
 * The part of the Kubernetes API that the portal's Role allows: get, list, apply and delete
 * Deployments, apply and delete Secrets and Services, get and list Pods of a namespace. Everything
 * else is refused the way RBAC refuses it.
 */
#include "reply.h"

#include <stdio.h>
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

/* What the Role of conf/kubernetes/rbac.yaml allows; "list" with a name is none. */
static const struct {
	const char *group, *resource, *kind, *verbs;
} rights[] = {
	{ "", "pods", "Pod", " get list " },
	{ "", "secrets", "Secret", " create patch delete " },
	{ "", "services", "Service", " create patch delete " },
	{ "apps", "deployments", "Deployment", " get list create patch delete " },
};

static const char *verb_of(const struct http_request *, const struct target *);

/* NULL: there is no right. */
static const char *
allowed_kind(const struct http_request *req, const struct target *t)
{
	char verb[40];

	if (*sim_settings.kube_namespace != '\0' && strcmp(t->ns, sim_settings.kube_namespace) != 0)
		return NULL;
	snprintf(verb, sizeof(verb), " %s ", verb_of(req, t));
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (is_resource(t, rights[i].group, rights[i].resource) &&
		    strstr(rights[i].verbs, verb) != NULL)
			return rights[i].kind;
	return NULL;
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
	struct kube_page p = { .is_pods = true, .ns = ns, .selector = "" };
	json_t *found = NULL;

	(void)kube_list(&p);
	for (size_t i = 0; i < json_array_size(p.items) && found == NULL; i++) {
		json_t *pod = json_array_get(p.items, i);

		if (strcmp(json_string_value(json_object_get(metadata_of(pod), "name")), name) == 0)
			found = json_incref(pod);
	}
	json_decref(p.items);
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

static size_t
number_in(const json_t *query, const char *name)
{
	const char *text = form_text(query, name);

	return text != NULL ? (size_t)strtoul(text, NULL, 10) : 0;
}

static json_t *
list_metadata(const struct kube_page *p)
{
	json_t *metadata = json_pack("{s:s}", "resourceVersion", "100003");

	if (p->next == NULL)
		return metadata;
	json_object_set(metadata, "continue", p->next);
	json_object_set_new(metadata, "remainingItemCount", json_integer((json_int_t)p->left));
	return metadata;
}

static int
answer_list(struct http_request *req, const struct target *t, struct kube_page *p)
{
	return reply_json(req, 200,
	    json_pack("{s:s, s:s, s:o, s:O}", "kind", p->is_pods ? "PodList" : "DeploymentList",
		"apiVersion", *t->group != '\0' ? "apps/v1" : "v1", "metadata", list_metadata(p),
		"items", p->items));
}

static int
list(struct http_request *req, const struct target *t, const json_t *query)
{
	const char *selector = form_text(query, "labelSelector");
	struct kube_page p = { .is_pods = strcmp(t->resource, "pods") == 0,
		.ns = t->ns,
		.selector = selector != NULL ? selector : "",
		.from = form_text(query, "continue"),
		.limit = number_in(query, "limit") };
	enum err e = kube_list(&p);
	int result;

	if (e == ERR_NOT_FOUND)
		result = answer_status(req, 410, "Expired",
		    json_string(
			"The provided continue parameter is too old to display a consistent "
			"list result. You can start a new list without the continue "
			"parameter."));
	else if (e != ERR_OK)
		result = answer_status(req, 400, "BadRequest",
		    json_string("unable to parse requirement of the label selector"));
	else
		result = answer_list(req, t, &p);
	json_decref(p.items);
	json_decref(p.next);
	return result;
}

/* --- Writing --- */

static int
answer_verdict(struct http_request *req, struct kube_verdict *v)
{
	json_t *status;

	if (v->causes == NULL)
		return answer_status(req, v->code, v->reason, v->message);
	status = json_pack("{s:s, s:s, s:{}, s:s, s:o, s:s, s:{s:o}, s:i}", "kind", "Status",
	    "apiVersion", "v1", "metadata", "status", "Failure", "message", v->message, "reason",
	    v->reason, "details", "causes", v->causes, "code", v->code);
	return reply_json(req, v->code, status);
}

/* NULL: no JSON, which is the one spelling of YAML that is read here. */
static json_t *
body_of(const struct http_request *req)
{
	json_t *body;

	if (req->http_body == NULL)
		return NULL;
	body = json_loadb((const char *)req->http_body->data, req->http_body_length,
	    JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(body))
		return body;
	json_decref(body);
	return NULL;
}

static bool
is_true(const json_t *query, const char *name, const char *value)
{
	const char *text = form_text(query, name);

	return text != NULL && strcmp(text, value) == 0;
}

static int
apply(struct http_request *req, const struct target *t, const char *kind, const json_t *query)
{
	const char *type = reply_request_header(req, "content-type");
	struct kube_apply a = { t->group, "v1", t->resource, kind, t->ns, t->name,
		form_text(query, "fieldManager"), is_true(query, "force", "true"),
		is_true(query, "dryRun", "All") };
	json_t *body = body_of(req), *object;
	struct kube_verdict v;
	int result;

	if (type == NULL || strcmp(type, "application/apply-patch+yaml") != 0)
		result = answer_status(req, 415, "UnsupportedMediaType",
		    json_string("the body of the request was in an unknown format"));
	else if (body == NULL)
		result = answer_status(
		    req, 400, "BadRequest", json_string("error decoding YAML: it is no JSON"));
	else if ((v = kube_apply(&a, body, &object)).code == 200 || v.code == 201)
		result = reply_json(req, v.code, object);
	else
		result = answer_verdict(req, &v);
	json_decref(body);
	return result;
}

static int
destroy(struct http_request *req, const struct target *t, const json_t *query)
{
	int code = kube_delete(t->resource, t->name, is_true(query, "dryRun", "All"));

	if (code == 404)
		return answer_not_found(req, t);
	if (code != 200)
		return answer_status(req, code, "Refused", json_string("a test wants it so"));
	return reply_json(req, 200,
	    json_pack("{s:s, s:s, s:{}, s:s, s:{s:s, s:s}}", "kind", "Status", "apiVersion", "v1",
		"metadata", "status", "Success", "details", "name", t->name, "kind", t->resource));
}

static int
obey(struct http_request *req, const struct target *t, const char *kind, const json_t *query)
{
	if (req->method == HTTP_METHOD_PATCH)
		return apply(req, t, kind, query);
	if (req->method == HTTP_METHOD_DELETE)
		return destroy(req, t, query);
	if (req->method == HTTP_METHOD_POST)
		return answer_status(req, 405, "MethodNotAllowed",
		    json_string("objects are applied here, not created"));
	if (t->name == NULL)
		return list(req, t, query);
	return strcmp(t->resource, "pods") == 0 ? show_pod(req, t) : show_deployment(req, t);
}

static int
read_and_obey(struct http_request *req, const struct target *t, const char *kind)
{
	const char *text = req->query_string != NULL ? req->query_string : "";
	json_t *query;
	int result;

	(void)form_read(
	    text, strlen(text), &query); /* the API server, too, takes what it can read */
	result = obey(req, t, kind, query);
	json_decref(query);
	return result;
}

static int
show(struct http_request *req)
{
	const char *kind;
	struct target t;
	int result;

	if (!read_target(req->path, &t))
		result = answer_status(req, 403, "Forbidden",
		    json_sprintf("forbidden: User \"" SERVICE_ACCOUNT "\" cannot get path \"%s\"",
			req->path));
	else if ((kind = allowed_kind(req, &t)) == NULL)
		result = answer_forbidden(req, &t);
	else
		result = read_and_obey(req, &t, kind);
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
