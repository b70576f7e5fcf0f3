#include "metrics/metrics_call.h"

#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"

void
metrics_call_end(const char *service, enum call_result r, int64_t duration_us)
{
	metrics_count(METRIC_CALLS, service, call_result_word(r));
	metrics_observe(HISTOGRAM_CALL_TIME, service, duration_us);
	if (r == CALL_OK)
		metrics_set(METRIC_CALL_SUCCESS, service, clock_now());
}

static enum call_result
result_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return CALL_OK;
	case ERR_TIMEOUT:
		return CALL_TIMEOUT;
	case ERR_UNAVAILABLE:
		return CALL_REFUSED;
	case ERR_UPSTREAM:
		return CALL_CUT;
	default:
		return CALL_STATUS;
	}
}

void
metrics_call_err(const char *service, enum err e, int64_t duration_us)
{
	metrics_call_end(service, result_of(e), duration_us);
}

enum call_result
metrics_call(const char *service, enum err e, const struct call_reply *reply)
{
	enum call_result r = call_outcome(e, reply);

	metrics_call_end(service, r, reply->duration_us);
	return r;
}

enum call_result
metrics_call_note(const char *area, const char *service, enum err e, const struct call_reply *reply,
    const char *reason)
{
	enum call_result r = metrics_call(service, e, reply);

	if (reply->result != CALL_OK)
		reason = reply->detail;
	if (e != ERR_OK)
		log_warn(area, "%s: %s: %s", service, call_result_word(r),
		    reason != NULL ? reason : err_word(e));
	return r;
}
