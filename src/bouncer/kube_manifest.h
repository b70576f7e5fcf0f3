/*
 * What is applied for each bouncer: a List of Kubernetes objects in JSON that an operator may edit
 * (BOUNCER_MANIFESTS, conf/kubernetes/bouncer.json), with placeholders in its texts. They are
 * replaced in the texts of the parsed JSON, never in the file's bytes, so that no value can become
 * anything but a part of that text:
 *
 *	${BOUNCER}		its name
 *	${NAMESPACE} ${IMAGE}	KUBERNETES_NAMESPACE, BOUNCER_IMAGE
 *	${HOST}			BOUNCER_HOST, with the name in it
 *	${DATABASE_URL}		its own database, with its role and password
 *	${ADMIN_LOGIN}		the portal's own user in soju
 *	${ADMIN_PASSWORD}	and that user's password
 *	${RESTARTED_AT}		when a restart was last asked for, RFC 3339; "never"
 *	${REPLICAS}		1, or 0 while it is switched off
 *	${MAX_NETWORKS}		of its plan; -1: no limit
 *	${HISTORY_DAYS}		of its plan; -1: no limit
 *
 * Each object gets the label app.kubernetes.io/managed-by: portal besides. A text that is nothing
 * but one of the last three becomes a number. A line (of a text with
 * several) in which a placeholder stands for no limit is left out.
 */
#ifndef BOUNCER_KUBE_MANIFEST_H
#define BOUNCER_KUBE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/strbuf.h"
#include "clients/kube_write.h"

struct kube_manifest_values {
	const char *bouncer, *namespace, *image, *host;
	const char *database_url, *admin_login, *admin_password;
	int64_t restarted_at; /* Unix seconds; 0: never */
	int64_t replicas, max_networks, history_days;
};

struct kube_manifest {
	struct kube_place place;
	const char *kind; /* "Deployment" */
	const char *body; /* JSON */
	size_t len;
};
struct kube_manifest_list {
	struct kube_manifest *v; /* in the order of the file */
	size_t n;
	bool has_history; /* ${HISTORY_DAYS} stands in it */
};

/*
 * The file, parsed. ERR_NOT_FOUND: it cannot be read; ERR_INVALID: it is no JSON, or too large. A
 * sentence without a line end is appended to `problem`.
 */
enum err kube_manifest_read(
    const struct json **root, struct arena *, const char *file, struct strbuf *problem);

/*
 * All objects for one bouncer. ERR_INVALID, with a sentence as above: an unknown placeholder, a
 * kind that is not known here, an object without a name, one whose name does not hold that of the
 * bouncer (two bouncers would then change the same object), one in another namespace, or not
 * exactly one Deployment, called like the bouncer and with the labels app=soju and bouncer=NAME.
 */
enum err kube_manifest_fill(struct kube_manifest_list *, struct arena *, const struct json *root,
    const struct kube_manifest_values *, struct strbuf *problem);

/* The file that is in use: BOUNCER_MANIFESTS, or that of PORTAL_HOME. In the arena. */
const char *kube_manifest_file(struct arena *);
/*
 * Whether the file does, for two bouncers that nobody has. A sentence with a line end is appended
 * if not: for the start, and for doctor.
 */
enum err kube_manifest_check(const char *file, struct strbuf *problems);
/*
 * How many days history is kept where a plan says `days`: that many, or -1 (as its soju has it) if
 * the file that was checked last has no ${HISTORY_DAYS}, so that no soju is told. Pages promise no
 * more.
 */
int64_t kube_manifest_history_days(int64_t days);

#endif
