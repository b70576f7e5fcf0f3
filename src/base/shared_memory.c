#include "base/shared_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *
shared_memory_new(size_t size)
{
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("portal: no shared memory");
		exit(1);
	}
	return p;
}
