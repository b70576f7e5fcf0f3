#include "blob/blob_s3.h"

#include "clients/call_sync.h"
#include "metrics/metrics_call.h"

#define SERVICE "s3"

/* That there is nothing of that name is an answer. */
static enum err
counted(enum err e, const struct call_reply *reply)
{
	metrics_call(SERVICE, e == ERR_NOT_FOUND ? ERR_OK : e, reply);
	return e;
}

/*
 * Once more when the connection breaks: all three may be said twice. What is down, slow or refuses
 * stays so for longer than anybody waits here.
 */
static void
call(const struct call_request *req, struct strbuf *body, struct arena *a, struct call_reply *reply)
{
	size_t before = body->len;

	call_sync_into(req, body, a, reply);
	if (reply->result != CALL_CUT)
		return;
	metrics_call(SERVICE, ERR_OK, reply);
	strbuf_cut(body, before);
	call_sync_into(req, body, a, reply);
}

enum err
blob_s3_put(const struct s3_api *api, const char *key, const void *bytes, size_t len,
    const char *content_type, struct strbuf *why)
{
	struct arena arena = { 0 };
	struct strbuf body = { 0 };
	struct call_request req;
	struct call_reply reply;
	enum err e;

	s3_api_put_request(&req, &arena, api, key, bytes, len, content_type);
	call(&req, &body, &arena, &reply);
	e = counted(s3_api_put_reply(&reply, why), &reply);
	strbuf_free(&body);
	arena_free(&arena);
	return e;
}

enum err
blob_s3_get(const struct s3_api *api, const char *key, int64_t from, int64_t len,
    struct strbuf *out, struct strbuf *why)
{
	struct arena arena = { 0 };
	struct call_request req;
	struct call_reply reply;
	enum err e;

	s3_api_get_request(&req, &arena, api, key, from, len);
	call(&req, out, &arena, &reply);
	e = counted(s3_api_get_reply(&reply, from > 0 || len >= 0, why), &reply);
	arena_free(&arena);
	return e;
}

enum err
blob_s3_delete(const struct s3_api *api, const char *key, struct strbuf *why)
{
	struct arena arena = { 0 };
	struct strbuf body = { 0 };
	struct call_request req;
	struct call_reply reply;
	enum err e;

	s3_api_delete_request(&req, &arena, api, key);
	call(&req, &body, &arena, &reply);
	e = counted(s3_api_delete_reply(&reply, why), &reply);
	strbuf_free(&body);
	arena_free(&arena);
	return e;
}
