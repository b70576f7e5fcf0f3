#include "metrics/metrics_call.h"

#include "base/log.h"
#include "metrics/metrics.h"

enum call_result
metrics_call(const char *service, enum err e, const struct call_reply *reply)
{
	enum call_result r = call_outcome(e, reply);

	metrics_count(METRIC_CALLS, service, call_result_word(r));
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
