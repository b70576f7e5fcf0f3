#include "clients/usage_api.h"

#include <string.h>

#include "base/json_read.h"
#include "base/url.h"

/* Two numbers; a service that sends much more than that is not what we take it for. */
#define ANSWER_BYTES_MAX 16384

enum err
usage_api_request(struct call_request *req, struct arena *a, const char *base, const char *sub,
    const char *secret, int timeout_ms)
{
	if (!call_is_word(secret))
		return ERR_INVALID;
	*req = (struct call_request){
		.method = CALL_GET,
		.url = arena_printf(a, "%s/api/usage/%s", base, url_encode(a, sub)),
		.timeout_ms = timeout_ms,
		.max_bytes = ANSWER_BYTES_MAX,
	};
	call_header(req, a, "accept", "application/json");
	if (*secret != '\0')
		call_header(req, a, "authorization", "Bearer %s", secret);
	return ERR_OK;
}

enum err
usage_api_reply(
    struct usage_answer *answer, struct arena *a, const struct call_reply *reply, const char *count)
{
	const struct json *root;
	struct usage_answer found;
	enum err e = call_reply_err(reply);

	if (e != ERR_OK)
		return e;
	if (json_read_parse(&root, a, reply->body, reply->body_len) != ERR_OK ||
	    json_read_int(root, count, &found.count) != ERR_OK ||
	    json_read_int(root, "storage_bytes", &found.storage_bytes) != ERR_OK ||
	    found.count < 0 || found.storage_bytes < 0)
		return ERR_UPSTREAM;
	*answer = found;
	return ERR_OK;
}
