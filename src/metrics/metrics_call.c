#include "metrics/metrics_call.h"

#include "metrics/metrics.h"

enum call_result
metrics_call(const char *service, enum err e, const struct call_reply *reply)
{
	enum call_result r = call_outcome(e, reply);

	metrics_count(METRIC_CALLS, service, call_result_word(r));
	return r;
}
