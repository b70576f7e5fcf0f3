#include "app/doctor_kube.h"

#include <string.h>

#include "base/settings.h"
#include "base/strbuf.h"
#include "bouncer/bouncer_database.h"
#include "bouncer/kube_manifest.h"
#include "clients/call_sync.h"
#include "clients/kube_list.h"
#include "clients/kube_write.h"

/* Of nobody, as in doctor.c. */
#define NOBODY "portal-doctor"

struct look {
	struct doctor_report *report;
	struct arena *arena;
	const struct kube_api *api;
	struct strbuf denied; /* what the service account may not: "patch secrets, …" */
};

/* ---- What is applied ---- */

static bool
check_manifests(struct look *l, struct kube_manifest_list *list)
{
	const struct kube_manifest_values values = { .bouncer = NOBODY,
		.namespace = settings.kubernetes_namespace,
		.image = settings.bouncer_image,
		.host = "irc.example.org",
		.database_url = "postgresql:///",
		.admin_login = "login",
		.admin_password = "password",
		.max_networks = 5,
		.history_days = 30 };
	const char *file = kube_manifest_file(l->arena);
	struct strbuf problem = { 0 };
	const struct json *root;
	bool is_fine = kube_manifest_check(file, &problem) == ERR_OK;

	if (is_fine)
		is_fine = kube_manifest_read(&root, l->arena, file, &problem) == ERR_OK &&
			  kube_manifest_fill(list, l->arena, root, &values, &problem) == ERR_OK;
	if (is_fine)
		doctor_report_ok(l->report, "bouncers' manifests", "%s makes %zu objects for each",
		    file, list->n);
	else
		doctor_report_wrong(l->report, "bouncers' manifests",
		    "conf/kubernetes/README.md tells what the file holds", "%s",
		    strbuf_text(&problem));
	strbuf_free(&problem);
	return is_fine;
}

/* ---- What the cluster would say to it ---- */

static void
add_denied(struct look *l, const char *verb, const char *plural)
{
	strbuf_printf(&l->denied, "%s%s %s", l->denied.len > 0 ? ", " : "", verb, plural);
}

/* False: it makes no sense to go on. */
static bool
try(struct look *l, const struct call_request *req, const char *verb, const char *plural)
{
	struct doctor_answer a = { .what = arena_printf(l->arena, "Kubernetes %s", plural),
		.setting = "KUBERNETES_API_URL and KUBERNETES_CA_FILE",
		.denied = "let KUBERNETES_TOKEN_FILE hold the service account's token" };
	struct kube_refusal refusal;
	struct call_reply reply;

	call_sync_run(req, l->arena, &reply);
	a.reply = &reply;
	a.err = kube_write_reply(&refusal, l->arena, &reply);
	if (a.err == ERR_OK || (a.err == ERR_NOT_FOUND && strcmp(verb, "delete") == 0))
		return true;
	if (a.err == ERR_FORBIDDEN) {
		add_denied(l, verb, plural);
		return true;
	}
	if (a.err == ERR_INVALID || a.err == ERR_NOT_FOUND)
		doctor_report_wrong(l->report, a.what,
		    "mend BOUNCER_MANIFESTS, or make the namespace KUBERNETES_NAMESPACE",
		    "the cluster would not take them: %s", refusal.cause);
	else
		doctor_report_answer(l->report, &a, "");
	return false;
}

static bool
try_manifest(struct look *l, const struct kube_manifest *m)
{
	struct kube_place place = m->place;
	struct call_request req;

	place.is_trial = true;
	if (kube_write_apply_request(&req, l->arena, l->api, &place, m->body, m->len) != ERR_OK ||
	    !try(l, &req, "patch", place.plural))
		return false;
	if (kube_write_delete_request(&req, l->arena, l->api, &place) != ERR_OK)
		return false;
	return try(l, &req, "delete", place.plural);
}

static void
check_rights(struct look *l, const struct kube_manifest_list *list)
{
	struct call_request req;
	bool goes_on = true;

	for (size_t i = 0; i < list->n && goes_on; i++)
		goes_on = try_manifest(l, &list->v[i]);
	if (goes_on) {
		kube_list_request(&req, l->arena, l->api, NULL);
		goes_on = try(l, &req, "list", "deployments");
	}
	if (l->denied.len > 0)
		doctor_report_wrong(l->report, "Kubernetes rights",
		    "apply conf/kubernetes/rbac.yaml; and look whether a quota is used up",
		    "the service account may not: %s", strbuf_text(&l->denied));
	else if (goes_on)
		doctor_report_ok(
		    l->report, "Kubernetes rights", "bouncers can be made and taken away");
	strbuf_free(&l->denied);
}

/* ---- Databases ---- */

static void
check_databases(struct look *l)
{
	const char *why = NULL;
	enum err e = bouncer_database_check(l->arena, &why);

	if (e == ERR_OK)
		doctor_report_ok(l->report, "bouncers' databases", "can be made and dropped");
	else
		doctor_report_wrong(l->report, "bouncers' databases",
		    "let SOJU_DATABASE_ADMIN_URL name a role with CREATEDB, CREATEROLE and "
		    "pg_signal_backend on the server of SOJU_DATABASE_URL",
		    "%s", why != NULL ? why : err_word(e));
}

void
doctor_kube(struct doctor_report *r, struct arena *a, const struct kube_api *api)
{
	struct look l = { .report = r, .arena = a, .api = api };
	struct kube_manifest_list list;

	if (strcmp(settings.bouncer_provisioner, "kubernetes") != 0)
		return;
	if (check_manifests(&l, &list))
		check_rights(&l, &list);
	check_databases(&l);
}
