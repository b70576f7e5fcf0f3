/* Requests to S3 as they are signed, and its answers, good and bad. */
#include "clients/s3_api.h"

#include <criterion/criterion.h>
#include <string.h>

#define HASH_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HASH_OF_HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static const struct s3_api api = { "https://s3.example.org", "eu-central-1", "pics", "AKIDEXAMPLE",
	"wJalr/XUtn+FEMI=", "" };
static struct arena arena;
static struct strbuf why;

static void
end(void)
{
	arena_free(&arena);
	strbuf_free(&why);
}

TestSuite(s3_api, .fini = end);

Test(s3_api, a_put_names_the_hash_of_its_bytes)
{
	struct call_request req;

	s3_api_put_request(&req, &arena, &api, "0123456789ab.full", "hello", 5, "image/png");
	cr_expect_eq(req.method, CALL_PUT);
	cr_expect_str_eq(req.url, "https://s3.example.org/pics/0123456789ab.full");
	cr_expect_eq(req.body_len, 5);
	cr_expect_str_eq(req.headers[0], "x-amz-content-sha256: " HASH_OF_HELLO);
	cr_expect_str_eq(req.headers[1], "content-type: image/png");
	cr_expect_null(req.headers[2]);
	cr_expect_eq(req.timeout_ms, 30000);
	cr_expect_null(req.ca_file);
	cr_expect_str_eq(req.sigv4->scope, "aws:amz:eu-central-1:s3");
	cr_expect_str_eq(req.sigv4->key_id, "AKIDEXAMPLE");
	cr_expect_str_eq(req.sigv4->secret, "wJalr/XUtn+FEMI=");
}

static const struct {
	int64_t from, len;
	const char *range; /* NULL: the whole */
} ranges[] = {
	{ 0, -1, NULL },
	{ 0, 1, "range: bytes=0-0" },
	{ 0, 100, "range: bytes=0-99" },
	{ 7, -1, "range: bytes=7-" },
	{ 7, 2, "range: bytes=7-8" },
};

Test(s3_api, a_get_asks_for_its_range)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct call_request req;

		s3_api_get_request(
		    &req, &arena, &api, "0123456789ab.view", ranges[i].from, ranges[i].len);
		cr_expect_eq(req.method, CALL_GET);
		cr_expect_str_eq(req.headers[0], "x-amz-content-sha256: " HASH_OF_NOTHING);
		if (ranges[i].range == NULL)
			cr_expect_null(req.headers[1]);
		else
			cr_expect_str_eq(req.headers[1], ranges[i].range);
	}
}

Test(s3_api, a_delete_trusts_the_authority_of_the_settings)
{
	struct s3_api own = api;
	struct call_request req;

	own.ca_file = "/etc/portal/s3-ca.crt";
	s3_api_delete_request(&req, &arena, &own, "0123456789ab.thumb");
	cr_expect_eq(req.method, CALL_DELETE);
	cr_expect_str_eq(req.url, "https://s3.example.org/pics/0123456789ab.thumb");
	cr_expect_str_eq(req.headers[0], "x-amz-content-sha256: " HASH_OF_NOTHING);
	cr_expect_str_eq(req.ca_file, "/etc/portal/s3-ca.crt");
}

#define XML(code)                                                                                  \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" code                           \
	"</Code><Message>No.</Message></Error>"
#define BLANKS_64 "                                                                "
#define BLANKS_512 BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64 BLANKS_64

/* Of a get, whole or a part; put and delete differ only in what is good. */
static const struct {
	enum call_result result;
	long status;
	const char *body;
	bool is_part;
	enum err err;
	const char *says;
} replies[] = {
	{ CALL_DNS, 0, "", false, ERR_UNAVAILABLE, "the storage cannot be found" },
	{ CALL_REFUSED, 0, "", false, ERR_UNAVAILABLE, "the storage cannot be reached" },
	{ CALL_TIMEOUT, 0, "", false, ERR_UNAVAILABLE, "the storage does not answer" },
	{ CALL_TLS, 0, "", false, ERR_UNAVAILABLE, "the storage does not prove who it is" },
	{ CALL_CUT, 0, "", false, ERR_UNAVAILABLE, "breaks off" },
	{ CALL_TOO_LARGE, 0, "", false, ERR_TOO_LARGE, "far too much" },
	{ CALL_NOT_JSON, 0, "", false, ERR_UPSTREAM, "cannot be read" },
	{ CALL_OK, 500, XML("InternalError"), false, ERR_UNAVAILABLE, "answers 500 InternalError" },
	{ CALL_OK, 503, XML("SlowDown"), false, ERR_UNAVAILABLE, "answers 503 SlowDown" },
	{ CALL_OK, 502, "<html>", false, ERR_UNAVAILABLE, "answers 502" },
	{ CALL_OK, 429, "", false, ERR_UNAVAILABLE, "answers 429" },
	{ CALL_OK, 507, XML("XMinioStorageFull"), false, ERR_FULL, "507 XMinioStorageFull" },
	{ CALL_OK, 507, "", false, ERR_FULL, "answers 507" },
	{ CALL_OK, 403, XML("QuotaExceeded"), false, ERR_FULL, "403 QuotaExceeded" },
	{ CALL_OK, 403, XML("SignatureDoesNotMatch"), false, ERR_UPSTREAM,
	    "403 SignatureDoesNotMatch" },
	{ CALL_OK, 403, XML("InvalidAccessKeyId"), false, ERR_UPSTREAM, "403 InvalidAccessKeyId" },
	{ CALL_OK, 403, XML("RequestTimeTooSkewed"), false, ERR_UPSTREAM,
	    "403 RequestTimeTooSkewed" },
	{ CALL_OK, 400, XML("XAmzContentSHA256Mismatch"), false, ERR_UPSTREAM,
	    "400 XAmzContentSHA256Mismatch" },
	{ CALL_OK, 400, XML("RequestTimeout"), false, ERR_UNAVAILABLE, "400 RequestTimeout" },
	{ CALL_OK, 400, XML("EntityTooLarge"), false, ERR_TOO_LARGE, "400 EntityTooLarge" },
	{ CALL_OK, 413, "", false, ERR_TOO_LARGE, "answers 413" },
	{ CALL_OK, 404, XML("NoSuchKey"), false, ERR_NOT_FOUND, "404 NoSuchKey" },
	{ CALL_OK, 404, "", false, ERR_NOT_FOUND, "answers 404" },
	{ CALL_OK, 404, XML("NoSuchBucket"), false, ERR_UPSTREAM, "404 NoSuchBucket" },
	{ CALL_OK, 416, XML("InvalidRange"), true, ERR_INVALID, "416 InvalidRange" },
	{ CALL_OK, 301, XML("PermanentRedirect"), false, ERR_UPSTREAM, "301 PermanentRedirect" },
	{ CALL_OK, 204, "", false, ERR_UPSTREAM, "answers 204" },
	{ CALL_OK, 206, "ab", false, ERR_UPSTREAM, "answers 206" },
	{ CALL_OK, 200, "abc", true, ERR_UPSTREAM, "answers 200" },
	/* Codes that are none leave only the status. */
	{ CALL_OK, 404, XML(""), false, ERR_NOT_FOUND, "answers 404" },
	{ CALL_OK, 404, XML("NoSuch\"Key\r\nx"), false, ERR_NOT_FOUND, "answers 404" },
	{ CALL_OK, 404, "<Code>NoSuchBucket", false, ERR_NOT_FOUND, "answers 404" },
	{ CALL_OK, 404, "<Code>" BLANKS_512 BLANKS_512 "NoSuchBucket</Code>", false, ERR_NOT_FOUND,
	    "answers 404" },
	{ CALL_OK, 404, BLANKS_512 BLANKS_512 XML("NoSuchBucket"), false, ERR_NOT_FOUND,
	    "answers 404" },
	{ CALL_OK, 404, XML("ThisCodeIsLongerThanAnyCodeThatS3HasEverHadOrWillHave"), false,
	    ERR_NOT_FOUND, "answers 404" },
	{ CALL_OK, 200, "abc", false, ERR_OK, "" },
	{ CALL_OK, 206, "ab", true, ERR_OK, "" },
};

static struct call_reply
reply_of(size_t i)
{
	return (struct call_reply){ replies[i].result, replies[i].status, replies[i].body,
		strlen(replies[i].body), NULL, 0 };
}

Test(s3_api, replies)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct call_reply reply = reply_of(i);

		strbuf_clear(&why);
		cr_expect_eq(s3_api_get_reply(&reply, replies[i].is_part, &why), replies[i].err,
		    "%ld %s", reply.status, reply.body);
		cr_expect_not_null(strstr(strbuf_text(&why), replies[i].says), "%ld %s: %s",
		    reply.status, reply.body, strbuf_text(&why));
		cr_expect_eq(strpbrk(strbuf_text(&why), "\r\n\"<"), NULL);
		cr_expect_eq(replies[i].err == ERR_OK, why.len == 0);
	}
}

static const struct {
	long status;
	const char *body;
	enum err put, discard;
} others[] = {
	{ 200, "", ERR_OK, ERR_OK },
	{ 204, "", ERR_UPSTREAM, ERR_OK },
	{ 201, "", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 404, XML("NoSuchKey"), ERR_NOT_FOUND, ERR_OK },
	{ 404, XML("NoSuchBucket"), ERR_UPSTREAM, ERR_UPSTREAM },
	{ 403, XML("AccessDenied"), ERR_UPSTREAM, ERR_UPSTREAM },
	{ 503, "", ERR_UNAVAILABLE, ERR_UNAVAILABLE },
};

Test(s3_api, put_and_delete)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct call_reply reply = { CALL_OK, others[i].status, others[i].body,
			strlen(others[i].body), NULL, 0 };

		cr_expect_eq(s3_api_put_reply(&reply, &why), others[i].put, "%ld", reply.status);
		strbuf_clear(&why);
		cr_expect_eq(
		    s3_api_delete_reply(&reply, &why), others[i].discard, "%ld", reply.status);
		cr_expect_eq(others[i].discard == ERR_OK, why.len == 0, "%s", strbuf_text(&why));
	}
}

/* libcurl's own words are for the log. */
Test(s3_api, the_detail_of_a_failure_is_told)
{
	const struct call_reply reply = { CALL_REFUSED, 0, "", 0, "Connection refused", 0 };

	cr_expect_eq(s3_api_put_reply(&reply, &why), ERR_UNAVAILABLE);
	cr_expect_str_eq(strbuf_text(&why), "the storage cannot be reached: Connection refused");
}
