/*
 * What would stop Kore in words of its own, or stop nobody and be missed later, is looked for
 * before the start and told in ours. Each function appends a sentence, with its line end, that
 * names the setting.
 */
#ifndef APP_START_CHECK_H
#define APP_START_CHECK_H

#include "base/err.h"
#include "base/settings.h"
#include "base/strbuf.h"

/* An address of settings: host is an IPv4 or IPv6 address without brackets. */
struct start_bind {
	const char *setting; /* "PUBLIC_BIND" */
	const char *host, *port;
};

/* ERR_INVALID unless the folder holds the role's files and the migrations of its database. */
enum err start_check_home(const char *home, enum role, struct strbuf *problems);
/*
 * ERR_INVALID unless the file can be written in the folder; it is made for a moment if it is not
 * there, and what it holds stays. `setting` is how the folder is called in the sentence.
 */
enum err start_check_folder(
    const char *setting, const char *folder, const char *file, struct strbuf *problems);
/* An error if bouncers are made in Kubernetes and what is applied for each cannot be. */
enum err start_check_manifests(const struct settings *, struct strbuf *problems);
/*
 * ERR_INVALID unless this process may listen at every one of them, and at all of them at once. It
 * does so for a moment.
 */
enum err start_check_binds(const struct start_bind *, size_t n, struct strbuf *problems);

#endif
