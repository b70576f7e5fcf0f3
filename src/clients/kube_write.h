/*
 * The Kubernetes API, writing: objects are made and changed by server-side apply, so that the same
 * request may be sent again after a crash, and deleted. And how far a deployment came. Pure.
 *
 * Sources: Kubernetes, "Server-Side Apply", "API Concepts"; API reference v1 (Status,
 * DeleteOptions) and apps/v1 (DeploymentStatus).
 */
#ifndef CLIENTS_KUBE_WRITE_H
#define CLIENTS_KUBE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"
#include "clients/kube_api.h"

/* Under this name the cluster remembers which fields are ours. */
#define KUBE_FIELD_MANAGER "portal"
/* And this label says of an object that we made it, and nobody else did. */
#define KUBE_MANAGED_BY "app.kubernetes.io/managed-by"

/* Where an object lives: the parts of its path, all checked by kube_write_is_name(). */
struct kube_place {
	const char *api_version; /* "v1", "apps/v1" */
	const char *plural;	 /* "deployments" */
	const char *name;
	bool is_trial; /* the API says what it would do, and does nothing (dryRun) */
};

/* Whether it may be the name of an object: an RFC 1123 label. */
bool kube_write_is_name(const char *);

/*
 * Makes the object or brings it to what `body` (JSON) says; fields of others stay, ours win. `body`
 * must live as long as the request. ERR_INVALID: the place is none.
 */
enum err kube_write_apply_request(struct call_request *, struct arena *, const struct kube_api *,
    const struct kube_place *, const char *body, size_t len);
/* Deletes the object; what hangs on it (the pods of a deployment) follows soon after. */
enum err kube_write_delete_request(
    struct call_request *, struct arena *, const struct kube_api *, const struct kube_place *);

/*
 * What the API thinks of a request that it did not obey. `cause` is for the log: the code, the
 * reason and the fields that are wrong, no values, names or secrets; in the arena.
 */
struct kube_refusal {
	const char *cause;     /* NULL: no answer of the API */
	int64_t retry_after_s; /* set by whoever made the call, from its notes; 0: not told */
};

/*
 * Of both, and of every other request here:
 *
 *	ERR_UNAUTHORIZED  401: read the token anew and ask once more
 *	ERR_FORBIDDEN	  403: the role lacks a right, or a quota is used up
 *	ERR_NOT_FOUND	  404, told by the API: no such object, or no such namespace
 *	ERR_CONFLICT	  409, 410: somebody else changed it at the same moment, or a list took too
 *			  long; begin anew
 *	ERR_INVALID	  400, 413, 415, 422: the object itself is wrong, and will be next time
 *	ERR_TOO_MANY	  429: wait for retry_after_s
 *	ERR_TIMEOUT	  no answer in time, 408, 504
 *	ERR_UNAVAILABLE	  nobody there, and other 5xx
 *	ERR_UPSTREAM	  not an answer of this API
 */
enum err kube_write_reply(struct kube_refusal *, struct arena *, const struct call_reply *);
/* On ERR_OK *root is what the API answered, in the arena. */
enum err kube_write_read_reply(
    const struct json **root, struct kube_refusal *, struct arena *, const struct call_reply *);

/* The number of objects in the reply to a request for a list; of its first page, if it has more. */
enum err kube_write_count_reply(
    size_t *n, struct kube_refusal *, struct arena *, const struct call_reply *);

/* How far a deployment came. */
struct kube_rollout {
	const char *app, *bouncer, *manager; /* its labels; NULL: it has none such */
	int64_t generation, observed;	     /* what is wanted; what the cluster has looked at */
	int64_t wanted, all, updated, ready; /* pods */
	const char *failure;		     /* why no pod can be made: "FailedCreate"; NULL */
	const char *selector;		     /* of its pods; NULL: one that is not understood */
	const char *container;
};
enum kube_stand {
	KUBE_STAND_UNSEEN,  /* the cluster has not looked at the last change yet */
	KUBE_STAND_MOVING,  /* pods come or go */
	KUBE_STAND_READY,   /* as wanted, and ready */
	KUBE_STAND_STOPPED, /* no pod is wanted, and none is there */
	KUBE_STAND__MAX
};
/* The reply to kube_api_deployment_request(). */
enum err kube_write_rollout_reply(
    struct kube_rollout *, struct kube_refusal *, struct arena *, const struct call_reply *);
/* The same of an object, without selector and container. */
void kube_write_read_rollout(struct kube_rollout *, const struct json *);
enum kube_stand kube_write_stand(const struct kube_rollout *);

#endif
