/*
 * All bouncers' deployments of a cluster, page by page: how each is, for those who look at
 * thousands. Pure.
 *
 * Source: Kubernetes, "API Concepts": large results in chunks.
 */
#ifndef CLIENTS_KUBE_LIST_H
#define CLIENTS_KUBE_LIST_H

#include "clients/kube_write.h"

/* A page of so many stays within what json_read takes. */
#define KUBE_LIST_PAGE 100

struct kube_list_row {
	const char *bouncer;	     /* by its label */
	const char *version;	     /* of soju, as the image's tag has it; NULL: it has none */
	struct kube_rollout rollout; /* without selector and container */
};
struct kube_list {
	struct kube_list_row *v;
	size_t n;
	const char *next; /* what the request of the next page is given; NULL: this was the last */
};

/* `next` NULL: the first page. Those with the label app=soju. */
void kube_list_request(
    struct call_request *, struct arena *, const struct kube_api *, const char *next);
/* Deployments without a label `bouncer` are left out. ERR_CONFLICT: the list took too long to read
 * (410): begin with the first page. Other errors as in kube_write.h. */
enum err kube_list_reply(
    struct kube_list *, struct kube_refusal *, struct arena *, const struct call_reply *);

#endif
