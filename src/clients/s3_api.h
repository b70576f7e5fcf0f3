/*
 * Objects in a storage that speaks S3's REST API: Amazon's, or one of the many that are compatible.
 * Path-style addresses (endpoint/bucket/key), signed by AWS Signature Version 4. Keys and buckets
 * are made of letters, digits and "-._": the signature is made over the address as it stands.
 */
#ifndef CLIENTS_S3_API_H
#define CLIENTS_S3_API_H

#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "base/strbuf.h"

struct s3_api {
	const char *endpoint; /* "https://s3.example.org", without a final slash */
	const char *region, *bucket;
	const char *key_id, *secret;
	const char *ca_file; /* "": the system's certificates */
};

/* The bytes are not copied and must live as long as the call. */
void s3_api_put_request(struct call_request *, struct arena *, const struct s3_api *,
    const char *key, const void *bytes, size_t len, const char *content_type);
/* The bytes from `from` on, `len` of them at most, to the end if it is -1. */
void s3_api_get_request(struct call_request *, struct arena *, const struct s3_api *,
    const char *key, int64_t from, int64_t len);
void s3_api_delete_request(
    struct call_request *, struct arena *, const struct s3_api *, const char *key);

/*
 * What an answer to any of them means; but for ERR_OK `why` gets half a sentence for the log, with
 * S3's own word for the error.
 *   ERR_NOT_FOUND    no such object
 *   ERR_INVALID      no such range of bytes
 *   ERR_TOO_LARGE    S3 takes no object of that size, or it is larger than was asked for
 *   ERR_FULL         there is no room left, or a quota is used up
 *   ERR_UNAVAILABLE  nobody answers, in time, or it says that it cannot now
 *   ERR_UPSTREAM     it refuses our keys, knows no such bucket, or answers nonsense
 */
enum err s3_api_put_reply(const struct call_reply *, struct strbuf *why);
/* The bytes are the reply's body. is_part: a range of bytes was asked for. */
enum err s3_api_get_reply(const struct call_reply *, bool is_part, struct strbuf *why);
/* What is gone already is ERR_OK. */
enum err s3_api_delete_reply(const struct call_reply *, struct strbuf *why);

#endif
