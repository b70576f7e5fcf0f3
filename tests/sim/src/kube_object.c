/*
 * Objects with the members of Kubernetes 1.30 that somebody may read. As in Go's JSON, a zero count
 * is left out of a status.
 */
#include "kube_object.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define IMAGE "codeberg.org/emersion/soju:v0.10.1"

enum pod_kind {
	POD_NONE,
	POD_RUNNING,
	POD_UNREADY,
	POD_CREATING,
	POD_CRASHLOOP,
	POD_IMAGEPULL,
	POD_UNSCHEDULABLE,
	POD_TERMINATING, /* still up, and told to go */
	POD_EVICTED
};

/* Two pods: the first is the older one; `has_new_set` if the second is of another ReplicaSet. */
static const struct phase {
	const char *word;
	enum pod_kind pods[2];
	bool has_new_set;
} phases[] = {
	{ "running", { POD_RUNNING }, false },
	{ "unready", { POD_UNREADY }, false },
	{ "starting", { POD_CREATING }, false },
	{ "pending", { POD_UNSCHEDULABLE }, false },
	{ "crashloop", { POD_CRASHLOOP }, false },
	{ "imagepull", { POD_IMAGEPULL }, false },
	{ "rollout", { POD_RUNNING, POD_CREATING }, true },
	{ "terminating", { POD_TERMINATING, POD_CREATING }, true },
	{ "evicted", { POD_EVICTED, POD_RUNNING }, false },
	{ "stopped", { POD_NONE }, false },
	{ "missing", { POD_NONE }, false },
	/* Not to be asked for: what is left of a deployment that was deleted. */
	{ "-leaving", { POD_TERMINATING }, false },
};

#define PHASES (sizeof(phases) / sizeof(phases[0]))

/* A pod about to be written. */
struct pod {
	const json_t *d;
	const char *deployment, *ns;
	enum pod_kind kind;
	char set[96], name[112];
};

static const char *
text_of(const json_t *d, const char *name)
{
	const char *text = json_string_value(json_object_get(d, name));

	return text != NULL ? text : "";
}

static json_int_t
number_of(const json_t *d, const char *name)
{
	return json_integer_value(json_object_get(d, name));
}

static const struct phase *
phase_by_word(const char *word)
{
	for (size_t i = 0; i < PHASES && word != NULL; i++)
		if (strcmp(word, phases[i].word) == 0)
			return &phases[i];
	return NULL;
}

bool
kube_object_has_phase(const char *word)
{
	return phase_by_word(word) != NULL && word[0] != '-';
}

json_t *
kube_object_phases(void)
{
	json_t *words = json_array();

	for (size_t i = 0; i < PHASES && phases[i].word[0] != '-'; i++)
		json_array_append_new(words, json_string(phases[i].word));
	return words;
}

/* The same object has the same uid at every look. */
static json_t *
uid_of(const char *kind, const char *name)
{
	unsigned char h[SHA256_DIGEST_LENGTH];
	char key[256];

	snprintf(key, sizeof(key), "%s/%s", kind, name);
	SHA256((const unsigned char *)key, strlen(key), h);
	return json_sprintf("%02x%02x%02x%02x-%02x%02x-4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x",
	    h[0], h[1], h[2], h[3], h[4], h[5], h[6] & 15, h[7], h[8] & 15, h[9], h[10], h[11],
	    h[12], h[13], h[14], h[15]);
}

static void
hash_of(const char *name, int revision, size_t len, char *out)
{
	static const char safe[] =
	    "bcdfghjklmnpqrstvwxz2456789"; /* of apimachinery's SafeEncodeString */
	unsigned char h[SHA256_DIGEST_LENGTH];
	char key[160];

	snprintf(key, sizeof(key), "%s/%d", name, revision);
	SHA256((const unsigned char *)key, strlen(key), h);
	for (size_t i = 0; i < len; i++)
		out[i] = safe[h[i] % (sizeof(safe) - 1)];
	out[len] = '\0';
}

json_t *
kube_object_labels(const char *deployment)
{
	return json_pack("{s:s, s:s}", "app", "soju", "bouncer", deployment);
}

static json_t *
condition(
    const char *type, bool is_true, const char *reason, const char *message, const char *since)
{
	json_t *c = json_pack("{s:s, s:s, s:s}", "type", type, "status", is_true ? "True" : "False",
	    "lastTransitionTime", since);

	if (reason != NULL)
		json_object_set_new(c, "reason", json_string(reason));
	if (message != NULL)
		json_object_set_new(c, "message", json_string(message));
	return c;
}

/* --- Deployment --- */

static bool
is_available(const struct phase *p)
{
	return p->pods[0] == POD_RUNNING || p->pods[0] == POD_TERMINATING ||
	       p->pods[1] == POD_RUNNING;
}

static void
set_count(json_t *status, const char *name, int n)
{
	if (n > 0)
		json_object_set_new(status, name, json_integer(n));
}

static json_t *
deployment_status(const json_t *d, const struct phase *p)
{
	int replicas = p->pods[0] == POD_NONE ? 0 : p->has_new_set ? 2 : 1;
	int available = is_available(p);
	const char *since = text_of(d, "started");
	json_t *status = json_pack("{s:i}", "observedGeneration", 1);

	set_count(status, "replicas", replicas);
	set_count(status, "updatedReplicas", replicas > 0);
	set_count(status, "readyReplicas", available);
	set_count(status, "availableReplicas", available);
	set_count(status, "unavailableReplicas", replicas - available);
	json_object_set_new(status, "conditions",
	    json_pack("[o, o]",
		condition("Available", available || replicas == 0,
		    available || replicas == 0 ? "MinimumReplicasAvailable"
					       : "MinimumReplicasUnavailable",
		    NULL, since),
		condition("Progressing", true,
		    p->has_new_set ? "ReplicaSetUpdated" : "NewReplicaSetAvailable", NULL, since)));
	return status;
}

static json_t *
containers(void)
{
	return json_pack("[{s:s, s:s, s:[{s:s, s:i, s:s}], s:s}]", "name", "soju", "image", IMAGE,
	    "ports", "name", "irc", "containerPort", 6667, "protocol", "TCP", "imagePullPolicy",
	    "IfNotPresent");
}

static json_t *
deployment_spec(const char *name, int replicas)
{
	return json_pack("{s:i, s:{s:o}, s:{s:{s:n, s:o}, s:{s:o, s:s, s:s}}, s:{s:s}, s:i, s:i}",
	    "replicas", replicas, "selector", "matchLabels", kube_object_labels(name), "template",
	    "metadata", "creationTimestamp", "labels", kube_object_labels(name), "spec",
	    "containers", containers(), "restartPolicy", "Always", "dnsPolicy", "ClusterFirst",
	    "strategy", "type", "Recreate", "revisionHistoryLimit", 10, "progressDeadlineSeconds",
	    600);
}

json_t *
kube_object_deployment(const json_t *d, const char *ns)
{
	const struct phase *p = phase_by_word(text_of(d, "phase"));
	const char *name = text_of(d, "name");
	json_t *metadata;

	if (strcmp(p->word, "missing") == 0)
		return NULL;
	metadata =
	    json_pack("{s:s, s:s, s:o, s:s, s:i, s:s, s:o, s:{s:s}}", "name", name, "namespace", ns,
		"uid", uid_of("Deployment", name), "resourceVersion", "100001", "generation", 1,
		"creationTimestamp", text_of(d, "created"), "labels", kube_object_labels(name),
		"annotations", "deployment.kubernetes.io/revision", p->has_new_set ? "2" : "1");
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", "Deployment", "apiVersion", "apps/v1",
	    "metadata", metadata, "spec", deployment_spec(name, p->pods[0] != POD_NONE), "status",
	    deployment_status(d, p));
}

/* --- Pod --- */

static bool
is_up(enum pod_kind kind)
{
	return kind == POD_RUNNING || kind == POD_UNREADY || kind == POD_TERMINATING;
}

static bool
is_ready(enum pod_kind kind)
{
	return kind == POD_RUNNING || kind == POD_TERMINATING;
}

/* A pod that never had a restart was made for its present run; another one is as old as the order.
 */
static const char *
pod_since(const struct pod *p)
{
	return text_of(p->d, number_of(p->d, "restarts") > 0 ? "created" : "started");
}

static json_t *
waiting(const char *reason, json_t *message)
{
	json_t *state = json_pack("{s:{s:s}}", "waiting", "reason", reason);

	if (message != NULL)
		json_object_set_new(json_object_get(state, "waiting"), "message", message);
	return state;
}

static json_t *
container_state(const struct pod *p)
{
	switch (p->kind) {
	case POD_CREATING:
		return waiting("ContainerCreating", NULL);
	case POD_CRASHLOOP:
		return waiting("CrashLoopBackOff",
		    json_sprintf("back-off 5m0s restarting failed container=soju pod=%s_%s",
			p->name, p->ns));
	case POD_IMAGEPULL:
		return waiting(
		    "ImagePullBackOff", json_sprintf("Back-off pulling image \"%s\"", IMAGE));
	default:
		return json_pack("{s:{s:s}}", "running", "startedAt", text_of(p->d, "started"));
	}
}

static json_t *
last_state(const struct pod *p)
{
	bool has_ended =
	    p->kind == POD_CRASHLOOP || (is_up(p->kind) && number_of(p->d, "restarts") > 0);

	if (!has_ended)
		return json_object();
	return json_pack("{s:{s:I, s:s, s:s, s:s, s:s}}", "terminated", "exitCode",
	    number_of(p->d, "exit_code"), "reason", text_of(p->d, "reason"), "startedAt",
	    text_of(p->d, p->kind == POD_CRASHLOOP ? "started" : "created"), "finishedAt",
	    text_of(p->d, "finished"), "containerID",
	    "containerd://5f70bf18a086007016e948b04aed3b82");
}

static json_t *
container_status(const struct pod *p)
{
	bool has_run = is_up(p->kind) || p->kind == POD_CRASHLOOP;

	return json_pack("{s:s, s:o, s:o, s:b, s:I, s:s, s:s, s:b}", "name", "soju", "state",
	    container_state(p), "lastState", last_state(p), "ready", is_ready(p->kind),
	    "restartCount", has_run ? number_of(p->d, "restarts") : (json_int_t)0, "image", IMAGE,
	    "imageID", has_run ? IMAGE "@sha256:0f1e2d3c" : "", "started", is_up(p->kind));
}

static json_t *
unscheduled_status(const struct pod *p)
{
	return json_pack("{s:s, s:[o], s:s}", "phase", "Pending", "conditions",
	    condition("PodScheduled", false, "Unschedulable",
		"0/3 nodes are available: 3 Insufficient memory.", pod_since(p)),
	    "qosClass", "Burstable");
}

static json_t *
evicted_status(const struct pod *p)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "phase", "Failed", "reason", "Evicted", "message",
	    "The node was low on resource: memory.", "startTime", pod_since(p));
}

static json_t *
pod_status(const struct pod *p)
{
	bool ready = is_ready(p->kind);
	bool has_begun = is_up(p->kind) || p->kind == POD_CRASHLOOP;
	const char *why = ready ? NULL : "ContainersNotReady";
	const char *message = ready ? NULL : "containers with unready status: [soju]";
	const char *since = text_of(p->d, "started");

	if (p->kind == POD_UNSCHEDULABLE)
		return unscheduled_status(p);
	if (p->kind == POD_EVICTED)
		return evicted_status(p);
	return json_pack("{s:s, s:[o, o, o, o], s:s, s:s, s:s, s:[o], s:s}", "phase",
	    has_begun ? "Running" : "Pending", "conditions",
	    condition("Initialized", true, NULL, NULL, pod_since(p)),
	    condition("Ready", ready, why, message, since),
	    condition("ContainersReady", ready, why, message, since),
	    condition("PodScheduled", true, NULL, NULL, pod_since(p)), "hostIP", "192.0.2.10",
	    "podIP", "198.51.100.7", "startTime", pod_since(p), "containerStatuses",
	    container_status(p), "qosClass", "Burstable");
}

static json_t *
pod_metadata(const struct pod *p)
{
	const char *hash = p->set + strlen(p->deployment) + 1;
	json_t *labels = kube_object_labels(p->deployment), *metadata;

	json_object_set_new(labels, "pod-template-hash", json_string(hash));
	metadata = json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:[{s:s, s:s, s:s, s:o, s:b, s:b}]}",
	    "name", p->name, "namespace", p->ns, "uid", uid_of("Pod", p->name), "resourceVersion",
	    "100002", "creationTimestamp", pod_since(p), "labels", labels, "ownerReferences",
	    "apiVersion", "apps/v1", "kind", "ReplicaSet", "name", p->set, "uid",
	    uid_of("ReplicaSet", p->set), "controller", 1, "blockOwnerDeletion", 1);
	json_object_set_new(metadata, "generateName", json_sprintf("%s-", p->set));
	if (p->kind != POD_TERMINATING)
		return metadata;
	json_object_set_new(metadata, "deletionTimestamp", json_string(text_of(p->d, "finished")));
	json_object_set_new(metadata, "deletionGracePeriodSeconds", json_integer(30));
	return metadata;
}

static json_t *
pod_object(const struct pod *p)
{
	json_t *spec = json_pack("{s:o, s:s, s:s}", "containers", containers(), "restartPolicy",
	    "Always", "serviceAccountName", "default");

	if (p->kind != POD_UNSCHEDULABLE)
		json_object_set_new(spec, "nodeName", json_string("node-1"));
	return json_pack(
	    "{s:o, s:o, s:o}", "metadata", pod_metadata(p), "spec", spec, "status", pod_status(p));
}

size_t
kube_object_count_pods(const json_t *d)
{
	const struct phase *phase = phase_by_word(text_of(d, "phase"));

	return (size_t)(phase->pods[0] != POD_NONE) + (size_t)(phase->pods[1] != POD_NONE);
}

void
kube_object_add_pods(const json_t *d, const char *ns, json_t *pods)
{
	const struct phase *phase = phase_by_word(text_of(d, "phase"));

	for (int i = 0; i < 2 && phase->pods[i] != POD_NONE; i++) {
		struct pod p = { .d = d, .ns = ns, .kind = phase->pods[i] };
		char hash[16], suffix[8];

		p.deployment = text_of(d, "name");
		hash_of(p.deployment, phase->has_new_set ? i : 0, 10, hash);
		snprintf(p.set, sizeof(p.set), "%s-%s", p.deployment, hash);
		hash_of(p.set, i, 5, suffix);
		snprintf(p.name, sizeof(p.name), "%s-%s", p.set, suffix);
		json_array_append_new(pods, pod_object(&p));
	}
}
