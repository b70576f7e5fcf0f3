/* Blobs in a storage like S3, by calls that block. Used by blob.c only, with valid keys. */
#ifndef BLOB_BLOB_S3_H
#define BLOB_BLOB_S3_H

#include "blob/blob.h"
#include "clients/s3_api.h"

/* As those of blob.h. */
enum err blob_s3_put(const struct s3_api *, const char *key, const void *bytes, size_t len,
    const char *content_type, struct strbuf *why);
enum err blob_s3_get(const struct s3_api *, const char *key, int64_t from, int64_t len,
    struct strbuf *out, struct strbuf *why);
enum err blob_s3_delete(const struct s3_api *, const char *key, struct strbuf *why);

#endif
