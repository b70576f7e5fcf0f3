#include "clients/kube_read.h"

#include <string.h>

#define CONTAINER "soju"

void
kube_start(struct call_request *req, struct arena *a, const struct kube_api *api)
{
	*req = (struct call_request){
		.method = CALL_GET,
		.ca_file = api->ca_file,
		.timeout_ms = api->timeout_ms,
		.max_bytes = (size_t)1024 * 1024,
	};
	call_header(req, a, "accept", "application/json");
	if (*api->token != '\0')
		call_header(req, a, "authorization", "Bearer %s", api->token);
}

/* Objects say what they are; one that does not is known by its shape. */
bool
kube_is_kind(const struct json *o, const char *kind)
{
	const char *word = kind;

	return json_read_text(o, "kind", &word) != ERR_INVALID && strcmp(word, kind) == 0;
}

static enum err
read_root(const struct json **root, struct arena *a, const struct call_reply *reply)
{
	if (json_read_parse(root, a, reply->body, reply->body_len) != ERR_OK)
		return ERR_UPSTREAM;
	return ERR_OK;
}

/* A 404 counts only if the API says it: a proxy's page says nothing about a deployment. */
static enum err
check_not_found(struct arena *a, const struct call_reply *reply)
{
	const struct json *root;

	if (read_root(&root, a, reply) == ERR_OK && kube_is_kind(root, "Status"))
		return ERR_NOT_FOUND;
	return ERR_UPSTREAM;
}

/* On ERR_OK *root is an object of that kind. */
enum err
kube_check_reply(
    const struct json **root, struct arena *a, const struct call_reply *reply, const char *kind)
{
	if (reply->result != CALL_OK)
		return call_result_err(reply->result);
	switch (reply->status) {
	case 200:
		break;
	case 401:
		return ERR_UNAUTHORIZED;
	case 403:
		return ERR_FORBIDDEN;
	case 404:
		return check_not_found(a, reply);
	default:
		return ERR_UPSTREAM;
	}
	if (read_root(root, a, reply) != ERR_OK || !kube_is_kind(*root, kind))
		return ERR_UPSTREAM;
	return ERR_OK;
}

/* The object at the end of a path of names; NULL if there is none. */
const struct json *
kube_at(const struct json *o, const char *const *path)
{
	for (; *path != NULL && o != NULL; path++)
		o = o->kind == JSON_KIND_OBJECT ? json_read_member(o, *path) : NULL;
	return o;
}

const char *
kube_text(const struct json *o, const char *name)
{
	const char *text = NULL;

	if (o != NULL)
		json_read_text(o, name, &text);
	return text;
}

size_t
kube_count(const struct json *array)
{
	return array != NULL && array->kind == JSON_KIND_ARRAY ? array->n : 0;
}

const struct json *
kube_container(const struct json *deployment)
{
	const struct json *all = KUBE_AT(deployment, "spec", "template", "spec", "containers");

	for (size_t i = 0; i < kube_count(all); i++) {
		const char *name = kube_text(&all->items[i], "name");

		if (name != NULL && strcmp(name, CONTAINER) == 0)
			return &all->items[i];
	}
	return kube_count(all) > 0 ? &all->items[0] : NULL;
}

/* The reason of a condition that stands as `status`; NULL if none does. */
const char *
kube_condition(const struct json *conditions, const char *type, const char *status)
{
	const char *has_type, *has_status;
	size_t i;

	for (i = 0; i < kube_count(conditions); i++) {
		has_type = kube_text(&conditions->items[i], "type");
		has_status = kube_text(&conditions->items[i], "status");
		if (has_type != NULL && has_status != NULL && strcmp(has_type, type) == 0 &&
		    strcmp(has_status, status) == 0)
			return kube_text(&conditions->items[i], "reason");
	}
	return NULL;
}
