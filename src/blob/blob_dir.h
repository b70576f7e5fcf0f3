/*
 * Blobs as files: PICS_DIR/<xx>/<key>, where xx are two digits of the hash of the key, so that a
 * million pictures are some thousands a folder. A file appears whole or not at all: it is written
 * in PICS_DIR/new, brought to the disk, and renamed. Used by blob.c only, with valid keys.
 */
#ifndef BLOB_BLOB_DIR_H
#define BLOB_BLOB_DIR_H

#include "blob/blob.h"

struct blob_dir {
	int root; /* a descriptor of PICS_DIR */
};

/* As blob_open(); user: RUN_AS, "" for none. */
enum err blob_dir_open(
    struct blob_dir *, const char *path, const char *user, struct strbuf *problems);
void blob_dir_close(struct blob_dir *);

/* As those of blob.h. */
enum err blob_dir_put(
    const struct blob_dir *, const char *key, const void *bytes, size_t len, struct strbuf *why);
enum err blob_dir_get(const struct blob_dir *, const char *key, int64_t from, int64_t len,
    struct strbuf *out, struct strbuf *why);
enum err blob_dir_delete(const struct blob_dir *, const char *key, struct strbuf *why);
enum err blob_dir_sweep(const struct blob_dir *, int64_t now, int *removed, struct strbuf *why);
enum err blob_dir_file(const struct blob_dir *, const char *key, struct blob_file *);

#endif
