/*
 * The Kubernetes API, read only: how a bouncer's container is. Two calls: the deployment tells
 * which pods are its own, the pods tell the rest.
 *
 * Sources: Kubernetes API reference v1 (Pod, ContainerStatus, Status) and apps/v1 (Deployment).
 */
#ifndef CLIENTS_KUBE_API_H
#define CLIENTS_KUBE_API_H

#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "base/json_read.h"
#include "source/source.h"

struct kube_api {
	const char *url; /* "https://10.0.0.1:443", without a final slash */
	const char *namespace;
	const char *token;   /* "": none is sent */
	const char *ca_file; /* NULL: the system's certificates */
	int timeout_ms;
};

struct kube_deployment {
	int64_t replicas;      /* wanted; 0: stopped on purpose */
	const char *selector;  /* of its pods: "app=soju,bouncer=alice" */
	const char *container; /* which one of the pod is the bouncer */
	const char *failure;   /* why no pod can be made: "FailedCreate"; NULL */
};

/* The content of a mounted token file without the white space around it; ERR_NOT_FOUND,
 * ERR_INVALID. */
enum err kube_api_read_token(const char **token, struct arena *, const char *file);

/* ERR_INVALID: not a name a bouncer has. */
enum err kube_api_deployment_request(
    struct call_request *, struct arena *, const struct kube_api *, const char *name);
void kube_api_pods_request(
    struct call_request *, struct arena *, const struct kube_api *, const struct kube_deployment *);

/*
 * Both replies: ERR_UNAUTHORIZED (401: read the token anew), ERR_FORBIDDEN (403), ERR_NOT_FOUND
 * (the API says that there is no such object), ERR_UPSTREAM (not an answer of this API), or the
 * error of call_result_err().
 */
enum err kube_api_deployment_reply(
    struct kube_deployment *, struct arena *, const struct call_reply *);
/* The same of the object in it: ERR_OK, ERR_UPSTREAM. */
enum err kube_api_read_deployment(
    struct kube_deployment *, struct arena *, const struct json *deployment);
/* How the bouncer is, from its pods; not called for a deployment with no replicas. */
enum err kube_api_pods_reply(struct kube_answer *, struct arena *, const struct call_reply *,
    const struct kube_deployment *);

#endif
