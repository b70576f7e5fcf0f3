#include "clients/kube_list.h"

#include <string.h>

#include "base/url.h"
#include "clients/kube_read.h"

void
kube_list_request(
    struct call_request *req, struct arena *a, const struct kube_api *api, const char *next)
{
	kube_start(req, a, api);
	req->url = arena_printf(a,
	    "%s/apis/apps/v1/namespaces/%s/deployments?labelSelector=app%%3Dsoju&limit=%d%s%s",
	    api->url, url_encode(a, api->namespace), KUBE_LIST_PAGE,
	    next != NULL ? "&continue=" : "", next != NULL ? url_encode(a, next) : "");
	req->max_bytes = JSON_READ_BYTES_MAX;
}

/* "0.10.1" of "registry.example.org:5000/irc/soju:0.10.1@sha256:…" */
static const char *
version_of(struct arena *a, const struct json *container)
{
	const char *image = container != NULL ? kube_text(container, "image") : NULL;
	const char *slash = image != NULL ? strrchr(image, '/') : NULL, *tag;

	if (image == NULL)
		return NULL;
	tag = slash != NULL ? slash + 1 : image;
	tag += strcspn(tag, ":@");
	return *tag == ':' && tag[1] != '\0' ? arena_strndup(a, tag + 1, strcspn(tag + 1, "@"))
					     : NULL;
}

static void
read_rows(struct kube_list *list, struct arena *a, const struct json *items)
{
	struct kube_rollout r;

	list->v = arena_array(a, items->n > 0 ? items->n : 1, sizeof(*list->v));
	for (size_t i = 0; i < items->n; i++) {
		kube_write_read_rollout(&r, &items->items[i]);
		if (r.bouncer != NULL)
			list->v[list->n++] = (struct kube_list_row){ r.bouncer,
				version_of(a, kube_container(&items->items[i])), r };
	}
}

enum err
kube_list_reply(struct kube_list *list, struct kube_refusal *refusal, struct arena *a,
    const struct call_reply *reply)
{
	const struct json *root, *items;
	enum err e = kube_write_read_reply(&root, refusal, a, reply);
	const char *next;

	*list = (struct kube_list){ 0 };
	if (e != ERR_OK)
		return e;
	if (!kube_is_kind(root, "DeploymentList") ||
	    json_read_array(root, "items", &items) != ERR_OK) {
		refusal->cause = "an answer that is no list of deployments";
		return ERR_UPSTREAM;
	}
	read_rows(list, a, items);
	next = kube_text(KUBE_AT(root, "metadata"), "continue");
	list->next = next != NULL && *next != '\0' ? next : NULL;
	return ERR_OK;
}
