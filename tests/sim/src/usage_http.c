/* The internal usage interface of txt and pics: GET /txt/api/usage/{sub}, /pics/api/usage/{sub}. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "fault.h"
#include "form.h"
#include "sim_settings.h"

int usage_show(struct http_request *);

static const struct service {
	const char *prefix;
	enum fault_target fault;
	const char *count_name, *stored_count, *stored_bytes;
} services[] = {
	{ "/txt", FAULT_TXT, "paste_count", "paste_count", "paste_bytes" },
	{ "/pics", FAULT_PICS, "image_count", "image_count", "image_bytes" },
};

static const struct service *
service_of(const char *path)
{
	return strncmp(path, "/txt/", 5) == 0 ? &services[0] : &services[1];
}

/* The encoded sub: one segment, not empty; NULL when the path is another one. */
static const char *
sub_in(const char *path, const struct service *s)
{
	static const char route[] = "/api/usage/";
	const char *rest = path + strlen(s->prefix);

	if (strncmp(rest, route, sizeof(route) - 1) != 0)
		return NULL;
	rest += sizeof(route) - 1;
	return *rest != '\0' && strchr(rest, '/') == NULL ? rest : NULL;
}

static int
show(struct http_request *req, const struct service *s, const char *encoded)
{
	char *sub = form_decode(encoded, strlen(encoded), false);
	json_t *usage;

	if (sub == NULL)
		return reply_problem(req, 400, "bad_request", "The sub is not encoded rightly.");
	usage = json_pack("{s:I, s:I}", s->count_name, account_usage(sub, s->stored_count),
	    "storage_bytes", account_usage(sub, s->stored_bytes));
	free(sub);
	return reply_json(req, 200, usage);
}

int
usage_show(struct http_request *req)
{
	const struct service *s = service_of(req->path);
	const char *token = reply_bearer(req), *encoded = sub_in(req->path, s);
	int result;

	if (fault_happens(req, s->fault, &result))
		return result;
	if (token == NULL || strcmp(token, sim_settings.internal_secret) != 0) {
		reply_header(req, "www-authenticate", "Bearer realm=\"internal\"");
		return reply_problem(req, 401, "unauthorized", "The internal secret is wrong.");
	}
	if (encoded == NULL)
		return reply_problem(req, 404, "not_found", "There is no such address.");
	if (!reply_allows(req, HTTP_METHOD_GET))
		return KORE_RESULT_OK;
	return show(req, s, encoded);
}
