/*
 * A deployment is kept as the JSON object that control sends; kube_object.c turns it into what the
 * API shows. Every namespace has the same deployments.
 */
#include "kube.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "embedded.h"
#include "kube_object.h"
#include "kube_select.h"
#include "sim_settings.h"

#define NAME_MAX_LEN 63

static json_t *deployments; /* object: name to deployment */
static json_t *leaving;	    /* likewise, of those that were deleted and whose pods still stop */
static json_t *token;	    /* NULL: the one from the environment */
static json_t *cluster;	    /* how it treats what is applied; see README.md */
static int64_t epoch;	    /* tokens of lists are of one */

static const char *const times[] = { "created", "started", "finished" };

/* RFC 1123 label, as Kubernetes wants names. */
static bool
is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = name != NULL ? strlen(name) : 0;

	return len >= 1 && len <= NAME_MAX_LEN && strspn(name, allowed) == len && name[0] != '-' &&
	       name[len - 1] != '-';
}

static json_t *
time_text(int64_t at)
{
	char text[32];
	time_t t = at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return json_string(text);
}

/* The time `name` of an order as text, from either spelling; NULL when it is not given. */
static json_t *
time_in(const json_t *order, const char *name)
{
	char at_name[32], ago_name[32];
	const json_t *at, *ago;

	snprintf(at_name, sizeof(at_name), "%s_at", name);
	snprintf(ago_name, sizeof(ago_name), "%s_ago_s", name);
	at = json_object_get(order, at_name);
	ago = json_object_get(order, ago_name);
	if (json_is_string(at))
		return json_string(json_string_value(at));
	if (json_is_integer(at))
		return time_text(json_integer_value(at));
	return json_is_integer(ago) ? time_text(time(NULL) - json_integer_value(ago)) : NULL;
}

static json_t *
new_deployment(const char *name)
{
	time_t now = time(NULL);

	return json_pack("{s:s, s:s, s:i, s:s, s:i, s:o, s:o, s:o}", "name", name, "phase",
	    "running", "restarts", 0, "reason", "Error", "exit_code", 1, "created",
	    time_text(now - 30 * 86400), "started", time_text(now - 3 * 86400), "finished",
	    time_text(now - 3 * 86400 - 5));
}

static void
take_times(json_t *deployment, const json_t *order)
{
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		json_t *t = time_in(order, times[i]);

		if (t != NULL)
			json_object_set_new(deployment, times[i], t);
	}
}

static void
take(const char *name, const json_t *order)
{
	static const char *const plain[] = { "phase", "restarts", "reason", "exit_code" };
	json_t *d = json_object_get(deployments, name);

	if (d == NULL) {
		d = new_deployment(name);
		json_object_set_new(deployments, name, d);
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (json_object_get(order, plain[i]) != NULL)
			json_object_set(d, plain[i], json_object_get(order, plain[i]));
	if (json_object_get(order, "phase") != NULL)
		json_object_del(d, "ready_at_ms");
	take_times(d, order);
}

static bool
is_known(const char *member, const char *known)
{
	char word[40];

	snprintf(word, sizeof(word), " %s ", member);
	return strstr(known, word) != NULL;
}

static bool
has_only(json_t *order, const char *known)
{
	for (void *i = json_object_iter(order); i != NULL; i = json_object_iter_next(order, i))
		if (!is_known(json_object_iter_key(i), known))
			return false;
	return true;
}

static const char *
problem_of(json_t *order)
{
	static const char known[] = " deployment phase restarts reason exit_code created_at"
				    " created_ago_s started_at started_ago_s finished_at"
				    " finished_ago_s ";
	const json_t *phase = json_object_get(order, "phase");
	const json_t *restarts = json_object_get(order, "restarts");

	if (!has_only(order, known))
		return "A member is not known; README.md lists them.";
	if (!is_name(json_string_value(json_object_get(order, "deployment"))))
		return "deployment is a name of a-z, 0-9 and -.";
	if (phase != NULL && !kube_object_has_phase(json_string_value(phase)))
		return "phase is one of those that GET /control lists.";
	if (restarts != NULL && (!json_is_integer(restarts) || json_integer_value(restarts) < 0))
		return "restarts is a number from 0.";
	return NULL;
}

static const char *
set_cluster(json_t *order)
{
	const char *phase = json_string_value(json_object_get(order, "new"));

	if (!has_only(order, " new after_ms gone_after_ms refuse "))
		return "A member of cluster is not known; README.md lists them.";
	if (json_object_get(order, "new") != NULL && !kube_object_has_phase(phase))
		return "new is one of the phases that GET /control lists.";
	json_object_update(cluster, order);
	return NULL;
}

static const char *
seed(const json_t *order)
{
	json_int_t n = json_integer_value(json_object_get(order, "seed"));
	const char *prefix = json_string_value(json_object_get(order, "prefix"));
	char name[NAME_MAX_LEN + 1];

	if (n < 1 || n > 100000)
		return "seed is a number from 1 to 100000.";
	for (json_int_t i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "%.40s%05lld", prefix != NULL ? prefix : "b-",
		    (long long)i);
		json_object_set_new(deployments, name, new_deployment(name));
	}
	return NULL;
}

/* One of the orders that are not about one deployment; false: it is none of them. */
static bool
set_whole(json_t *order, const char **why)
{
	json_t *value;

	if ((value = json_object_get(order, "cluster")) != NULL) {
		*why = set_cluster(value);
	} else if (json_object_get(order, "seed") != NULL) {
		*why = seed(order);
	} else if (json_is_true(json_object_get(order, "expire"))) {
		epoch++;
	} else if (json_is_string(value = json_object_get(order, "token")) &&
		   json_object_size(order) == 1) {
		json_decref(token);
		token = json_copy(value);
	} else {
		return false;
	}
	return true;
}

enum err
kube_set(json_t *order, const char **why)
{
	*why = NULL;
	if (set_whole(order, why))
		return *why == NULL ? ERR_OK : ERR_INVALID;
	if ((*why = problem_of(order)) != NULL)
		return ERR_INVALID;
	take(json_string_value(json_object_get(order, "deployment")), order);
	return ERR_OK;
}

enum err
kube_start(void)
{
	json_t *demo = json_loads(embedded_deployments, 0, NULL);
	enum err e = demo != NULL ? ERR_OK : ERR_INVALID;
	const char *why;

	json_decref(deployments);
	deployments = json_object();
	json_decref(leaving);
	leaving = json_object();
	json_decref(cluster);
	cluster = json_pack("{s:s, s:i, s:i, s:{}}", "new", "running", "after_ms", 500,
	    "gone_after_ms", 500, "refuse");
	kube_store_reset();
	for (size_t i = 0; i < json_array_size(demo) && e == ERR_OK; i++)
		e = kube_set(json_array_get(demo, i), &why);
	json_decref(demo);
	return e;
}

void
kube_reset(void)
{
	json_decref(token);
	token = NULL;
	(void)kube_start(); /* it went well at the start */
}

json_t *
kube_state(void)
{
	return json_deep_copy(deployments);
}

const char *
kube_token(void)
{
	return token != NULL ? json_string_value(token) : sim_settings.kube_token;
}

json_t *
kube_applied(void)
{
	return kube_store_all();
}

/* --- What has become of it by now --- */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int64_t
number_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static bool
is_stopped(const json_t *object)
{
	const json_t *replicas = json_object_get(json_object_get(object, "spec"), "replicas");

	return replicas != NULL && json_integer_value(replicas) == 0;
}

/* The deployment in the phase that it is in at this moment; to release. */
static json_t *
view_of(json_t *d)
{
	const char *name = json_string_value(json_object_get(d, "name"));
	const json_t *object = kube_store_find("deployments", name);
	json_t *view = json_copy(d);

	if (object != NULL && is_stopped(object))
		json_object_set_new(view, "phase", json_string("stopped"));
	else if (number_of(d, "ready_at_ms") > now_ms())
		json_object_set_new(view, "phase", json_string("starting"));
	return view;
}

/* What was applied, with the status that the phase makes. */
static json_t *
applied_deployment(const json_t *d, json_t *shown, const json_t *object)
{
	json_t *o = json_deep_copy(object), *status = json_object_get(shown, "status");
	json_int_t generation = number_of(json_object_get(object, "metadata"), "generation");

	if (number_of(d, "seen_at_ms") > now_ms())
		generation--;
	if (generation > 0)
		json_object_set_new(status, "observedGeneration", json_integer(generation));
	else
		json_object_clear(status);
	json_object_set(o, "status", status);
	json_decref(shown);
	return o;
}

json_t *
kube_deployment(const char *ns, const char *name)
{
	json_t *d = json_object_get(deployments, name), *view, *shown;
	const json_t *object = kube_store_find("deployments", name);

	if (d == NULL)
		return NULL;
	view = view_of(d);
	shown = kube_object_deployment(view, ns);
	json_decref(view);
	if (shown == NULL || object == NULL)
		return shown;
	return applied_deployment(d, shown, object);
}

/* --- Applying and deleting --- */

static int
refusal_of(const char *plural)
{
	return (int)number_of(json_object_get(cluster, "refuse"), plural);
}

/* One that was made by an order becomes an object that can be applied to. */
static void
keep_ordered(const struct kube_apply *a)
{
	json_t *o;

	if (strcmp(a->plural, "deployments") != 0 || kube_store_find(a->plural, a->name) != NULL ||
	    (o = kube_deployment(a->ns, a->name)) == NULL)
		return;
	json_object_del(o, "status");
	json_object_set_new(json_object_get(o, "metadata"), "managedFields", json_array());
	kube_store_put(a->plural, a->name, o);
}

/* New pods after a change, as Recreate makes them. */
static void
roll_out(const char *name, bool is_new)
{
	int64_t after_ms = number_of(cluster, "after_ms");
	json_t *d = json_object_get(deployments, name);

	if (d == NULL) {
		d = new_deployment(name);
		json_object_set_new(deployments, name, d);
	}
	if (is_new) {
		json_object_set(d, "phase", json_object_get(cluster, "new"));
		json_object_set_new(d, "created", time_text(time(NULL)));
	}
	json_object_set_new(d, "started", time_text(time(NULL) + after_ms / 1000));
	json_object_set_new(d, "seen_at_ms", json_integer(now_ms() + after_ms / 4));
	json_object_set_new(d, "ready_at_ms", json_integer(now_ms() + after_ms));
}

static json_int_t
generation_of(const char *plural, const char *name)
{
	return number_of(json_object_get(kube_store_find(plural, name), "metadata"), "generation");
}

struct kube_verdict
kube_apply(const struct kube_apply *a, json_t *body, json_t **object)
{
	int refused = refusal_of(a->plural);
	struct kube_verdict v = { refused, "Refused", NULL, NULL };
	json_int_t before;

	*object = NULL;
	if (refused != 0) {
		v.message = json_string("a test wants it so");
		return v;
	}
	keep_ordered(a);
	before = generation_of(a->plural, a->name);
	v = kube_store_apply(a, body, object);
	if (*object != NULL && !a->is_trial && strcmp(a->plural, "deployments") == 0 &&
	    generation_of(a->plural, a->name) != before)
		roll_out(a->name, v.code == 201);
	return v;
}

static void
leave(const char *name)
{
	json_t *d = json_object_get(deployments, name);

	json_object_set_new(d, "phase", json_string("-leaving"));
	json_object_set_new(d, "finished", time_text(time(NULL) + 30));
	json_object_set_new(
	    d, "gone_at_ms", json_integer(now_ms() + number_of(cluster, "gone_after_ms")));
	json_object_set(leaving, name, d);
	json_object_del(deployments, name);
}

int
kube_delete(const char *plural, const char *name, bool is_trial)
{
	bool is_deployment = strcmp(plural, "deployments") == 0;
	json_t *shown = is_deployment ? kube_deployment("", name) : NULL;
	bool is_there = shown != NULL || kube_store_find(plural, name) != NULL;

	json_decref(shown);
	if (refusal_of(plural) != 0)
		return refusal_of(plural);
	if (!is_there)
		return 404;
	if (is_trial)
		return 200;
	if (is_deployment)
		leave(name);
	kube_store_drop(plural, name);
	return 200;
}

/* --- Lists --- */

/* How a page is filled: what comes before it is only counted. */
struct filling {
	struct kube_page *page;
	size_t from, n; /* objects that match, so far */
};

static bool
is_wanted(struct filling *f)
{
	const struct kube_page *p = f->page;

	if (f->n++ < f->from)
		return false;
	if (p->limit == 0 || json_array_size(p->items) < p->limit)
		return true;
	f->page->left++;
	return false;
}

static enum err
read_from(struct filling *f, const char *token_text)
{
	long long of_epoch, n;

	if (token_text == NULL)
		return ERR_OK;
	if (sscanf(token_text, "%lld.%lld", &of_epoch, &n) != 2 || of_epoch != epoch || n < 0)
		return ERR_NOT_FOUND;
	f->from = (size_t)n;
	return ERR_OK;
}

/* The object's own, or those that all have. To release. */
static json_t *
labels_of(const json_t *d, bool is_pod)
{
	const char *name = json_string_value(json_object_get(d, "name"));
	const json_t *o = is_pod ? NULL : kube_store_find("deployments", name);
	json_t *labels = json_object_get(json_object_get(o, "metadata"), "labels");

	return labels != NULL ? json_incref(labels) : kube_object_labels(name);
}

static enum err
add_deployment(struct filling *f, json_t *d)
{
	const char *name = json_string_value(json_object_get(d, "name"));
	json_t *o;

	if (strcmp(json_string_value(json_object_get(d, "phase")), "missing") == 0 || !is_wanted(f))
		return ERR_OK;
	o = kube_deployment(f->page->ns, name);
	json_object_del(o, "kind"); /* as in every list */
	json_object_del(o, "apiVersion");
	json_array_append_new(f->page->items, o);
	return ERR_OK;
}

/* Selectors may ask for the hash, which only the pod has. */
static enum err
add_pods(struct filling *f, json_t *d)
{
	json_t *view = view_of(d), *pods = json_array(), *pod;
	enum err e = ERR_OK;
	bool matches;
	size_t i;

	kube_object_add_pods(view, f->page->ns, pods);
	json_array_foreach(pods, i, pod)
	{
		e = kube_select(f->page->selector,
		    json_object_get(json_object_get(pod, "metadata"), "labels"), &matches);
		if (e != ERR_OK)
			break;
		if (matches && is_wanted(f))
			json_array_append(f->page->items, pod);
	}
	json_decref(pods);
	json_decref(view);
	return e;
}

/* Of thousands few are looked at closely. */
static enum err
add_one(struct filling *f, json_t *d)
{
	bool is_pods = f->page->is_pods, matches = true;
	json_t *labels;
	enum err e = ERR_OK;

	if (!is_pods || strstr(f->page->selector, "pod-template-hash") == NULL) {
		labels = labels_of(d, is_pods);
		e = kube_select(f->page->selector, labels, &matches);
		json_decref(labels);
	}
	if (e != ERR_OK || !matches)
		return e;
	return is_pods ? add_pods(f, d) : add_deployment(f, d);
}

static enum err
add_all(struct filling *f, json_t *all)
{
	void *i = json_object_iter(all);
	enum err e = ERR_OK;

	for (; i != NULL && e == ERR_OK; i = json_object_iter_next(all, i))
		e = add_one(f, json_object_iter_value(i));
	return e;
}

static void
drop_gone(void)
{
	const char *name;
	json_t *d;
	void *next;

	json_object_foreach_safe(leaving, next, name, d) if (number_of(d, "gone_at_ms") <= now_ms())
	    json_object_del(leaving, name);
}

enum err
kube_list(struct kube_page *p)
{
	struct filling f = { .page = p };
	enum err e;

	p->items = json_array();
	p->next = NULL;
	p->left = 0;
	drop_gone();
	e = read_from(&f, p->from);
	if (e == ERR_OK)
		e = add_all(&f, deployments);
	if (e == ERR_OK && p->is_pods)
		e = add_all(&f, leaving);
	if (e == ERR_OK && p->left > 0)
		p->next =
		    json_sprintf("%lld.%zu", (long long)epoch, f.from + json_array_size(p->items));
	return e;
}
