/* The folders of blob_dir, made and looked at before the fork: workers can make none. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob/blob_dir.h"

#define SHARDS 256
#define FOLDER_MODE 0750

/* Whom the folders are for: the user that root's workers become, or whoever this is. */
struct owner {
	bool is_other;
	uid_t uid;
	gid_t gid;
};

static struct owner
owner_of(const char *user)
{
	/* cppcheck-suppress getpwnamCalled ; safe, because there is one thread yet */
	const struct passwd *pw = *user != '\0' && geteuid() == 0 ? getpwnam(user) : NULL;

	if (pw == NULL)
		return (struct owner){ .is_other = false };
	return (struct owner){ true, pw->pw_uid, pw->pw_gid };
}

/* What is there already keeps its mode; and its owner, unless that one is root. */
static bool
make_folder(int at, const char *path, const struct owner *o)
{
	struct stat st;

	if (mkdirat(at, path, FOLDER_MODE) != 0 && errno != EEXIST)
		return false;
	if (!o->is_other)
		return true;
	if (fstatat(at, path, &st, 0) != 0)
		return false;
	return st.st_uid != 0 || fchownat(at, path, o->uid, o->gid, 0) == 0;
}

/* False: errno, and `name` is the one that failed. */
static bool
each_folder(const struct blob_dir *d, const struct owner *o, char name[4],
    bool (*act)(int at, const char *path, const struct owner *))
{
	int i;

	strcpy(name, "new");
	if (!act(d->root, name, o))
		return false;
	for (i = 0; i < SHARDS; i++) {
		snprintf(name, 4, "%02x", (unsigned)i & 0xff);
		if (!act(d->root, name, o))
			return false;
	}
	return true;
}

/* As the user who will write: root may write anywhere, and workers are not root. */
static bool
can_write(int at, const char *path, const struct owner *o)
{
	(void)o;
	return faccessat(at, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
}

static bool
become(const struct owner *o)
{
	return !o->is_other || (setegid(o->gid) == 0 && seteuid(o->uid) == 0);
}

static bool
become_root_again(const struct owner *o)
{
	return !o->is_other || (seteuid(0) == 0 && setegid(0) == 0);
}

static bool
check_folders(const struct blob_dir *d, const struct owner *o, char name[4])
{
	bool is_fine = become(o) && each_folder(d, o, name, can_write);
	int error = errno;

	is_fine = become_root_again(o) && is_fine;
	errno = error;
	return is_fine;
}

static enum err
refuse(const char *path, const char *name, const char *attempt, struct strbuf *problems)
{
	strbuf_printf(problems,
	    "PICS_DIR must name a folder for pictures; %s%s%s cannot be %s: %s.\n", path,
	    *name != '\0' ? "/" : "", name, attempt, strerror(errno));
	return ERR_INVALID;
}

enum err
blob_dir_open(struct blob_dir *d, const char *path, const char *user, struct strbuf *problems)
{
	const struct owner owner = owner_of(user);
	char name[4] = "";

	d->root = -1;
	if (mkdir(path, FOLDER_MODE) == 0) {
		if (owner.is_other && chown(path, owner.uid, owner.gid) != 0)
			return refuse(path, "", "given to RUN_AS", problems);
	} else if (errno != EEXIST) {
		return refuse(path, "", "made", problems);
	}
	d->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->root < 0)
		return refuse(path, "", "opened", problems);
	if (!each_folder(d, &owner, name, make_folder))
		return refuse(path, name, "made", problems);
	if (!check_folders(d, &owner, name))
		return refuse(path, name, "written", problems);
	return ERR_OK;
}

void
blob_dir_close(struct blob_dir *d)
{
	if (d->root >= 0)
		close(d->root);
	d->root = -1;
}
