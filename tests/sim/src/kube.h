/* The cluster: Deployments, each in some phase of a bouncer's life, and the Pods that follow. */
#ifndef KUBE_H
#define KUBE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "kube_store.h"

/* Reads the demo deployments. ERR_INVALID: the built-in file is broken. */
enum err kube_start(void);
void kube_reset(void);
/*
 * Makes or changes a deployment by
 *	{"deployment":, "phase":, "restarts":, "reason":, "exit_code":,
 *	 "created_at" | "created_ago_s":, "started_at" | ..., "finished_at" | ...}
 * where a time is Unix seconds, or a text that is shown as it is; or sets one of {"token":},
 * {"cluster": {"new":, "after_ms":, "gone_after_ms":, "refuse": {plural: status}}},
 * {"seed": n, "prefix":}, {"expire": true}; README.md says what they mean.
 * ERR_INVALID: *why is a sentence, nothing has changed.
 */
enum err kube_set(json_t *order, const char **why);
/* The state of each deployment, and of what was applied. */
json_t *kube_state(void);
json_t *kube_applied(void);
/* What must stand behind "Bearer". */
const char *kube_token(void);

/* The Deployment as the API shows it; NULL when there is none or it is missing. */
json_t *kube_deployment(const char *ns, const char *name);
/* As kube_store_apply(), and a Deployment gets pods; what a test wants refused is. */
struct kube_verdict kube_apply(const struct kube_apply *, json_t *body, json_t **object);
/* 200; 404: there is none; or what a test wants. */
int kube_delete(const char *plural, const char *name, bool is_trial);

struct kube_page {
	bool is_pods;			  /* else Deployments */
	const char *ns, *selector, *from; /* from: a token of the page before; NULL: the first */
	size_t limit;			  /* 0: all */
	json_t *items;			  /* to release */
	json_t *next;			  /* a token; NULL: it was the last */
	size_t left;
};
/* ERR_INVALID: the selector; ERR_NOT_FOUND: the token is too old, or none. */
enum err kube_list(struct kube_page *);

#endif
