/*
 * What workers may ask of the kernel beyond Kore's own list; anything else ends the worker. Found
 * by `seccomp_tracing yes` with tasks, libpq, libcurl and OpenSSL at work on Debian 12;
 * the decoders of pictures ask for nothing more.
 */
#include <kore/kore.h>
#include <kore/seccomp.h>
#include <sched.h>

/* KORE_SECCOMP_FILTER defines a function that no header declares. */
void kore_seccomp_hook(void);

/* clang-format off */
KORE_SECCOMP_FILTER("portal",
	KORE_SYSCALL_DENY(clone3, ENOSYS),	/* threads: glibc falls back to clone */
	KORE_SYSCALL_ALLOW(rseq),
	KORE_SYSCALL_ALLOW(mremap),		/* realloc of large blocks */
	KORE_SYSCALL_ALLOW(newfstatat),
	KORE_SYSCALL_ALLOW(getdents64),		/* /proc/self/fd for the metrics */
	KORE_SYSCALL_ALLOW(shutdown),		/* the end of an answer to who still sends */
#ifdef PORTAL_SANITIZED
	KORE_SYSCALL_ALLOW(sched_getaffinity),
	KORE_SYSCALL_ALLOW(pipe2),
#endif
	KORE_SYSCALL_ALLOW(gettid),		/* abort() */
	KORE_SYSCALL_ALLOW(tgkill))
/* clang-format on */
