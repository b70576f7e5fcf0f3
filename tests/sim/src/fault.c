/*
 * Faults. A request that hangs or is slow sleeps in Kore, so nothing else waits for it; the timer
 * of a slow one goes with the request, whoever ends it.
 */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "reply.h"

#define HUGE_BYTES (10 * 1024 * 1024)
#define STATUS_MESSAGE(status, reason, code)                                                       \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","       \
	"\"message\":\"" status "\",\"reason\":\"" reason "\",\"code\":" code "}\n"

/* `begins` is how a true answer could begin; "huge" goes on from there and "truncated" stops. */
static const struct target {
	const char *word, *begins, *on_error, *on_refusal;
} targets[FAULT_TARGET__MAX] = {
	[FAULT_TXT] = { "txt", "{\"paste_count\":12,\"storage_bytes\":45678,",
	    "{\"error\":\"internal\"}\n", "{\"error\":\"unauthorized\"}\n" },
	[FAULT_PICS] = { "pics", "{\"image_count\":8,\"storage_bytes\":234567,",
	    "{\"error\":\"internal\"}\n", "{\"error\":\"unauthorized\"}\n" },
	[FAULT_KUBE] = { "kube", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[],",
	    STATUS_MESSAGE(
		"Internal error occurred: etcdserver: request timed out", "InternalError", "500"),
	    STATUS_MESSAGE("Unauthorized", "Unauthorized", "401") },
	[FAULT_OIDC_DISCOVERY] = { "oidc-discovery", "{\"issuer\":\"http://127.0.0.1\",",
	    "{\"error\":\"unknown_error\"}\n", "{\"error\":\"access_denied\"}\n" },
	[FAULT_OIDC_JWKS] = { "oidc-jwks", "{\"keys\":[],", "{\"error\":\"unknown_error\"}\n",
	    "{\"error\":\"access_denied\"}\n" },
	[FAULT_OIDC_TOKEN] = { "oidc-token", "{\"token_type\":\"Bearer\",\"expires_in\":300,",
	    "{\"error\":\"unknown_error\"}\n",
	    "{\"error\":\"invalid_client\","
	    "\"error_description\":\"Invalid client or Invalid client credentials\"}\n" },
};

static const char *const mode_words[FAULT_MODE__MAX] = { "ok", "hang", "error", "garbage", "huge",
	"slow", "refuse-auth", "truncated" };

static struct fault {
	enum fault_mode mode;
	int64_t ms, status, times; /* times: requests still to be struck; 0 means all */
	int64_t requests;
} faults[FAULT_TARGET__MAX];

/* State of a slow request, in hdlr_extra; Kore frees it. */
struct delay {
	struct kore_timer *timer;
};

static void
delay_drop(struct http_request *req)
{
	struct delay *d = req->hdlr_extra;

	if (d->timer != NULL)
		kore_timer_remove(d->timer);
	d->timer = NULL;
}

static void
delay_end(void *arg, u_int64_t now)
{
	struct http_request *req = arg;
	struct delay *d = req->hdlr_extra;

	(void)now;
	d->timer = NULL;
	http_request_wakeup(req);
}

static int
delay_begin(struct http_request *req, int64_t ms)
{
	struct delay *d = kore_calloc(1, sizeof(*d));

	req->hdlr_extra = d;
	req->onfree = delay_drop;
	d->timer = kore_timer_add(delay_end, (u_int64_t)ms, req, KORE_TIMER_ONESHOT);
	http_request_sleep(req);
	return KORE_RESULT_RETRY;
}

static int
answer_error(struct http_request *req, int64_t status, const char *body)
{
	if (status == 429 || status == 503)
		reply_header(req, "retry-after", "1");
	if (status == 401)
		reply_header(req, "www-authenticate", "Bearer realm=\"sim\"");
	return reply_bytes(req, (int)status, "application/json", body, strlen(body));
}

static int
answer_garbage(struct http_request *req)
{
	static const char garbage[] = "{\"paste_count\":12,,<html>\xff\xfe\0\x01 not JSON";

	return reply_bytes(req, 200, "application/json", garbage, sizeof(garbage) - 1);
}

static int
answer_huge(struct http_request *req, const char *begins)
{
	static const char member[] = "\"pad\":\"";
	size_t n = strlen(begins), m = sizeof(member) - 1;
	char *body = xmalloc(HUGE_BYTES);
	int result;

	memset(body, 'x', HUGE_BYTES);
	memcpy(body, begins, n);
	memcpy(body + n, member, m);
	memcpy(body + HUGE_BYTES - 2, "\"}", 2);
	result = reply_bytes(req, 200, "application/json", body, HUGE_BYTES);
	free(body);
	return result;
}

/* Kore closes the connection once this is sent, with the promised length not reached. */
static int
answer_truncated(struct http_request *req, const char *begins)
{
	reply_header(req, "content-length", "4096");
	req->flags |= HTTP_REQUEST_NO_CONTENT_LENGTH;
	req->owner->flags |= CONN_CLOSE_EMPTY;
	return reply_bytes(req, 200, "application/json", begins, strlen(begins));
}

static int
strike(struct http_request *req, const struct target *t, const struct fault *f)
{
	switch (f->mode) {
	case FAULT_SLOW:
		return delay_begin(req, f->ms);
	case FAULT_ERROR:
		return answer_error(req, f->status, t->on_error);
	case FAULT_REFUSE_AUTH:
		return answer_error(req, 401, t->on_refusal);
	case FAULT_GARBAGE:
		return answer_garbage(req);
	case FAULT_HUGE:
		return answer_huge(req, t->begins);
	case FAULT_TRUNCATED:
		return answer_truncated(req, t->begins);
	default:
		http_request_sleep(req);
		return KORE_RESULT_RETRY;
	}
}

bool
fault_happens(struct http_request *req, enum fault_target target, int *result)
{
	struct fault *f = &faults[target];

	if (req->hdlr_extra != NULL)
		return false; /* a slow one, whose time has come */
	f->requests++;
	if (f->mode == FAULT_OK)
		return false;
	*result = strike(req, &targets[target], f);
	if (f->times > 0 && --f->times == 0)
		f->mode = FAULT_OK;
	return true;
}

static int
target_by_word(const char *word)
{
	int i = 0;

	while (i < FAULT_TARGET__MAX && (word == NULL || strcmp(word, targets[i].word) != 0))
		i++;
	return i;
}

static int
mode_by_word(const char *word)
{
	int i = 0;

	while (i < FAULT_MODE__MAX && (word == NULL || strcmp(word, mode_words[i]) != 0))
		i++;
	return i;
}

static int64_t
number_or(const json_t *order, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(order, name);

	if (value == NULL)
		return otherwise;
	return json_is_integer(value) ? json_integer_value(value) : -1;
}

enum err
fault_set(json_t *order, const char **why)
{
	int target = target_by_word(json_string_value(json_object_get(order, "target")));
	int mode = mode_by_word(json_string_value(json_object_get(order, "mode")));
	int64_t ms = number_or(order, "ms", 1000), status = number_or(order, "status", 500);
	int64_t times = number_or(order, "times", 0);

	*why = NULL;
	if (target == FAULT_TARGET__MAX)
		*why = "target is one of txt, pics, kube, oidc-discovery, oidc-jwks, oidc-token.";
	else if (mode == FAULT_MODE__MAX)
		*why =
		    "mode is one of ok, hang, error, garbage, huge, slow, refuse-auth, truncated.";
	else if (ms < 0 || ms > 600000)
		*why = "ms is a number from 0 to 600000.";
	else if (status < 400 || status > 599)
		*why = "status is a number from 400 to 599.";
	else if (times < 0)
		*why = "times is a number from 0.";
	if (*why != NULL)
		return ERR_INVALID;
	faults[target].mode = (enum fault_mode)mode;
	faults[target].ms = ms;
	faults[target].status = status;
	faults[target].times = times;
	return ERR_OK;
}

json_t *
fault_state(void)
{
	json_t *all = json_object();

	for (int i = 0; i < FAULT_TARGET__MAX; i++)
		json_object_set_new(all, targets[i].word,
		    json_pack("{s:s, s:I}", "mode", mode_words[faults[i].mode], "requests",
			(json_int_t)faults[i].requests));
	return all;
}

void
fault_reset(void)
{
	memset(faults, 0, sizeof(faults));
}
