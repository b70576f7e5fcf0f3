#include "source/source_fetch.h"

#include "base/clock.h"
#include "base/settings.h"
#include "base/strbuf.h"
#include "clients/call_sync.h"
#include "clients/usage_api.h"
#include "metrics/metrics_call.h"
#include "source/source_answer.h"
#include "source/source_kube.h"
#include "source/source_soju.h"

static void
fetch_usage(
    struct source_fetch *f, struct source_result *result, const char *base, const char *count)
{
	struct call_request req;
	struct call_reply reply = { .result = CALL_OK };
	struct usage_answer answer;
	struct strbuf json = { 0 };
	enum err e;

	e = usage_api_request(
	    &req, f->arena, base, f->subject->sub, settings.internal_secret, SOURCE_LIMIT_MS);
	if (e == ERR_OK) {
		call_sync_run(&req, f->arena, &reply);
		e = usage_api_reply(&answer, f->arena, &reply, count);
		metrics_call(source_words[f->subject->kind], e, &reply);
	}
	result->failure = source_failure_of_reply(e, &reply);
	result->cause = source_fetch_cause(f->arena, e, &reply);
	if (e != ERR_OK)
		return;
	source_answer_write_usage(&json, &answer);
	result->answer = arena_strdup(f->arena, strbuf_text(&json));
	strbuf_free(&json);
}

const char *
source_fetch_cause(struct arena *a, enum err e, const struct call_reply *reply)
{
	if (e == ERR_OK)
		return NULL;
	if (reply->result != CALL_OK)
		return reply->detail != NULL ? reply->detail : call_result_word(reply->result);
	return arena_printf(a, "status %ld, %s", reply->status, err_word(e));
}

void
source_fetch_run(struct source_fetch *f, struct source_result *result)
{
	*result = (struct source_result){ .failure = SOURCE_NOT_CONFIGURED };
	if (!source_is_configured(f->subject->kind))
		return;
	f->until_us = clock_monotonic_us() + SOURCE_LIMIT_MS * INT64_C(1000);
	switch (f->subject->kind) {
	case SOURCE_SOJU:
		source_soju_fetch(f, result);
		break;
	case SOURCE_KUBE:
		source_kube_fetch(f, result);
		break;
	case SOURCE_TXT:
		fetch_usage(f, result, settings.txt_internal_url, USAGE_API_TXT_COUNT);
		break;
	default:
		fetch_usage(f, result, settings.pic_internal_url, USAGE_API_PICS_COUNT);
	}
}
