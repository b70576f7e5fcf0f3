#include "track/track_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_write.h"

/* ---- Writing ---- */

static void
write_requests(struct strbuf *out, const struct track_requests *q)
{
	strbuf_printf(out, "{\"day\":%" PRId64 ",\"route\":", q->day);
	json_write_text(out, q->route);
	strbuf_printf(
	    out, ",\"class\":%d,\"sum_us\":%" PRId64 ",\"buckets\":[", q->class, q->sum_us);
	for (int i = 0; i < TRACK_BUCKETS; i++)
		strbuf_printf(out, "%s%" PRId64, i > 0 ? "," : "", q->buckets[i]);
	strbuf_puts(out, "]}");
}

static void
write_errors(struct strbuf *out, const struct track_errors *e)
{
	strbuf_printf(out, "{\"day\":%" PRId64 ",\"route\":", e->day);
	json_write_text(out, e->route);
	strbuf_puts(out, ",\"cause\":");
	json_write_text(out, e->cause);
	strbuf_printf(out,
	    ",\"status\":%d,\"errors\":%" PRId64 ",\"first_at\":%" PRId64 ",\"last_at\":%" PRId64
	    ",\"request\":",
	    e->status, e->errors, e->first_at, e->last_at);
	json_write_text(out, e->request);
	strbuf_puts(out, "}");
}

void
track_report_write(struct strbuf *out, const struct track_batch *b, const char *service)
{
	strbuf_puts(out, "{\"sender\":");
	json_write_text(out, b->sender);
	strbuf_puts(out, ",\"service\":");
	json_write_text(out, service);
	strbuf_printf(out, ",\"number\":%" PRId64 ",\"requests\":[", b->number);
	for (size_t i = 0; i < b->nrequests; i++) {
		strbuf_puts(out, i > 0 ? "," : "");
		write_requests(out, &b->requests[i]);
	}
	strbuf_puts(out, "],\"errors\":[");
	for (size_t i = 0; i < b->nerrors; i++) {
		strbuf_puts(out, i > 0 ? "," : "");
		write_errors(out, &b->errors[i]);
	}
	strbuf_puts(out, "]}");
}

/* ---- Checking ---- */

#define DAY_MAX 2932896 /* the last of the year 9999 */
#define AT_MAX INT64_C(253402300799)
#define COUNT_MAX (INT64_C(1) << 53)

/* Present, printable ASCII, and not empty. */
static bool
is_text(const struct json *o, const char *name, size_t max)
{
	const char *s;

	if (json_read_text(o, name, &s) != ERR_OK || *s == '\0' || strlen(s) > max)
		return false;
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static bool
is_number(const struct json *o, const char *name, int64_t min, int64_t max)
{
	int64_t n;

	return json_read_int(o, name, &n) == ERR_OK && n >= min && n <= max;
}

static bool
are_buckets(const struct json *o)
{
	const struct json *buckets;
	int64_t sum = 0;

	if (json_read_array(o, "buckets", &buckets) != ERR_OK || buckets->n != TRACK_BUCKETS)
		return false;
	for (size_t i = 0; i < buckets->n; i++) {
		const struct json *n = &buckets->items[i];

		if (n->kind != JSON_KIND_INT || n->integer < 0 || n->integer > COUNT_MAX)
			return false;
		sum += n->integer;
	}
	return sum > 0;
}

static bool
are_requests(const struct json *o)
{
	return is_number(o, "day", 1, DAY_MAX) && is_text(o, "route", TRACK_ROUTE_MAX) &&
	       is_number(o, "class", 1, 5) && is_number(o, "sum_us", 0, COUNT_MAX) &&
	       are_buckets(o);
}

static bool
is_error_status(const struct json *o)
{
	return is_number(o, "status", 0, 0) || is_number(o, "status", 400, 599);
}

static bool
are_times(const struct json *o)
{
	int64_t first;

	return json_read_int(o, "first_at", &first) == ERR_OK && first >= 0 &&
	       is_number(o, "last_at", first, AT_MAX);
}

static bool
are_errors(const struct json *o)
{
	return is_number(o, "day", 1, DAY_MAX) && is_text(o, "route", TRACK_ROUTE_MAX) &&
	       is_text(o, "cause", TRACK_CAUSE_MAX) && is_error_status(o) && are_times(o) &&
	       is_number(o, "errors", 1, COUNT_MAX) &&
	       (json_read_member(o, "request") == NULL ||
		   is_text(o, "request", TRACK_REQUEST_ID_MAX));
}

static bool
is_list(const struct json *root, const char *name, bool (*is_good)(const struct json *))
{
	const struct json *list;

	if (json_read_array(root, name, &list) != ERR_OK || list->n > TRACK_BATCH_ROWS)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!is_good(&list->items[i]))
			return false;
	return true;
}

static bool
is_uuid(const struct json *root, const char *name)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *s;

	if (json_read_text(root, name, &s) != ERR_OK || strlen(s) != sizeof(form) - 1)
		return false;
	for (int i = 0; s[i] != '\0'; i++)
		if (form[i] == '-' ? s[i] != '-' : strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	return true;
}

static bool
is_service(const struct json *root)
{
	const char *s;

	return json_read_text(root, "service", &s) == ERR_OK &&
	       (strcmp(s, "txt") == 0 || strcmp(s, "pics") == 0);
}

enum err
track_report_check(const struct json *root)
{
	return is_uuid(root, "sender") && is_service(root) &&
		       is_number(root, "number", 1, COUNT_MAX) &&
		       is_list(root, "requests", are_requests) &&
		       is_list(root, "errors", are_errors)
		   ? ERR_OK
		   : ERR_INVALID;
}
