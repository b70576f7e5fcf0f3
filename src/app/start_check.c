#include "app/start_check.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "bouncer/kube_manifest.h"

#define BINDS_MAX 4

/* ---- Folders ---- */

enum err
start_check_home(const char *home, enum role role, struct strbuf *problems)
{
	struct arena arena = { 0 };
	const char *const wanted[] = { "conf/common.conf",
		arena_printf(&arena, "conf/site_%s.conf", role_words[role]),
		arena_printf(&arena, "migrations/%s", role_databases[role]) };
	enum err e = ERR_OK;
	const char *path;
	size_t i;

	for (i = 0; e == ERR_OK && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		path = arena_printf(&arena, "%s/%s", home, wanted[i]);
		if (access(path, R_OK) == 0)
			continue;
		strbuf_printf(problems,
		    "PORTAL_HOME must name the folder with conf/ and migrations/; %s cannot be "
		    "read: %s.\n",
		    path, strerror(errno));
		e = ERR_INVALID;
	}
	arena_free(&arena);
	return e;
}

/* A file that is made here is taken away again. False: errno says why. */
static bool
can_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_new = fd >= 0;

	if (fd < 0 && errno == EEXIST)
		fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	close(fd);
	if (is_new)
		unlink(path);
	return true;
}

enum err
start_check_folder(
    const char *setting, const char *folder, const char *file, struct strbuf *problems)
{
	struct strbuf path = { 0 };
	enum err e = ERR_OK;

	strbuf_printf(&path, "%s/%s", folder, file);
	if (!can_write(strbuf_text(&path))) {
		strbuf_printf(problems,
		    "%s must be a folder that this user may write to; %s cannot be written: %s.\n",
		    setting, strbuf_text(&path), strerror(errno));
		e = ERR_INVALID;
	}
	strbuf_free(&path);
	return e;
}

/* ---- Bouncers ---- */

enum err
start_check_manifests(const struct settings *s, struct strbuf *problems)
{
	struct arena arena = { 0 };
	enum err e;

	if (s->role != ROLE_PORTAL || strcmp(s->bouncer_provisioner, "kubernetes") != 0)
		return ERR_OK;
	e = kube_manifest_check(kube_manifest_file(&arena), problems);
	arena_free(&arena);
	return e;
}

/* ---- Addresses ---- */

static const char *
advice(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "another program listens there; stop it or choose another port";
	case EACCES:
		return "this user may not listen there; choose a port from 1024 on";
	case EADDRNOTAVAIL:
		return "it is no address of this machine; 0.0.0.0 and [::] stand for all of them";
	case EAFNOSUPPORT:
		return "this machine does not speak that kind of IP";
	default:
		return strerror(error);
	}
}

/* A socket that listens as Kore's will, or -1 with errno. */
static int
listen_at(const struct start_bind *b)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	int fd, on = 1, error;

	if (getaddrinfo(b->host, b->port, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0)) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* One of ours is in the way of the other: nobody else is to be looked for. */
static const char *
same_port(const struct start_bind *v, size_t i, const int *fds)
{
	size_t before;

	for (before = 0; before < i; before++)
		if (fds[before] >= 0 && strcmp(v[before].port, v[i].port) == 0)
			return v[before].setting;
	return NULL;
}

static void
tell_bind(const struct start_bind *v, size_t i, const int *fds, struct strbuf *problems)
{
	bool is_v6 = strchr(v[i].host, ':') != NULL;
	int error = errno;
	const char *other = error == EADDRINUSE ? same_port(v, i, fds) : NULL;

	strbuf_printf(problems,
	    is_v6 ? "%s: cannot listen at [%s]:%s: " : "%s: cannot listen at %s:%s: ", v[i].setting,
	    v[i].host, v[i].port);
	if (other != NULL)
		strbuf_printf(problems, "%s has that port; give them different ones.\n", other);
	else
		strbuf_printf(problems, "%s.\n", advice(error));
}

/* Those before stay open meanwhile, so that the next one meets them as it would meet Kore's. */
enum err
start_check_binds(const struct start_bind *v, size_t n, struct strbuf *problems)
{
	int fds[BINDS_MAX] = { 0 };
	enum err e = ERR_OK;
	size_t i, done;

	for (done = 0; done < n && done < BINDS_MAX; done++) {
		fds[done] = listen_at(&v[done]);
		if (fds[done] < 0) {
			tell_bind(v, done, fds, problems);
			e = ERR_INVALID;
		}
	}
	for (i = 0; i < done; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return e;
}
