#include "app/stop.h"

#include <kore/kore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

static atomic_int *noted; /* the signal that ends all workers; 0: none */

/* Kore's calls of this function lead to ours (--wrap in conf/build.conf). */
void __real_kore_worker_dispatch_signal(int);
void __wrap_kore_worker_dispatch_signal(int);

void
__wrap_kore_worker_dispatch_signal(int sig)
{
	if (noted != NULL && sig != SIGHUP)
		atomic_store(noted, sig);
	__real_kore_worker_dispatch_signal(sig);
}

void
stop_init(void)
{
	const int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_ANONYMOUS;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	void *page = mmap(NULL, sizeof(*noted), prot, flags, -1, 0);

	if (page == MAP_FAILED)
		fatal("no shared memory: %s", errno_s);
	noted = page;
}

void
stop_tick(void)
{
	int sig = atomic_load(noted);

	if (sig != 0)
		sig_recv = sig;
}
