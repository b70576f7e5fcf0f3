/*
 * /control: what tests tell the simulator. It takes JSON only, said in the content type, so that no
 * page of another site can make a browser send it.
 */
#include "reply.h"

#include <kore/curl.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "base/xmalloc.h"
#include "fault.h"
#include "kube.h"
#include "kube_object.h"
#include "oidc_key.h"
#include "oidc_token.h"
#include "sim_settings.h"

int control_fault_update(struct http_request *);
int control_usage_update(struct http_request *);
int control_account_update(struct http_request *);
int control_kube_update(struct http_request *);
int control_token_update(struct http_request *);
int control_key_create(struct http_request *);
int control_logout_create(struct http_request *);
int control_reset_create(struct http_request *);

static bool
is_loopback(const struct connection *c)
{
	return c->family == AF_INET && ntohl(c->addr.ipv4.sin_addr.s_addr) >> 24 == 127;
}

static bool
is_json(struct http_request *req)
{
	static const char json[] = "application/json";
	const char *type = reply_request_header(req, "content-type");

	return type != NULL && strncasecmp(type, json, sizeof(json) - 1) == 0;
}

static json_t *
read_order(struct http_request *req)
{
	json_t *order = NULL;

	if (req->http_body == NULL || req->http_body_length == 0)
		return json_object();
	order = json_loadb(
	    (char *)req->http_body->data, req->http_body_length, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(order))
		return order;
	json_decref(order);
	return NULL;
}

/* True when the request may give an order; else it has been answered. */
static bool
may_order(struct http_request *req)
{
	if (!is_loopback(req->owner)) {
		(void)reply_problem(req, 403, "forbidden", "Only from this machine.");
		return false;
	}
	if (!reply_allows(req, HTTP_METHOD_POST))
		return false;
	if (is_json(req))
		return true;
	(void)reply_problem(req, 415, "unsupported_media_type", "Send application/json.");
	return false;
}

static int
obey(struct http_request *req, enum err (*take)(json_t *, const char **))
{
	const char *why = NULL;
	json_t *order;
	enum err e;

	if (!may_order(req))
		return KORE_RESULT_OK;
	if ((order = read_order(req)) == NULL)
		return reply_problem(req, 400, "bad_request", "The body is no JSON object.");
	e = take(order, &why);
	json_decref(order);
	if (e == ERR_INVALID)
		return reply_problem(req, 400, "bad_request", "%s", why);
	if (e != ERR_OK)
		return reply_problem(req, 500, "internal", "%s", why);
	return reply_json(req, 200, json_pack("{s:b}", "ok", 1));
}

static int
show_state(struct http_request *req)
{
	return reply_json(req, 200,
	    json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "targets", fault_state(), "deployments",
		kube_state(), "objects", kube_applied(), "phases", kube_object_phases(), "forge",
		oidc_token_forged(), "forgeries", oidc_token_forgeries()));
}

int
control_fault_update(struct http_request *req)
{
	if (req->method == HTTP_METHOD_GET && is_loopback(req->owner))
		return show_state(req);
	return obey(req, fault_set);
}

int
control_usage_update(struct http_request *req)
{
	return obey(req, account_set_usage);
}

int
control_account_update(struct http_request *req)
{
	return obey(req, account_set);
}

int
control_kube_update(struct http_request *req)
{
	return obey(req, kube_set);
}

int
control_token_update(struct http_request *req)
{
	return obey(req, oidc_token_forge);
}

static enum err
rotate(json_t *order, const char **why)
{
	*why = "OpenSSL made no key.";
	return oidc_key_rotate(!json_is_false(json_object_get(order, "keep_old")));
}

int
control_key_create(struct http_request *req)
{
	return obey(req, rotate);
}

/* ---- A logout token, sent as a provider does; the answer says what the portal answered. ---- */

struct delivery {
	struct kore_curl call;
	char *token;
};

static void
delivery_end(struct http_request *req)
{
	struct delivery *d = req->hdlr_extra;

	req->onfree = NULL;
	req->hdlr_extra = NULL;
	kore_curl_cleanup(&d->call);
	free(d->token);
	free(d);
}

/* The portal asks for our keys meanwhile, so nothing here may wait. */
static int
deliver(struct http_request *req, char *token)
{
	struct delivery *d = xcalloc(1, sizeof(*d));
	char *form = kore_malloc(strlen(token) + sizeof("logout_token="));

	d->token = token;
	req->hdlr_extra = d;
	req->flags |= HTTP_REQUEST_RETAIN_EXTRA;
	req->onfree = delivery_end;
	if (!kore_curl_init(&d->call, sim_settings.backchannel_uri, KORE_CURL_ASYNC))
		return reply_problem(req, 500, "internal", "SIM_BACKCHANNEL_URI is no address.");
	snprintf(form, strlen(token) + sizeof("logout_token="), "logout_token=%s", token);
	d->call.type = KORE_CURL_TYPE_HTTP_CLIENT;
	kore_curl_bind_request(&d->call, req);
	curl_easy_setopt(d->call.handle, CURLOPT_COPYPOSTFIELDS, form);
	kore_free(form);
	kore_curl_run(&d->call);
	kore_curl_do_timeout();
	return KORE_RESULT_RETRY;
}

static int
begin_logout(struct http_request *req)
{
	const char *why = NULL;
	char *token = NULL;
	json_t *order;
	enum err e;

	if (!may_order(req))
		return KORE_RESULT_OK;
	if ((order = read_order(req)) == NULL)
		return reply_problem(req, 400, "bad_request", "The body is no JSON object.");
	e = oidc_token_logout(order, &token, &why);
	json_decref(order);
	if (e != ERR_OK)
		return reply_problem(req, 400, "bad_request", "%s", why);
	if (*sim_settings.backchannel_uri != '\0')
		return deliver(req, token);
	free(token);
	return reply_problem(req, 400, "bad_request", "SIM_BACKCHANNEL_URI is not set.");
}

int
control_logout_create(struct http_request *req)
{
	struct delivery *d = req->hdlr_extra;

	if (d == NULL)
		return begin_logout(req);
	if (d->call.handle != NULL) {
		http_request_sleep(req);
		return KORE_RESULT_RETRY;
	}
	return reply_json(
	    req, 200, json_pack("{s:i, s:s}", "status", d->call.http.status, "token", d->token));
}

/* Sessions and keys stay: whoever is signed in goes on. */
static enum err
reset(json_t *order, const char **why)
{
	(void)order;
	(void)why;
	fault_reset();
	account_reset();
	kube_reset();
	oidc_token_reset();
	return ERR_OK;
}

int
control_reset_create(struct http_request *req)
{
	return obey(req, reset);
}
