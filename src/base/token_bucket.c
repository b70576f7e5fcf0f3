#include "base/token_bucket.h"

/* No moment of a real bucket lies further ahead than it takes to fill; a strange one is cut. */
static int64_t
moment_within(int64_t at, int64_t low, int64_t high)
{
	return at < low ? low : at > high ? high : at;
}

bool
token_bucket_take(int64_t *full_at_ms, struct token_rate rate, int64_t now_ms, int64_t *wait_ms)
{
	const int64_t latest = now_ms + rate.burst * rate.period_ms;
	const int64_t next = moment_within(*full_at_ms, now_ms, latest) + rate.period_ms;

	if (next > latest) {
		*wait_ms = next - latest;
		return false;
	}
	*full_at_ms = next;
	return true;
}
