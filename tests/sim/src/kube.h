/* The cluster: Deployments, each in some phase of a bouncer's life, and the Pods that follow. */
#ifndef KUBE_H
#define KUBE_H

#include <jansson.h>

#include "base/err.h"

/* Reads the demo deployments. ERR_INVALID: the built-in file is broken. */
enum err kube_start(void);
void kube_reset(void);
/*
 * Makes or changes a deployment by
 *	{"deployment":, "phase":, "restarts":, "reason":, "exit_code":,
 *	 "created_at" | "created_ago_s":, "started_at" | ..., "finished_at" | ...}
 * where a time is Unix seconds, or a text that is shown as it is; or sets {"token":}.
 * ERR_INVALID: *why is a sentence, nothing has changed.
 */
enum err kube_set(json_t *order, const char **why);
/* The state of each deployment. */
json_t *kube_state(void);
/* What must stand behind "Bearer". */
const char *kube_token(void);

/* The Deployment as the API shows it; NULL when there is none or it is missing. */
json_t *kube_deployment(const char *ns, const char *name);
/* All Pods of the namespace. */
json_t *kube_pods(const char *ns);

#endif
