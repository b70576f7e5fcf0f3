/*
 * Where the bytes of pictures live: a folder (PICS_DIR) or a storage like S3 (S3_BUCKET). Bytes are
 * put once under a key and never changed; a put that ends without ERR_OK may or may not have left
 * them there, so whoever gave the key deletes it then, or later.
 *
 * All but blob_file() and blob_has_files() may block and are for tasks and subcommands. They are
 * thread-safe. What goes wrong is an error and, in `why`, half a sentence for the log:
 *   ERR_INVALID      no key, no bytes, no such range
 *   ERR_NOT_FOUND    nothing is there
 *   ERR_TOO_LARGE    more than BLOB_BYTES_MAX
 *   ERR_FULL         the disk, the bucket or its quota is full
 *   ERR_UNAVAILABLE  the storage does not answer, the disk fails
 *   ERR_UPSTREAM     the storage answers, but refuses our keys or says nonsense
 */
#ifndef BLOB_BLOB_H
#define BLOB_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "base/strbuf.h"

#define BLOB_BYTES_MAX ((size_t)32 * 1024 * 1024)

/*
 * Before the fork. Makes the folders, also for the user that workers become (RUN_AS), and checks
 * that they can be written; S3 is not asked, as it may be away at any time. ERR_INVALID: `problems`
 * got a sentence, with its line end, that names the setting. Settings must outlive the process.
 */
enum err blob_open(const struct settings *, struct strbuf *problems);
/* Gives back what blob_open() took; for tests. */
void blob_close(void);

/* The content type, such as "image/png", is for S3, which tells it to whoever looks there. */
enum err blob_put(
    const char *key, const void *bytes, size_t len, const char *content_type, struct strbuf *why);
/*
 * Adds the bytes from `from` on to the buffer: `len` of them, fewer if there are no more, all if it
 * is -1. ERR_INVALID if `from` is at the end or beyond. After an error some may have been added.
 */
enum err blob_get(
    const char *key, int64_t from, int64_t len, struct strbuf *out, struct strbuf *why);
/* What is gone already is ERR_OK. */
enum err blob_delete(const char *key, struct strbuf *why);
/*
 * Removes what puts that were cut off left behind, if it is older than an hour at `now` (seconds
 * since 1970), and counts it. S3 keeps nothing of a put that was cut off.
 */
enum err blob_sweep(int64_t now, int *removed, struct strbuf *why);

/* True: bytes are in files, and blob_file() opens them. */
bool blob_has_files(void);
struct blob_file {
	int fd; /* the caller's */
	int64_t size;
	int64_t written_at; /* seconds since 1970 */
};
/*
 * Opens the file for reading, for sendfile in the event loop: as fast as the disk finds a name.
 * ERR_INVALID, ERR_NOT_FOUND, ERR_UNAVAILABLE; ERR_METHOD if bytes are not in files.
 */
enum err blob_file(const char *key, struct blob_file *);

#endif
