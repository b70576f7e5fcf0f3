/* Deployments and Pods as the API server writes them, made from the short form of kube.c. */
#ifndef KUBE_OBJECT_H
#define KUBE_OBJECT_H

#include <jansson.h>
#include <stdbool.h>

bool kube_object_has_phase(const char *word);
/* Array of the words. */
json_t *kube_object_phases(void);
/* Labels of a deployment that was never applied, and of its pods but for pod-template-hash. */
json_t *kube_object_labels(const char *deployment);
/* How many Pods kube_object_add_pods() appends. */
size_t kube_object_count_pods(const json_t *d);
/* NULL in phase missing. */
json_t *kube_object_deployment(const json_t *d, const char *ns);
/* Appends the Pods of the deployment in this namespace: none, one or two. */
void kube_object_add_pods(const json_t *d, const char *ns, json_t *pods);

#endif
