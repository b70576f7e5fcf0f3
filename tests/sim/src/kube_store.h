/*
 * Objects that were applied: any kind that a bouncer consists of, kept as the API shows it, with
 * server-side apply as documented. Lists are atomic here, which they are not all in a cluster.
 */
#ifndef KUBE_STORE_H
#define KUBE_STORE_H

#include <jansson.h>
#include <stdbool.h>

/* What the API says about a request: a code and, unless it went well, a Status. */
struct kube_verdict {
	int code;
	const char *reason;
	json_t *message, *causes; /* causes NULL: none; both given away */
};

struct kube_apply {
	const char *group, *version, *plural, *kind, *ns, *name;
	const char *manager; /* NULL: none was given */
	bool is_forced, is_trial;
};

void kube_store_reset(void);
/* Merges `body` (kept) into the object. On 200 and 201 *object is what is stored now, to release.
 */
struct kube_verdict kube_store_apply(const struct kube_apply *, json_t *body, json_t **object);
/* NULL: there is none. Not to release. */
json_t *kube_store_find(const char *plural, const char *name);
/* Takes the object. */
void kube_store_put(const char *plural, const char *name, json_t *object);
void kube_store_drop(const char *plural, const char *name);
/* All of them: {"secrets/soju-alice": {…}}. To release. */
json_t *kube_store_all(void);

#endif
