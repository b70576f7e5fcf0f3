#include "clients/s3_api.h"

#include <string.h>

#include "base/digest.h"
#include "base/hex.h"

/* The largest body takes 30 s at 9 Mbit/s; what is slower holds a thread for too long. */
#define BODY_TIMEOUT_MS 30000
#define TIMEOUT_MS 5000
#define OBJECT_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* Where the word for an error is looked for, and how long it may be. */
#define ERROR_BYTES 1024
#define CODE_BYTES 48

/* ---- Requests ---- */

/* libcurl signs the headers, x-amz-content-sha256 among them: the hash also proves the body. */
static void
request(struct call_request *req, struct arena *a, const struct s3_api *api, const char *key)
{
	struct call_sigv4 *sigv4 = arena_alloc(a, sizeof(*sigv4));
	unsigned char hash[DIGEST_BYTES];
	char digits[2 * DIGEST_BYTES + 1];

	sigv4->scope = arena_printf(a, "aws:amz:%s:s3", api->region);
	sigv4->key_id = api->key_id;
	sigv4->secret = api->secret;
	req->sigv4 = sigv4;
	req->url = arena_printf(a, "%s/%s/%s", api->endpoint, api->bucket, key);
	req->ca_file = *api->ca_file != '\0' ? api->ca_file : NULL;
	digest_sha256(hash, req->body != NULL ? req->body : "", req->body_len);
	hex_encode(digits, hash, sizeof(hash));
	call_header(req, a, "x-amz-content-sha256", "%s", digits);
}

void
s3_api_put_request(struct call_request *req, struct arena *a, const struct s3_api *api,
    const char *key, const void *bytes, size_t len, const char *content_type)
{
	*req = (struct call_request){
		.method = CALL_PUT,
		.body = bytes,
		.body_len = len,
		.timeout_ms = BODY_TIMEOUT_MS,
	};
	request(req, a, api, key);
	call_header(req, a, "content-type", "%s", content_type);
}

void
s3_api_get_request(struct call_request *req, struct arena *a, const struct s3_api *api,
    const char *key, int64_t from, int64_t len)
{
	*req = (struct call_request){
		.method = CALL_GET,
		.timeout_ms = BODY_TIMEOUT_MS,
		.max_bytes = OBJECT_BYTES_MAX,
	};
	request(req, a, api, key);
	if (len >= 0)
		call_header(req, a, "range", "bytes=%lld-%lld", (long long)from,
		    (long long)(from + len - 1));
	else if (from > 0)
		call_header(req, a, "range", "bytes=%lld-", (long long)from);
}

void
s3_api_delete_request(
    struct call_request *req, struct arena *a, const struct s3_api *api, const char *key)
{
	*req = (struct call_request){ .method = CALL_DELETE, .timeout_ms = TIMEOUT_MS };
	request(req, a, api, key);
}

/* ---- Replies ---- */

/* "NoSuchKey" out of <Error><Code>NoSuchKey</Code>…; "" if there is none. The XML is not read. */
static void
read_code(char code[CODE_BYTES], const struct call_reply *reply)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789";
	size_t len = reply->body_len < ERROR_BYTES ? reply->body_len : ERROR_BYTES, n;
	char head[ERROR_BYTES + 1];
	const char *begin;

	memcpy(head, reply->body, len);
	head[len] = '\0';
	begin = strstr(head, "<Code>");
	code[0] = '\0';
	if (begin == NULL)
		return;
	begin += 6;
	n = strspn(begin, letters);
	if (n == 0 || n >= CODE_BYTES || strncmp(begin + n, "</Code>", 7) != 0)
		return;
	memcpy(code, begin, n);
	code[n] = '\0';
}

/* Codes that say more than the status they come with. */
static const struct {
	const char *code;
	enum err err;
} codes[] = {
	{ "NoSuchKey", ERR_NOT_FOUND },
	{ "NoSuchBucket", ERR_UPSTREAM }, /* 404 as well, but it is the bucket that is missing */
	{ "EntityTooLarge", ERR_TOO_LARGE }, { "InvalidRange", ERR_INVALID },
	{ "QuotaExceeded", ERR_FULL }, { "XMinioStorageFull", ERR_FULL },
	{ "XMinioAdminBucketQuotaExceeded", ERR_FULL },
	{ "RequestTimeout", ERR_UNAVAILABLE }, /* 400: our body came too slowly */
};

static enum err
err_of(long status, const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].err;
	switch (status) {
	case 404:
		return ERR_NOT_FOUND;
	case 413:
		return ERR_TOO_LARGE;
	case 416:
		return ERR_INVALID;
	case 507:
		return ERR_FULL;
	case 408:
	case 429:
		return ERR_UNAVAILABLE;
	default:
		return status >= 500 ? ERR_UNAVAILABLE : ERR_UPSTREAM;
	}
}

/* No whole answer came: for who waits that is one thing, whatever broke. */
static enum err
broken(const struct call_reply *reply, struct strbuf *why)
{
	strbuf_printf(why, "the storage %s", call_result_phrase(reply->result));
	if (reply->detail != NULL)
		strbuf_printf(why, ": %s", reply->detail);
	if (reply->result == CALL_TOO_LARGE)
		return ERR_TOO_LARGE;
	return reply->result == CALL_NOT_JSON ? ERR_UPSTREAM : ERR_UNAVAILABLE;
}

static enum err
check(const struct call_reply *reply, long wanted, struct strbuf *why)
{
	char code[CODE_BYTES];

	if (reply->result != CALL_OK)
		return broken(reply, why);
	if (reply->status == wanted)
		return ERR_OK;
	read_code(code, reply);
	strbuf_printf(
	    why, "the storage answers %ld%s%s", reply->status, *code != '\0' ? " " : "", code);
	if (reply->status >= 200 && reply->status < 300)
		return ERR_UPSTREAM;
	return err_of(reply->status, code);
}

enum err
s3_api_put_reply(const struct call_reply *reply, struct strbuf *why)
{
	return check(reply, 200, why);
}

/* 200 to a range is the whole: not what was asked for. */
enum err
s3_api_get_reply(const struct call_reply *reply, bool is_part, struct strbuf *why)
{
	return check(reply, is_part ? 206 : 200, why);
}

/* 204; some compatible ones say 200, or 404 for what is gone already. */
enum err
s3_api_delete_reply(const struct call_reply *reply, struct strbuf *why)
{
	size_t before = why->len;
	enum err e;

	if (reply->result == CALL_OK && reply->status == 200)
		return ERR_OK;
	e = check(reply, 204, why);
	if (e != ERR_NOT_FOUND)
		return e;
	strbuf_cut(why, before);
	return ERR_OK;
}
