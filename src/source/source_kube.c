#include "source/source_kube.h"

#include "base/clock.h"
#include "base/settings.h"
#include "base/strbuf.h"
#include "clients/call_sync.h"
#include "clients/kube_api.h"
#include "metrics/metrics_call.h"
#include "source/source_answer.h"

struct asking {
	struct source_fetch *fetch;
	struct kube_api api;
	struct call_reply reply; /* the last one */
};

/* The kubelet replaces the token while we run, so it is read for each refresh. */
static enum err
read_token(struct asking *k)
{
	k->api.token = "";
	if (*settings.kubernetes_token_file == '\0')
		return ERR_OK;
	if (kube_api_read_token(&k->api.token, k->fetch->arena, settings.kubernetes_token_file) !=
	    ERR_OK)
		return ERR_FORBIDDEN;
	return ERR_OK;
}

/* That there is no such object is an answer. */
static enum err
counted(const struct asking *k, enum err e)
{
	metrics_call(source_words[SOURCE_KUBE], e == ERR_NOT_FOUND ? ERR_OK : e, &k->reply);
	return e;
}

/* What is left of the refresh is what the next call may take. */
static void
limit_time(struct asking *k)
{
	int64_t left_ms = (k->fetch->until_us - clock_monotonic_us()) / 1000;

	k->api.timeout_ms = left_ms > 0 ? (int)left_ms : 1;
}

static enum err
ask_deployment(struct asking *k, struct kube_deployment *d)
{
	struct arena *a = k->fetch->arena;
	struct call_request req;
	enum err e;

	limit_time(k);
	e = kube_api_deployment_request(&req, a, &k->api, k->fetch->subject->bouncer_name);
	if (e != ERR_OK)
		return e;
	call_sync_run(&req, a, &k->reply);
	return counted(k, kube_api_deployment_reply(d, a, &k->reply));
}

static enum err
ask_pods(struct asking *k, const struct kube_deployment *d, struct kube_answer *answer)
{
	struct arena *a = k->fetch->arena;
	struct call_request req;

	limit_time(k);
	kube_api_pods_request(&req, a, &k->api, d);
	call_sync_run(&req, a, &k->reply);
	return counted(k, kube_api_pods_reply(answer, a, &k->reply, d));
}

/* No deployment and no wanted replica are answers, too. */
static enum err
ask(struct asking *k, struct kube_answer *answer)
{
	struct kube_deployment d;
	enum err e;

	*answer = (struct kube_answer){ .phase = KUBE_MISSING };
	e = read_token(k);
	if (e != ERR_OK)
		return e;
	e = ask_deployment(k, &d);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (d.replicas > 0)
		return ask_pods(k, &d, answer);
	answer->phase = KUBE_STOPPED;
	return ERR_OK;
}

void
source_kube_fetch(struct source_fetch *f, struct source_result *result)
{
	const char *ca_file = settings.kubernetes_ca_file;
	struct asking k = {
		.fetch = f,
		.api = { .url = settings.kubernetes_api_url,
		    .namespace = settings.kubernetes_namespace,
		    .ca_file = *ca_file != '\0' ? ca_file : NULL },
		.reply = { .result = CALL_OK },
	};
	struct kube_answer answer;
	struct strbuf json = { 0 };
	enum err e = ask(&k, &answer);

	if (e == ERR_UNAUTHORIZED) /* the token was replaced a moment ago */
		e = ask(&k, &answer);
	result->failure = source_failure_of_reply(e, &k.reply);
	result->cause = source_fetch_cause(f->arena, e, &k.reply);
	if (e != ERR_OK)
		return;
	source_answer_write_kube(&json, &answer);
	result->answer = arena_strdup(f->arena, strbuf_text(&json));
	strbuf_free(&json);
}
