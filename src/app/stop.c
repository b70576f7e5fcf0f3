#include "app/stop.h"

#include <kore/kore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

static atomic_int *noted; /* the signal that ends all workers; 0: none */

/* The linker sends Kore's calls of kore_worker_dispatch_signal() here (--wrap in conf/build.conf). */
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
	void *page =
	    mmap(NULL, sizeof(*noted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

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
