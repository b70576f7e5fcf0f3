/*
 * Blobs as files. Every path is taken from the descriptor of PICS_DIR, so that nothing but what is
 * below it can be named. Workers have a filter of system calls; what this file needs beyond Kore's
 * list (fsync, renameat, unlinkat) stands in src/app/seccomp_filter.c. Folders are made in
 * blob_dir_make.c, before the filter.
 */
#include "blob/blob_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "blob/blob_key.h"

#define PATH_SIZE (sizeof("xx/") + BLOB_KEY_SIZE)
#define UNFINISHED_BYTES 16
#define UNFINISHED_MAX_S 3600

/* ---- Names and errors ---- */

/* All renditions of a picture share a folder. */
static void
path_of(char path[PATH_SIZE], const char *key)
{
	unsigned char hash[DIGEST_BYTES];

	digest_sha256(hash, key, blob_key_stem(key));
	snprintf(path, PATH_SIZE, "%02x/%s", hash[0], key);
}

static void
unfinished_path(char path[PATH_SIZE])
{
	unsigned char bytes[UNFINISHED_BYTES];
	char digits[2 * UNFINISHED_BYTES + 1];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(digits, bytes, sizeof(bytes));
	snprintf(path, PATH_SIZE, "new/%s", digits);
}

/* Tells what errno says of the attempt. */
static enum err
failed(struct strbuf *why, const char *attempt)
{
	int error = errno;

	if (error == ENOSPC || error == EDQUOT) {
		strbuf_printf(why, "%s: the disk is full%s", attempt,
		    error == EDQUOT ? " as far as its quota goes" : "");
		return ERR_FULL;
	}
	strbuf_printf(why, "%s: %s", attempt, strerror(error));
	return ERR_UNAVAILABLE;
}

/* ---- Writing ---- */

static bool
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return false;
	}
	return true;
}

/* The bytes as a file of that name, on the disk. What was written of it before an error stays. */
static enum err
write_file(
    const struct blob_dir *d, const char *path, const void *bytes, size_t len, struct strbuf *why)
{
	int fd = openat(d->root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	enum err e = ERR_OK;

	if (fd < 0)
		return failed(why, "cannot make a file");
	if (!write_all(fd, bytes, len) || fsync(fd) != 0)
		e = failed(why, "cannot write a file");
	if (close(fd) != 0 && e == ERR_OK)
		e = failed(why, "cannot write a file");
	return e;
}

/* A name that came or went in the folder of `path` is on the disk afterwards. */
static enum err
sync_folder(const struct blob_dir *d, const char *path, struct strbuf *why)
{
	const char shard[3] = { path[0], path[1], '\0' };
	int fd = openat(d->root, shard, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = ERR_OK;

	if (fd < 0 || fsync(fd) != 0)
		e = failed(why, "cannot write a folder");
	if (fd >= 0)
		close(fd);
	return e;
}

enum err
blob_dir_put(
    const struct blob_dir *d, const char *key, const void *bytes, size_t len, struct strbuf *why)
{
	char unfinished[PATH_SIZE], path[PATH_SIZE];
	enum err e;

	unfinished_path(unfinished);
	path_of(path, key);
	e = write_file(d, unfinished, bytes, len, why);
	if (e == ERR_OK && renameat(d->root, unfinished, d->root, path) != 0)
		e = failed(why, "cannot rename a file");
	if (e != ERR_OK) {
		unlinkat(d->root, unfinished, 0); /* there may be none */
		return e;
	}
	return sync_folder(d, path, why);
}

enum err
blob_dir_delete(const struct blob_dir *d, const char *key, struct strbuf *why)
{
	char path[PATH_SIZE];

	path_of(path, key);
	if (unlinkat(d->root, path, 0) != 0)
		return errno == ENOENT ? ERR_OK : failed(why, "cannot delete a file");
	return sync_folder(d, path, why);
}

/* ---- Reading ---- */

/* errno says why not. A file that is none, put there by others, counts as not there. */
static bool
open_file(const struct blob_dir *d, const char *key, struct blob_file *file)
{
	char path[PATH_SIZE];
	struct stat st;

	path_of(path, key);
	file->fd = openat(d->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file->fd < 0)
		return false;
	if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(file->fd);
		errno = ENOENT;
		return false;
	}
	file->size = st.st_size;
	file->written_at = st.st_mtime;
	return true;
}

enum err
blob_dir_file(const struct blob_dir *d, const char *key, struct blob_file *file)
{
	if (open_file(d, key, file))
		return ERR_OK;
	file->fd = -1;
	return errno == ENOENT ? ERR_NOT_FOUND : ERR_UNAVAILABLE;
}

/* Straight into the buffer: pictures are large. */
static enum err
read_all(int fd, size_t len, struct strbuf *out, struct strbuf *why)
{
	ssize_t n;

	strbuf_reserve(out, len);
	for (; len > 0; len -= (size_t)n) {
		n = read(fd, out->s + out->len, len);
		if (n < 0 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n < 0)
			return failed(why, "cannot read a file");
		if (n == 0) {
			strbuf_puts(why, "a file became shorter while it was read");
			return ERR_UNAVAILABLE;
		}
		out->len += (size_t)n;
		out->s[out->len] = '\0';
	}
	return ERR_OK;
}

static enum err
read_range(
    const struct blob_file *file, int64_t from, int64_t len, struct strbuf *out, struct strbuf *why)
{
	int64_t rest = file->size - from;

	if (rest <= 0) {
		strbuf_puts(why, "there are no such bytes");
		return ERR_INVALID;
	}
	if (len >= 0 && len < rest)
		rest = len;
	if ((uint64_t)rest > BLOB_BYTES_MAX) {
		strbuf_puts(why, "there are too many bytes");
		return ERR_TOO_LARGE;
	}
	if (lseek(file->fd, from, SEEK_SET) != from)
		return failed(why, "cannot read a file");
	return read_all(file->fd, (size_t)rest, out, why);
}

enum err
blob_dir_get(const struct blob_dir *d, const char *key, int64_t from, int64_t len,
    struct strbuf *out, struct strbuf *why)
{
	struct blob_file file;
	enum err e;

	if (!open_file(d, key, &file)) {
		if (errno != ENOENT)
			return failed(why, "cannot open a file");
		strbuf_puts(why, "there is no such file");
		return ERR_NOT_FOUND;
	}
	e = read_range(&file, from, len, out, why);
	close(file.fd);
	return e;
}

/* ---- Sweeping ---- */

/* Another worker may sweep as well: what is gone by itself is fine. */
static bool
is_old(int folder, const char *name, int64_t now)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_mtime < now - UNFINISHED_MAX_S;
}

enum err
blob_dir_sweep(const struct blob_dir *d, int64_t now, int *removed, struct strbuf *why)
{
	int fd = openat(d->root, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	*removed = 0;
	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return failed(why, "cannot read a folder");
	}
	while ((entry = readdir(folder)) != NULL)
		if (is_old(fd, entry->d_name, now) && unlinkat(fd, entry->d_name, 0) == 0)
			(*removed)++;
	closedir(folder);
	return ERR_OK;
}
