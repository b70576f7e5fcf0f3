/*
 * A deployment is kept as the JSON object that control sends; kube_object.c turns it into what the
 * API shows. Every namespace has the same deployments.
 */
#include "kube.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "embedded.h"
#include "kube_object.h"
#include "sim_settings.h"

#define NAME_MAX_LEN 63

static json_t *deployments; /* object: name to deployment */
static json_t *token;	    /* NULL: the one from the environment */

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
	take_times(d, order);
}

static bool
is_known(const char *member)
{
	static const char known[] = " token deployment phase restarts reason exit_code created_at"
				    " created_ago_s started_at started_ago_s finished_at"
				    " finished_ago_s ";
	char word[40];

	snprintf(word, sizeof(word), " %s ", member);
	return strstr(known, word) != NULL;
}

static const char *
problem_of(json_t *order)
{
	const json_t *phase = json_object_get(order, "phase");
	const json_t *restarts = json_object_get(order, "restarts");

	for (void *i = json_object_iter(order); i != NULL; i = json_object_iter_next(order, i))
		if (!is_known(json_object_iter_key(i)))
			return "A member is not known; README.md lists them.";
	if (!is_name(json_string_value(json_object_get(order, "deployment"))))
		return "deployment is a name of a-z, 0-9 and -.";
	if (phase != NULL && !kube_object_has_phase(json_string_value(phase)))
		return "phase is one of those that GET /control lists.";
	if (restarts != NULL && (!json_is_integer(restarts) || json_integer_value(restarts) < 0))
		return "restarts is a number from 0.";
	return NULL;
}

enum err
kube_set(json_t *order, const char **why)
{
	const json_t *new_token = json_object_get(order, "token");

	*why = NULL;
	if (json_is_string(new_token) && json_object_size(order) == 1) {
		json_decref(token);
		token = json_copy((json_t *)new_token);
		return ERR_OK;
	}
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
kube_deployment(const char *ns, const char *name)
{
	const json_t *d = json_object_get(deployments, name);

	return d != NULL ? kube_object_deployment(d, ns) : NULL;
}

json_t *
kube_pods(const char *ns)
{
	json_t *pods = json_array();
	void *i = json_object_iter(deployments);

	for (; i != NULL; i = json_object_iter_next(deployments, i))
		kube_object_add_pods(json_object_iter_value(i), ns, pods);
	return pods;
}
