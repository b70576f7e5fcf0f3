/* See pics_bodies.h. */
#include "pics/pics_bodies.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* Kore has 256 bytes for the whole name of a file. */
#define PATH_MAX_BYTES 220
#define OLD_S 3600
#define PREFIX "http_body."

static char path[PATH_MAX_BYTES + 1];

static bool
give_to(const char *user)
{
	/* cppcheck-suppress getpwnamCalled ; safe, because there is one thread yet */
	const struct passwd *pw = *user != '\0' && getuid() == 0 ? getpwnam(user) : NULL;

	return pw == NULL || chown(path, pw->pw_uid, pw->pw_gid) == 0;
}

enum err
pics_bodies_open(const char *run_dir, const char *user, struct strbuf *problems)
{
	int len = snprintf(path, sizeof(path), "%s/bodies", run_dir);

	if (len >= (int)sizeof(path)) {
		strbuf_puts(problems, "RUN_DIR is too long a path for what pics keeps there.\n");
		return ERR_INVALID;
	}
	if ((mkdir(path, 0700) != 0 && errno != EEXIST) || !give_to(user)) {
		strbuf_printf(problems,
		    "RUN_DIR must be a folder in which %s can be made for the workers: %s.\n", path,
		    strerror(errno));
		return ERR_INVALID;
	}
	return ERR_OK;
}

const char *
pics_bodies_path(void)
{
	return path;
}

static bool
is_old(int dir, const char *name, int64_t now)
{
	struct stat st;

	return strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 &&
	       fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtim.tv_sec < now - OLD_S;
}

void
pics_bodies_sweep(int64_t now)
{
	DIR *dir = *path != '\0' ? opendir(path) : NULL;
	struct strbuf file = { 0 };
	struct dirent *entry;

	/* cppcheck-suppress readdirCalled ; safe, because nobody else has this DIR */
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!is_old(dirfd(dir), entry->d_name, now))
			continue;
		strbuf_clear(&file);
		strbuf_printf(&file, "%s/%s", path, entry->d_name);
		if (unlink(strbuf_text(&file)) == 0)
			log_info("pics", "a posted body that nobody finished was deleted");
	}
	if (dir != NULL)
		closedir(dir);
	strbuf_free(&file);
}
