/*
 * What workers may ask of the kernel beyond Kore's own list; anything else ends the worker, and in
 * a task its thread alone, without a word, so that a job never comes to its end. Found by
 * `seccomp_tracing yes` with tasks, libpq, libcurl and OpenSSL at work on Debian 12; the decoders
 * of pictures ask for nothing more.
 */
#include <kore/kore.h>
#include <kore/seccomp.h>
#include <sched.h>

#include "base/settings.h"

/* Called by Kore in each worker; no header declares it. */
void kore_seccomp_hook(void);

/* clang-format off */
static struct sock_filter of_all[] = {
	KORE_SYSCALL_DENY(clone3, ENOSYS),	/* threads: glibc falls back to clone */
	KORE_SYSCALL_ALLOW(rseq),
	KORE_SYSCALL_ALLOW(mremap),		/* realloc of large blocks */
	KORE_SYSCALL_ALLOW(newfstatat),
	KORE_SYSCALL_ALLOW(getdents64),		/* /proc/self/fd for the metrics */
	KORE_SYSCALL_ALLOW(shutdown),		/* the end of an answer to who still sends */
	KORE_SYSCALL_ALLOW(sched_yield),	/* a thread that waits for another's short lock */
#ifdef PORTAL_SANITIZED
	KORE_SYSCALL_ALLOW(sched_getaffinity),
	KORE_SYSCALL_ALLOW(pipe2),
#endif
	KORE_SYSCALL_ALLOW(gettid),		/* abort() */
	KORE_SYSCALL_ALLOW(tgkill),
};

/* Pictures in a folder: src/blob/blob_dir.c. The other roles write no files. */
static struct sock_filter of_pics[] = {
	KORE_SYSCALL_ALLOW(fsync),
	KORE_SYSCALL_ALLOW(renameat),
	KORE_SYSCALL_ALLOW(unlinkat),
	KORE_SYSCALL_ALLOW(setpriority),	/* threads that work on pictures give way to pages */
};

/* Longer texts that are kept for a moment: src/txt/paste_kept.c. */
static struct sock_filter of_txt[] = {
	KORE_SYSCALL_ALLOW(memfd_create),
};
/* clang-format on */

void
kore_seccomp_hook(void)
{
	kore_seccomp_filter("portal", of_all, KORE_FILTER_LEN(of_all));
	if (settings.role == ROLE_TXT)
		kore_seccomp_filter("txt", of_txt, KORE_FILTER_LEN(of_txt));
	if (settings.role == ROLE_PICS)
		kore_seccomp_filter("pics", of_pics, KORE_FILTER_LEN(of_pics));
}
