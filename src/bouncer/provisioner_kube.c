/*
 * A bouncer as its own soju in Kubernetes: a database, then what BOUNCER_MANIFESTS says, then the
 * user in it. The names in the cluster are the bouncer's, so a second attempt meets what the first
 * one made.
 */
#include "bouncer/provisioner.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/strbuf.h"
#include "bouncer/bouncer_database.h"
#include "bouncer/kube_manifest.h"
#include "bouncer/soju_ops.h"
#include "bouncer/soju_secret.h"
#include "clients/call_sync.h"
#include "clients/kube_write.h"
#include "metrics/metrics_call.h"
#include "source/source.h"

#define LEAST_MS 100 /* a step that used up its time still asks, for so long */

/* ---- One step ---- */

struct kube_run {
	struct provision_run *run;
	struct kube_api api;
	int64_t until_us;
	struct kube_refusal refusal; /* of the last request */
	struct call_reply reply;
};

static void
begin(struct kube_run *k, struct provision_run *run)
{
	const char *ca_file = settings.kubernetes_ca_file;

	*k = (struct kube_run){ .run = run,
		.api = { .url = settings.kubernetes_api_url,
		    .namespace = settings.kubernetes_namespace,
		    .token = "",
		    .ca_file = *ca_file != '\0' ? ca_file : NULL },
		.until_us = clock_monotonic_us() + (int64_t)run->timeout_ms * 1000 };
	run->retry_after_s = 0;
}

static int
time_left(const struct kube_run *k)
{
	int64_t left_ms = (k->until_us - clock_monotonic_us()) / 1000;

	return left_ms > LEAST_MS ? (int)left_ms : LEAST_MS;
}

static enum provision
tell(struct provision_run *run, enum provision p, const char *failure, const char *cause)
{
	run->failure = failure;
	run->cause = cause;
	return p;
}

/* For its owner; the cause is for whoever can do something about it. */
static enum provision
tell_api(struct kube_run *k, enum err e)
{
	struct provision_run *run = k->run;
	const char *cause = k->refusal.cause != NULL ? k->refusal.cause : err_word(e);

	run->retry_after_s = k->refusal.retry_after_s;
	switch (e) {
	case ERR_UNAUTHORIZED:
		return tell(run, PROVISION_FAILED, "The cluster does not let us in.", cause);
	case ERR_FORBIDDEN:
		return tell(run, PROVISION_REFUSED, "The cluster does not allow it.", cause);
	case ERR_INVALID:
		return tell(run, PROVISION_REFUSED,
		    "The cluster does not accept how bouncers are set up here.", cause);
	case ERR_NOT_FOUND:
		return tell(run, PROVISION_REFUSED,
		    "The place for bouncers in the cluster is not there.", cause);
	case ERR_CONFLICT:
		return tell(run, PROVISION_FAILED,
		    "Something else in the cluster changed it at the same moment.", cause);
	case ERR_TOO_MANY:
		return tell(
		    run, PROVISION_FAILED, "The cluster has too much to do at the moment.", cause);
	default:
		return tell(run, PROVISION_FAILED, "The cluster does not answer.", cause);
	}
}

/* ---- Asking the API ---- */

/* The kubelet replaces the token while we run, so it is read for each request. */
static enum err
read_token(struct kube_run *k)
{
	if (*settings.kubernetes_token_file == '\0')
		return ERR_OK;
	if (kube_api_read_token(&k->api.token, k->run->arena, settings.kubernetes_token_file) ==
	    ERR_OK)
		return ERR_OK;
	k->refusal = (struct kube_refusal){ .cause = "the token cannot be read" };
	return ERR_UNAUTHORIZED;
}

/* Makes a request with the token as it is now; `what` is the caller's. */
typedef enum err ask_fn(struct call_request *, struct kube_run *, const void *what);

static enum err
ask_once(struct kube_run *k, ask_fn *ask, const void *what)
{
	struct call_notes notes = { 0 };
	struct call_request req;
	enum err e = read_token(k);

	if (e == ERR_OK)
		e = ask(&req, k, what);
	if (e != ERR_OK)
		return e;
	req.notes = &notes;
	call_sync_run(&req, k->run->arena, &k->reply);
	e = kube_write_reply(&k->refusal, k->run->arena, &k->reply);
	k->refusal.retry_after_s = notes.retry_after_s;
	metrics_call(source_words[SOURCE_KUBE], e == ERR_NOT_FOUND ? ERR_OK : e, &k->reply);
	return e;
}

/* A token that was replaced a moment ago is read once more. */
static enum err
ask_api(struct kube_run *k, ask_fn *ask, const void *what)
{
	enum err e;

	k->api.timeout_ms = time_left(k);
	e = ask_once(k, ask, what);
	if (e != ERR_UNAUTHORIZED)
		return e;
	k->api.timeout_ms = time_left(k);
	return ask_once(k, ask, what);
}

static enum err
deployment_request(struct call_request *req, struct kube_run *k, const void *name)
{
	return kube_api_deployment_request(req, k->run->arena, &k->api, name);
}

static enum err
pods_request(struct call_request *req, struct kube_run *k, const void *deployment)
{
	kube_api_pods_request(req, k->run->arena, &k->api, deployment);
	return ERR_OK;
}

static enum err
apply_request(struct call_request *req, struct kube_run *k, const void *manifest)
{
	const struct kube_manifest *m = manifest;

	return kube_write_apply_request(req, k->run->arena, &k->api, &m->place, m->body, m->len);
}

static enum err
delete_request(struct call_request *req, struct kube_run *k, const void *manifest)
{
	const struct kube_manifest *m = manifest;

	return kube_write_delete_request(req, k->run->arena, &k->api, &m->place);
}

static enum err
ask_rollout(struct kube_run *k, struct kube_rollout *r)
{
	enum err e = ask_api(k, deployment_request, k->run->bouncer->name);

	if (e != ERR_OK)
		return e;
	return kube_write_rollout_reply(r, &k->refusal, k->run->arena, &k->reply);
}

static bool
is_label(const char *has, const char *wanted)
{
	return has != NULL && strcmp(has, wanted) == 0;
}

/*
 * Whose that is which the cluster has under this name: nobody's or the bouncer's, or else an
 * operator's own deployment, which is never changed by us; also one that looks like a bouncer, as
 * those do that are made by hand. It speaks for all that belongs to the bouncer: the portal may not
 * read secrets.
 */
static enum provision
find_owner(struct kube_run *k, bool *is_foreign)
{
	struct kube_rollout r;
	enum err e = ask_rollout(k, &r);

	*is_foreign = false;
	if (e == ERR_NOT_FOUND)
		return PROVISION_DONE;
	if (e != ERR_OK)
		return tell_api(k, e);
	*is_foreign = !is_label(r.manager, KUBE_FIELD_MANAGER) || !is_label(r.app, "soju") ||
		      !is_label(r.bouncer, k->run->bouncer->name);
	return PROVISION_DONE;
}

static enum provision
check_owner(struct kube_run *k)
{
	bool is_foreign;
	enum provision p = find_owner(k, &is_foreign);

	if (p != PROVISION_DONE || !is_foreign)
		return p;
	return tell(k->run, PROVISION_REFUSED,
	    "Something else in the cluster has this name already. Take another one.",
	    "a deployment of that name was not made by us");
}

/* ---- Manifests ---- */

static enum provision
wrong_setup(struct provision_run *run, const char *cause)
{
	return tell(run, PROVISION_REFUSED, "Bouncers are not set up rightly here.", cause);
}

static struct bouncer_database
database_of(struct kube_run *k)
{
	return (struct bouncer_database){
		.arena = k->run->arena, .bouncer = k->run->bouncer->name, .timeout_ms = time_left(k)
	};
}

static enum provision
find_values(struct kube_run *k, struct kube_manifest_values *v)
{
	const struct bouncer *b = k->run->bouncer;
	struct arena *a = k->run->arena;
	struct bouncer_database database = database_of(k);

	*v = (struct kube_manifest_values){ .bouncer = b->name,
		.namespace = settings.kubernetes_namespace,
		.image = settings.bouncer_image,
		.host = source_of_bouncer(a, settings.bouncer_host, b->name),
		.admin_login = SOJU_ADMIN_LOGIN,
		.admin_password =
		    soju_secret(a, settings.soju_admin_key, SOJU_SECRET_ADMIN, b->name),
		.restarted_at = k->run->restarted_at,
		.replicas = k->run->is_enabled ? 1 : 0,
		.max_networks = b->max_networks,
		.history_days = b->history_days };
	if (v->admin_password == NULL)
		return wrong_setup(k->run, "SOJU_ADMIN_KEY is not set");
	if (bouncer_database_url(&v->database_url, &database) != ERR_OK)
		return wrong_setup(k->run, database.why);
	return PROVISION_DONE;
}

static enum provision
find_manifests(struct kube_run *k, struct kube_manifest_list *list)
{
	struct arena *a = k->run->arena;
	struct kube_manifest_values values;
	struct strbuf problem = { 0 };
	const struct json *root = NULL;
	enum provision p = find_values(k, &values);
	enum err e;

	if (p != PROVISION_DONE)
		return p;
	e = kube_manifest_read(&root, a, kube_manifest_file(a), &problem);
	if (e == ERR_OK)
		e = kube_manifest_fill(list, a, root, &values, &problem);
	if (e != ERR_OK)
		p = wrong_setup(k->run, arena_strdup(a, strbuf_text(&problem)));
	strbuf_free(&problem);
	return p;
}

/* ---- requested → database ---- */

static enum provision
tell_database(struct kube_run *k, const struct bouncer_database *b, enum err e)
{
	struct provision_run *run = k->run;

	switch (e) {
	case ERR_CONFLICT:
		return tell(run, PROVISION_REFUSED,
		    "There is a database of this name already. Take another name.", b->why);
	case ERR_INVALID:
		return wrong_setup(run, b->why);
	case ERR_FORBIDDEN:
		return tell(run, PROVISION_REFUSED,
		    "The database server does not allow a database to be made or taken away.",
		    b->why);
	default:
		return tell(run, PROVISION_FAILED, "The database server does not answer.", b->why);
	}
}

static enum provision
kube_make_database(struct provision_run *run)
{
	struct bouncer_database database;
	struct kube_run k;
	enum err e;

	begin(&k, run);
	database = database_of(&k);
	e = bouncer_database_make(&database);
	return e == ERR_OK ? PROVISION_DONE : tell_database(&k, &database, e);
}

/* ---- database → applied ---- */

static enum provision
kube_apply(struct provision_run *run)
{
	struct kube_manifest_list list = { 0 };
	struct kube_run k;
	enum provision p;
	enum err e;

	begin(&k, run);
	p = find_manifests(&k, &list);
	if (p == PROVISION_DONE)
		p = check_owner(&k);
	for (size_t i = 0; i < list.n && p == PROVISION_DONE; i++) {
		e = ask_api(&k, apply_request, &list.v[i]);
		if (e != ERR_OK)
			p = tell_api(&k, e);
	}
	return p;
}

/* ---- applied → ready ---- */

/* What the API calls them, and what it means to somebody who waits for a bouncer. */
static const struct {
	const char *reason, *sentence;
} reasons[] = {
	{ "CrashLoopBackOff", "It starts and stops again by itself." },
	{ "Error", "It starts and stops again by itself." },
	{ "OOMKilled", "It needs more memory than it may have." },
	{ "ImagePullBackOff", "The program for it cannot be fetched." },
	{ "ErrImagePull", "The program for it cannot be fetched." },
	{ "InvalidImageName", "The program for it cannot be fetched." },
	{ "Unschedulable", "The cluster has no room for it at the moment." },
	{ "CreateContainerConfigError", "Something that it needs is missing in the cluster." },
	{ "FailedCreate", "The cluster does not allow it to start." },
};

static enum provision
tell_reason(struct kube_run *k, const char *reason)
{
	const char *sentence = "It is still starting.";

	for (size_t i = 0; reason != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reason, reasons[i].reason) == 0)
			sentence = reasons[i].sentence;
	return tell(
	    k->run, PROVISION_WAIT, sentence, reason != NULL ? reason : "its pod is not ready");
}

/* Why no pod is ready, as far as the pods tell it. */
static enum provision
tell_pods(struct kube_run *k, const struct kube_rollout *r)
{
	const struct kube_deployment d = { r->wanted, r->selector, r->container, r->failure };
	struct kube_answer answer;
	enum err e;

	if (r->selector == NULL)
		return tell_reason(k, r->failure);
	e = ask_api(k, pods_request, &d);
	if (e != ERR_OK)
		return tell_api(k, e);
	if (kube_api_pods_reply(&answer, k->run->arena, &k->reply, &d) != ERR_OK)
		return tell_reason(k, r->failure);
	return tell_reason(k, answer.reason);
}

static enum provision
check_rollout(struct kube_run *k)
{
	struct provision_run *run = k->run;
	struct kube_rollout r;
	enum err e = ask_rollout(k, &r);

	if (e == ERR_NOT_FOUND)
		return tell(run, PROVISION_FAILED, "It is not in the cluster any more.",
		    "the deployment is gone");
	if (e != ERR_OK)
		return tell_api(k, e);
	switch (kube_write_stand(&r)) {
	case KUBE_STAND_UNSEEN:
		return tell(run, PROVISION_WAIT, "The cluster has not begun yet.",
		    "the last change was not observed yet");
	case KUBE_STAND_STOPPED:
	case KUBE_STAND_READY:
		return PROVISION_DONE;
	default:
		break;
	}
	if (run->is_enabled)
		return tell_pods(k, &r);
	return tell(run, PROVISION_WAIT, "It is still stopping.", "its pod is still there");
}

static enum provision
tell_door(struct kube_run *k, enum err e, const char *why)
{
	struct provision_run *run = k->run;

	if (e == ERR_INVALID && why == NULL)
		return wrong_setup(run, "neither SOJU_ADMIN_SOCKET nor SOJU_ADMIN_URL leads to it");
	return tell(run, PROVISION_WAIT, "It runs, and does not take our commands yet.",
	    why != NULL ? why : err_word(e));
}

static enum provision
check_user(struct kube_run *k)
{
	const struct bouncer *b = k->run->bouncer;
	struct soju_ops ops = { .arena = k->run->arena, .user = b->soju_username };
	const char *why = NULL;
	enum err e;

	ops.door =
	    provisioner_open_door(&provisioner_kube, b, k->run->arena, time_left(k), &e, &why);
	if (ops.door == NULL)
		return tell_door(k, e, why);
	e = soju_ops_make_user(&ops, b->max_networks);
	soju_door_close(ops.door);
	if (e == ERR_OK)
		return PROVISION_DONE;
	return tell_door(k, e, ops.why != NULL ? ops.why : err_word(e));
}

static enum provision
check_grants(struct kube_run *k)
{
	struct bouncer_database database = database_of(k);
	enum err e = bouncer_database_grant(&database);

	if (e == ERR_OK)
		return PROVISION_DONE;
	if (e == ERR_NOT_FOUND)
		return tell(
		    k->run, PROVISION_WAIT, "It is still making its database.", database.why);
	return tell_database(k, &database, e);
}

/* Switched off, nobody answers at its door, and nobody needs to. */
static enum provision
kube_check(struct provision_run *run)
{
	struct kube_run k;
	enum provision p;

	begin(&k, run);
	p = check_rollout(&k);
	if (p != PROVISION_DONE || !run->is_enabled)
		return p;
	p = check_user(&k);
	return p == PROVISION_DONE ? check_grants(&k) : p;
}

/* ---- removing → gone ---- */

/* The last first: the pod goes before what it needs. */
static enum provision
delete_objects(struct kube_run *k, const struct kube_manifest_list *list)
{
	enum err e = ERR_OK;

	for (size_t i = list->n; i-- > 0;) {
		e = ask_api(k, delete_request, &list->v[i]);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return tell_api(k, e);
	}
	return PROVISION_DONE;
}

/* A pod that still runs would make its tables anew in the database that is dropped. */
static enum provision
check_pods_gone(struct kube_run *k)
{
	const struct kube_deployment d = { .selector = arena_printf(k->run->arena,
					       "app=soju,bouncer=%s", k->run->bouncer->name) };
	size_t pods = 0;
	enum err e = ask_api(k, pods_request, &d);

	if (e == ERR_OK)
		e = kube_write_count_reply(&pods, &k->refusal, k->run->arena, &k->reply);
	if (e != ERR_OK)
		return tell_api(k, e);
	if (pods == 0)
		return PROVISION_DONE;
	return tell(k->run, PROVISION_WAIT, "It is still stopping.", "its pods are still there");
}

static enum provision
remove_objects(struct kube_run *k)
{
	struct kube_manifest_list list = { 0 };
	enum provision p = find_manifests(k, &list);

	if (p == PROVISION_DONE)
		p = delete_objects(k, &list);
	return p == PROVISION_DONE ? check_pods_gone(k) : p;
}

/*
 * Before its database is there nothing of a bouncer is applied, nor over somebody else's
 * deployment: what has its name then stays as it is. The database tells by itself whose it is.
 */
static enum provision
kube_remove(struct provision_run *run)
{
	struct bouncer_database database;
	bool is_foreign = run->is_untouched;
	enum provision p = PROVISION_DONE;
	struct kube_run k;
	enum err e;

	begin(&k, run);
	if (!run->is_untouched)
		p = find_owner(&k, &is_foreign);
	if (p == PROVISION_DONE && !is_foreign)
		p = remove_objects(&k);
	if (p != PROVISION_DONE)
		return p;
	database = database_of(&k);
	e = bouncer_database_drop(&database);
	return e == ERR_OK ? PROVISION_DONE : tell_database(&k, &database, e);
}

/* ---- Its door ---- */

/* Each soju has an admin of its own. */
static enum err
kube_door(struct soju_door_target *target, struct arena *a, const struct bouncer *b)
{
	return provisioner_door(target, a, b, b->name);
}

const struct provisioner provisioner_kube = {
	.word = "kubernetes",
	.make_database = kube_make_database,
	.apply = kube_apply,
	.check = kube_check,
	.remove = kube_remove,
	.door = kube_door,
};
