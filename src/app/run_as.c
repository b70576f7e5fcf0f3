#include "app/run_as.h"

#include <kore/kore.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Workers read certificates, names of hosts and tokens while they run: none of that is in a folder
 * of ours that they could be locked into.
 */
static const char *
why_not(const char *user)
{
	const struct passwd *pw;

	if (!skip_chroot)
		return "serving in a locked folder is not possible; start it with -n";
	if (skip_runas)
		return NULL;
	if (getuid() != 0)
		return "only root can become another user; start it with -r";
	if (*user == '\0')
		return "root starts it, but workers should not be root: let RUN_AS name a plain "
		       "user, or start it as one with -r";
	/* cppcheck-suppress getpwnamCalled ; safe, because there is one thread yet */
	pw = getpwnam(user);
	if (pw == NULL)
		return "RUN_AS must name a user of this machine";
	return pw->pw_uid == 0 ? "RUN_AS must name a plain user, not root" : NULL;
}

/* libpq looks for certificates at home; in root's it may not look, and then does without TLS. */
static void
become(const char *user)
{
	/* cppcheck-suppress getpwnamCalled ; safe, because there is one thread yet */
	const struct passwd *pw = getpwnam(user);

	kore_runas_user = kore_strdup(user);
	setenv("HOME", pw->pw_dir, 1);
}

enum err
run_as_init(const char *user, struct strbuf *problem)
{
	const char *why = why_not(user);

	if (why != NULL) {
		strbuf_printf(problem, "%s.", why);
		return ERR_INVALID;
	}
	if (!skip_runas)
		become(user);
	return ERR_OK;
}
