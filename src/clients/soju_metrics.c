#include "clients/soju_metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clients/soju_db.h"

#define ANSWER_BYTES_MAX ((size_t)256 * 1024)
#define NUMBER_MAX 64		     /* bytes; longer ones are none */
#define EXACT_MAX 9007199254740992.0 /* whole numbers up to here are exact in a double */

enum err
soju_metrics_request(struct call_request *req, struct arena *a, const char *template,
    const char *bouncer, int timeout_ms)
{
	*req = (struct call_request){
		.method = CALL_GET,
		.timeout_ms = timeout_ms,
		.max_bytes = ANSWER_BYTES_MAX,
	};
	return soju_db_url(&req->url, a, template, bouncer);
}

/* "3", "1.2e+07", "1.76e+09 1700000000000"; -1: no number that could be a count. */
static int64_t
read_number(const char *from, size_t len)
{
	char text[NUMBER_MAX], *end;
	double number;

	if (len == 0 || len >= sizeof(text))
		return -1;
	memcpy(text, from, len);
	text[len] = '\0';
	number = strtod(text, &end);
	if (end == text || (*end != '\0' && *end != ' ' && *end != '\r'))
		return -1;
	if (!isfinite(number) || number < 0 || number > EXACT_MAX)
		return -1;
	return (int64_t)number;
}

/* A line without labels: name, blanks, number. */
static bool
read_line(const char *line, size_t len, const char *name, int64_t *value)
{
	const size_t name_len = strlen(name);
	size_t at = name_len;

	if (len <= name_len || memcmp(line, name, name_len) != 0)
		return false;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	if (at == name_len)
		return false;
	*value = read_number(line + at, len - at);
	return true;
}

enum err
soju_metrics_reply(struct soju_metrics *m, const struct call_reply *reply)
{
	int64_t from_networks = -1, to_networks = -1;
	const char *line = reply->body, *end = reply->body + reply->body_len, *next;

	*m = (struct soju_metrics){ -1, -1, -1, -1 };
	if (reply->result != CALL_OK)
		return call_result_err(reply->result);
	if (reply->status != 200)
		return ERR_UPSTREAM;
	for (; line < end; line = next + 1) {
		const size_t len = strcspn(line, "\n");

		next = line + len;
		(void)(read_line(line, len, "soju_downstreams_active", &m->clients) ||
		       read_line(line, len, "soju_upstreams_active", &m->connected) ||
		       read_line(line, len, "soju_upstream_in_messages_total", &from_networks) ||
		       read_line(line, len, "soju_upstream_out_messages_total", &to_networks) ||
		       read_line(line, len, "process_start_time_seconds", &m->started_at));
	}
	if (from_networks >= 0 && to_networks >= 0)
		m->messages = from_networks + to_networks;
	return m->clients >= 0 || m->connected >= 0 ? ERR_OK : ERR_UPSTREAM;
}
