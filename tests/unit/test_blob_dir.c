/*
 * Pictures as files: what is kept, what a full disk and a killed process leave behind, and that
 * nothing outside of the folder can be had.
 *
 * The full disk is played by a write() of ours, and is a real one (a tmpfs of 64 KiB) where a tmpfs
 * may be mounted; elsewhere that one test passes without a look.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t test_write(int fd, const void *bytes, size_t len);
static int test_fsync(int fd);
#define write test_write
#define fsync test_fsync
#include "blob/blob_dir.c"
#undef write
#undef fsync

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#define KEY "0123456789ab.full"
#define OTHER "abcdefghijkl.thumb"

static char folder[] = "/tmp/test_blob_dir_XXXXXX";
static struct blob_dir dir;
static struct strbuf why, out;

/* How the disk fails: after so many bytes, with this errno. SIZE_MAX: not at all. */
static size_t room = SIZE_MAX;
static int no_room = ENOSPC, fsync_error;
static bool is_killed; /* when the room is used up, as by kill -9 */

/* In small pieces, as a kernel may. */
static ssize_t
test_write(int fd, const void *bytes, size_t len)
{
	if (room == 0 && is_killed)
		kill(getpid(), SIGKILL);
	if (room == 0) {
		errno = no_room;
		if (no_room == EINTR) /* a signal came; the next call goes on */
			room = SIZE_MAX;
		return -1;
	}
	if (room != SIZE_MAX) {
		len = len < 1000 ? len : 1000;
		len = len < room ? len : room;
		room -= len;
	}
	return write(fd, bytes, len);
}

static int
test_fsync(int fd)
{
	if (fsync_error == 0)
		return fsync(fd);
	errno = fsync_error;
	return -1;
}

static void
open_dir(void)
{
	cr_assert_eq(blob_dir_open(&dir, folder, "", &why), ERR_OK, "%s", strbuf_text(&why));
}

static void
begin(void)
{
	cr_assert_not_null(mkdtemp(folder));
	open_dir();
}

static void
end(void)
{
	char command[sizeof(folder) + 16];

	blob_dir_close(&dir);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_expect_eq(system(command), 0);
	strbuf_free(&why);
	strbuf_free(&out);
}

TestSuite(blob_dir, .init = begin, .fini = end);

static enum err
put(const char *key, const char *text)
{
	strbuf_clear(&why);
	return blob_dir_put(&dir, key, text, strlen(text), &why);
}

static enum err
get(const char *key, int64_t from, int64_t len)
{
	strbuf_clear(&why);
	strbuf_clear(&out);
	return blob_dir_get(&dir, key, from, len, &out, &why);
}

/* Files in PICS_DIR/new. */
static int
unfinished(void)
{
	int fd = openat(dir.root, "new", O_RDONLY | O_DIRECTORY), n = 0;
	DIR *d = fdopendir(fd);
	const struct dirent *entry;

	cr_assert_not_null(d);
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

Test(blob_dir, what_is_put_is_there_until_it_is_deleted)
{
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
	cr_expect_eq(put(KEY, "hello"), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(put(OTHER, "other"), ERR_OK);
	cr_expect_eq(get(KEY, 0, -1), ERR_OK);
	cr_expect_str_eq(strbuf_text(&out), "hello");
	cr_expect_eq(unfinished(), 0);
	cr_expect_eq(blob_dir_delete(&dir, KEY, &why), ERR_OK);
	cr_expect_eq(blob_dir_delete(&dir, KEY, &why), ERR_OK, "a second time");
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
	cr_expect_eq(get(OTHER, 0, -1), ERR_OK);
}

Test(blob_dir, a_second_start_finds_what_the_first_one_kept)
{
	cr_expect_eq(put(KEY, "hello"), ERR_OK);
	blob_dir_close(&dir);
	open_dir();
	cr_expect_eq(get(KEY, 0, -1), ERR_OK);
}

static const struct {
	int64_t from, len;
	enum err err;
	const char *want;
} ranges[] = {
	{ 0, -1, ERR_OK, "0123456789" },
	{ 0, 1, ERR_OK, "0" },
	{ 3, 4, ERR_OK, "3456" },
	{ 3, -1, ERR_OK, "3456789" },
	{ 9, 100, ERR_OK, "9" },
	{ 9, INT64_MAX, ERR_OK, "9" },
	{ 10, -1, ERR_INVALID, "" },
	{ 11, 1, ERR_INVALID, "" },
	{ INT64_MAX, -1, ERR_INVALID, "" },
};

Test(blob_dir, ranges)
{
	cr_assert_eq(put(KEY, "0123456789"), ERR_OK);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		cr_expect_eq(get(KEY, ranges[i].from, ranges[i].len), ranges[i].err, "%ld %ld",
		    (long)ranges[i].from, (long)ranges[i].len);
		cr_expect_str_eq(strbuf_text(&out), ranges[i].want);
	}
}

Test(blob_dir, a_file_opened_for_the_event_loop)
{
	struct blob_file file;
	char bytes[6] = "";

	cr_assert_eq(put(KEY, "hello"), ERR_OK);
	cr_assert_eq(blob_dir_file(&dir, KEY, &file), ERR_OK);
	cr_expect_eq(file.size, 5);
	cr_expect_leq(llabs((long long)file.written_at - time(NULL)), 60);
	cr_expect_eq(read(file.fd, bytes, sizeof(bytes)), 5);
	cr_expect_str_eq(bytes, "hello");
	cr_expect_neq(fcntl(file.fd, F_GETFD) & FD_CLOEXEC, 0);
	close(file.fd);
	cr_expect_eq(blob_dir_file(&dir, OTHER, &file), ERR_NOT_FOUND);
	cr_expect_eq(file.fd, -1);
}

/* What others put into the folder leads nowhere. */
Test(blob_dir, links_and_pipes_are_not_followed)
{
	char path[PATH_SIZE];
	struct blob_file file;

	path_of(path, KEY);
	cr_assert_eq(symlinkat("/etc/passwd", dir.root, path), 0);
	cr_expect_neq(get(KEY, 0, -1), ERR_OK);
	cr_expect_eq(out.len, 0);
	cr_expect_neq(blob_dir_file(&dir, KEY, &file), ERR_OK);
	cr_assert_eq(unlinkat(dir.root, path, 0), 0);
	cr_assert_eq(mkfifoat(dir.root, path, 0600), 0);
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
	cr_assert_eq(unlinkat(dir.root, path, 0), 0);
	cr_assert_eq(mkdirat(dir.root, path, 0700), 0);
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
}

Test(blob_dir, too_large_to_be_read_at_once)
{
	char path[PATH_SIZE];
	int fd;

	path_of(path, KEY);
	fd = openat(dir.root, path, O_WRONLY | O_CREAT, 0600);
	cr_assert_eq(ftruncate(fd, (off_t)BLOB_BYTES_MAX + 1), 0);
	close(fd);
	cr_expect_eq(get(KEY, 0, -1), ERR_TOO_LARGE);
	cr_expect_eq(get(KEY, 0, 10), ERR_OK);
	cr_expect_eq(get(KEY, 1, -1), ERR_OK);
	cr_expect_eq(out.len, BLOB_BYTES_MAX);
}

static const struct {
	size_t room;
	int write_error, fsync_error;
	enum err err;
	const char *says;
} disks[] = {
	{ 0, ENOSPC, 0, ERR_FULL, "cannot write a file: the disk is full" },
	{ 1, ENOSPC, 0, ERR_FULL, "the disk is full" },
	{ 4999, ENOSPC, 0, ERR_FULL, "the disk is full" },
	{ 2500, EDQUOT, 0, ERR_FULL, "the disk is full as far as its quota goes" },
	{ 2500, EIO, 0, ERR_UNAVAILABLE, "Input/output error" },
	{ SIZE_MAX, 0, ENOSPC, ERR_FULL, "the disk is full" }, /* told late, as by NFS */
	{ SIZE_MAX, 0, EIO, ERR_UNAVAILABLE, "Input/output error" },
	{ 2500, EINTR, 0, ERR_OK, "" },
};

Test(blob_dir, a_disk_that_fails_leaves_nothing)
{
	static char text[5001];

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		room = disks[i].room;
		no_room = disks[i].write_error;
		fsync_error = disks[i].fsync_error;
		cr_expect_eq(put(KEY, text), disks[i].err, "%zu: %s", i, strbuf_text(&why));
		cr_expect_not_null(
		    strstr(strbuf_text(&why), disks[i].says), "%s", strbuf_text(&why));
		room = SIZE_MAX;
		fsync_error = 0;
		cr_expect_eq(unfinished(), 0, "%zu", i);
		cr_expect_eq(get(KEY, 0, -1), disks[i].err == ERR_OK ? ERR_OK : ERR_NOT_FOUND);
	}
}

/* A real one, and the folder is usable again once there is room. */
Test(blob_dir, a_full_tmpfs)
{
	static char text[60001];

	memset(text, 'x', sizeof(text) - 1);
	blob_dir_close(&dir);
	if (mount("none", folder, "tmpfs", 0, "size=64k,mode=0700") != 0)
		return;
	open_dir();
	cr_expect_eq(put(KEY, text), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(put(OTHER, text), ERR_FULL, "%s", strbuf_text(&why));
	cr_expect_eq(unfinished(), 0);
	cr_expect_eq(get(OTHER, 0, -1), ERR_NOT_FOUND);
	cr_expect_eq(blob_dir_delete(&dir, KEY, &why), ERR_OK);
	cr_expect_eq(put(OTHER, text), ERR_OK, "%s", strbuf_text(&why));
	blob_dir_close(&dir);
	cr_expect_eq(umount(folder), 0);
}

static void
put_and_die(void)
{
	static char text[5001];

	memset(text, 'x', sizeof(text) - 1);
	room = 3000;
	is_killed = true;
	put(KEY, text);
	_exit(0);
}

Test(blob_dir, a_process_that_is_killed_leaves_what_the_sweep_removes)
{
	int64_t now = time(NULL);
	int status, removed;
	pid_t pid = fork();

	if (pid == 0)
		put_and_die();
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	cr_expect_eq(get(KEY, 0, -1), ERR_NOT_FOUND);
	cr_expect_eq(unfinished(), 1);
	cr_expect_eq(blob_dir_sweep(&dir, now + 3500, &removed, &why), ERR_OK);
	cr_expect_eq(removed, 0, "it may still be written to");
	cr_expect_eq(put(OTHER, "stays"), ERR_OK);
	cr_expect_eq(blob_dir_sweep(&dir, now + 3700, &removed, &why), ERR_OK);
	cr_expect_eq(removed, 1);
	cr_expect_eq(unfinished(), 0);
	cr_expect_eq(get(OTHER, 0, -1), ERR_OK);
	cr_expect_eq(blob_dir_sweep(&dir, now + 7200, &removed, &why), ERR_OK);
	cr_expect_eq(removed, 0);
}

Test(blob_dir, what_is_gone_under_our_feet_is_an_error_not_an_answer)
{
	int removed;

	cr_assert_eq(unlinkat(dir.root, "new", AT_REMOVEDIR), 0);
	cr_expect_eq(put(KEY, "hello"), ERR_UNAVAILABLE);
	cr_expect_str_eq(strbuf_text(&why), "cannot make a file: No such file or directory");
	cr_expect_eq(blob_dir_sweep(&dir, time(NULL), &removed, &why), ERR_UNAVAILABLE);
}

/* ---- The start ---- */

static enum err
try_open(const char *path, const char *user)
{
	struct blob_dir other;
	enum err e;

	strbuf_clear(&why);
	e = blob_dir_open(&other, path, user, &why);
	blob_dir_close(&other);
	return e;
}

static const char *
below(const char *name)
{
	static char path[sizeof(folder) + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

Test(blob_dir, a_folder_that_cannot_be_is_told_in_a_sentence)
{
	close(openat(dir.root, "file", O_WRONLY | O_CREAT, 0600));
	cr_expect_eq(try_open(below("no/parent"), ""), ERR_INVALID);
	cr_expect_not_null(
	    strstr(strbuf_text(&why), "PICS_DIR must name a folder"), "%s", strbuf_text(&why));
	cr_expect_not_null(strstr(strbuf_text(&why), "cannot be made: No such"));
	cr_expect_eq(try_open(below("file"), ""), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&why), "Not a directory.\n"));
	cr_expect_eq(try_open(below("made"), ""), ERR_OK);
	cr_assert_eq(mkdirat(dir.root, "odd", 0700), 0);
	close(openat(dir.root, "odd/7f", O_WRONLY | O_CREAT, 0600));
	cr_expect_eq(try_open(below("odd"), ""), ERR_INVALID);
	cr_expect_not_null(
	    strstr(strbuf_text(&why), "/odd/7f cannot be written"), "%s", strbuf_text(&why));
}

/* Root makes the folders for a plain user, who can then write there. */
Test(blob_dir, folders_belong_to_the_user_of_the_workers)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct stat st;
	int status;
	pid_t pid;

	if (geteuid() != 0 || nobody == NULL)
		return;
	cr_assert_eq(chmod(folder, 0755), 0);
	cr_expect_eq(try_open(below("pics"), "nobody"), ERR_OK, "%s", strbuf_text(&why));
	cr_expect_eq(geteuid(), 0);
	cr_expect_eq(stat(below("pics/new"), &st), 0);
	cr_expect_eq(st.st_uid, nobody->pw_uid);
	cr_expect_eq(stat(below("pics/ff"), &st), 0);
	cr_expect_eq(st.st_uid, nobody->pw_uid);
	pid = fork();
	if (pid == 0) {
		if (setgid(nobody->pw_gid) != 0 || setuid(nobody->pw_uid) != 0)
			_exit(2);
		_exit(blob_dir_open(&dir, below("pics"), "", &why) != ERR_OK ||
		      put(KEY, "hello") != ERR_OK);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
	/* A folder above that the user may not enter. */
	cr_assert_eq(chmod(below("pics"), 0700), 0);
	cr_assert_eq(chown(below("pics"), 0, 0), 0);
	cr_expect_eq(try_open(below("pics"), "nobody"), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&why), "cannot be written: Permission denied"), "%s",
	    strbuf_text(&why));
}
