#include "app/doctor_door.h"

#include <string.h>

#include "base/settings.h"
#include "bouncer/bouncer_store.h"
#include "bouncer/provisioner.h"
#include "clients/call_sync.h"
#include "clients/soju_door.h"
#include "clients/soju_metrics.h"
#include "db/db_query.h"
#include "source/source.h"

#define TIMEOUT_MS 3000
/* In place of a name, where there is no bouncer and the address has no place for one. */
#define NOBODY "portal-doctor"

static const char door[] = "soju admin", metrics[] = "soju metrics";

/* ---- Judging ---- */

static const char *
mending(enum err e)
{
	switch (e) {
	case ERR_FORBIDDEN:
		return "for a socket, let the portal's user open it (its folder, too); over IRC, "
		       "soju "
		       "needs the admin portal_admin with the password that SOJU_ADMIN_KEY gives";
	case ERR_TIMEOUT:
		return "look whether soju runs, and whether a firewall drops what is sent to it";
	case ERR_INVALID:
		return "correct SOJU_ADMIN_SOCKET or SOJU_ADMIN_URL; the latter needs "
		       "SOJU_ADMIN_KEY";
	default:
		return "look whether soju runs and has `listen unix+admin://` where "
		       "SOJU_ADMIN_SOCKET says, or listens where SOJU_ADMIN_URL says; SOJU_CA_FILE "
		       "must hold the authority of its certificate";
	}
}

void
doctor_door_visit(struct doctor_report *r, const struct doctor_visit *v)
{
	if (v->err != ERR_OK)
		doctor_report_wrong(
		    r, door, mending(v->err), "%s", v->why != NULL ? v->why : err_word(v->err));
	else if (v->refusal != NULL)
		doctor_report_wrong(r, door,
		    "make the user an admin of soju: user update portal_admin -admin true",
		    "it does not obey: %s", v->refusal);
	else if (!v->knows_max_networks)
		doctor_report_ok(r, door,
		    "takes our commands, but is older than 0.9: it keeps no limit of networks");
	else
		doctor_report_ok(r, door, "takes our commands");
}

void
doctor_door_metrics(struct doctor_report *r, const struct call_reply *reply)
{
	if (reply->result != CALL_OK)
		doctor_report_wrong(r, metrics,
		    "correct SOJU_METRICS_URL, and let soju listen there: `listen "
		    "http+insecure+prometheus://` (soju 0.10 and later), or `listen "
		    "http+prometheus://localhost:…`, which only its own machine reaches",
		    "%s", call_result_phrase(reply->result));
	else if (reply->status != 200 || strstr(reply->body, "soju_users_active") == NULL)
		doctor_report_wrong(r, metrics,
		    "SOJU_METRICS_URL must lead to soju's own /metrics, without signing in",
		    "something else answers there, with status %ld", reply->status);
	else
		doctor_report_ok(r, metrics, "can be read");
}

/* ---- Asking ---- */

/* False: there is no bouncer of this kind, or the database does not say. */
static bool
find_oldest(struct bouncer *b, struct arena *a, struct db_sync *accounts)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	bool is_found;

	if (accounts == NULL)
		return false;
	bouncer_store_oldest(&q, settings.bouncer_provisioner);
	is_found = db_sync_run(accounts, &q, &res) == ERR_OK &&
		   bouncer_store_find_read(b, a, res) == ERR_OK;
	PQclear(res);
	return is_found;
}

/* Whether an address is the same for all bouncers. */
static bool
is_shared(const char *address)
{
	return *address != '\0' && !source_is_of_each(address);
}

static bool
says(const struct soju_reply *reply, const char *words)
{
	return reply->n > 0 && strstr(reply->lines[0], words) != NULL;
}

/* Neither command changes anything. */
static void
visit(struct doctor_visit *v, struct arena *a, struct soju_door *d)
{
	static const char *const status[] = { "server", "status", NULL };
	static const char *const help[] = { "help", "user", "create", NULL };
	struct soju_reply reply = { 0 };

	v->err = soju_door_run(d, a, status, &reply);
	v->refusal = reply.refusal;
	if (v->err == ERR_OK)
		v->err = soju_door_run(d, a, help, &reply);
	v->knows_max_networks = v->err == ERR_OK && says(&reply, "-max-networks");
	soju_door_close(d);
}

static void
look_at_door(
    struct doctor_report *r, struct arena *a, const struct provisioner *p, const struct bouncer *b)
{
	struct doctor_visit v = { .err = ERR_OK };
	struct soju_door *d = provisioner_open_door(p, b, a, TIMEOUT_MS, &v.err, &v.why);

	if (d != NULL)
		visit(&v, a, d);
	else if (v.why == NULL)
		v.why = "there is no way to it";
	doctor_door_visit(r, &v);
}

static void
look_at_metrics(struct doctor_report *r, struct arena *a, const struct bouncer *b)
{
	struct call_request req;
	struct call_reply reply;

	if (*settings.soju_metrics_url == '\0') {
		doctor_report_unset(r, metrics,
		    "SOJU_METRICS_URL is empty; how many clients are connected, and how many "
		    "messages were relayed, stays unknown");
		return;
	}
	if (b->id == 0 && !is_shared(settings.soju_metrics_url)) {
		doctor_report_unset(r, metrics, "there is no bouncer yet to be looked at");
		return;
	}
	if (soju_metrics_request(&req, a, settings.soju_metrics_url, b->name, TIMEOUT_MS) !=
	    ERR_OK) {
		doctor_report_wrong(
		    r, metrics, "correct SOJU_METRICS_URL", "it gives no address for a bouncer");
		return;
	}
	call_sync_run(&req, a, &reply);
	doctor_door_metrics(r, &reply);
}

void
doctor_door(struct doctor_report *r, struct arena *a, struct db_sync *accounts)
{
	const struct provisioner *p = provisioner_of(settings.bouncer_provisioner);
	struct bouncer b = { .name = NOBODY, .soju_username = NOBODY };
	const char *address = *settings.soju_admin_socket != '\0' ? settings.soju_admin_socket
								  : settings.soju_admin_url;

	if (p == NULL) {
		doctor_report_unset(r, door,
		    "BOUNCER_PROVISIONER is none; people cannot make bouncers by themselves");
		return;
	}
	if (!find_oldest(&b, a, accounts) && !is_shared(address)) {
		doctor_report_unset(r, door, "there is no bouncer yet to be looked at");
		return;
	}
	look_at_door(r, a, p, &b);
	look_at_metrics(r, a, &b);
}
