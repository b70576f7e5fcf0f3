#include "web/web_log.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/log_out.h"
#include "base/random.h"
#include "metrics/metrics.h"

#define PREFIX_BYTES 4
#define PREFIX_DIGITS (2 * PREFIX_BYTES)

static char prefix[PREFIX_DIGITS + 1] = "00000000";
static uint64_t counter;

void
web_log_worker(void)
{
	unsigned char bytes[PREFIX_BYTES];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(prefix, bytes, sizeof(bytes));
	counter = 0;
}

/* "5c1f09ae-1f": drawn once for each worker, and counted from there. */
void
web_log_id(char out[WEB_LOG_ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t n = ++counter;
	int len = 1, i;

	for (uint64_t rest = n >> 4; rest > 0; rest >>= 4)
		len++;
	for (i = 0; i < PREFIX_DIGITS; i++)
		out[i] = prefix[i];
	out[PREFIX_DIGITS] = '-';
	out[PREFIX_DIGITS + 1 + len] = '\0';
	for (i = PREFIX_DIGITS + len; i > PREFIX_DIGITS; i--, n >>= 4)
		out[i] = digits[n & 15];
}

/* 505, HTTP of a version that there is not, is the fault of who sent it. */
static bool
is_our_fault(int status)
{
	return status >= 500 && status != 505;
}

void
web_log_request(const struct web_log_entry *r)
{
	enum log_level level = is_our_fault(r->status) ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
	struct log_line l;

	if (!log_has_level(level))
		return;
	log_line_begin(&l, level, "request");
	log_line_text(&l, "request", r->id);
	log_line_text(&l, "route", r->route);
	log_line_text(&l, "method", r->method);
	if (r->status != 0)
		log_line_number(&l, "status", r->status);
	else
		log_line_null(&l, "status");
	if (r->err != ERR_OK)
		log_line_text(&l, "error", err_word(r->err));
	if (r->duration_us >= 0)
		log_line_number(&l, "duration_us", r->duration_us);
	else
		log_line_null(&l, "duration_us");
	log_line_end(&l);
	log_out_later(l.s, l.len);
}

void
web_log_tick(void)
{
	uint64_t dropped;

	log_out_flush();
	dropped = log_out_take_dropped();
	if (dropped == 0)
		return;
	metrics_add(METRIC_LOG_DROPPED, NULL, NULL, dropped);
	log_warn("log", "%" PRIu64 " lines were dropped: standard output was not read", dropped);
}
