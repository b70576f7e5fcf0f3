/* Memory that all processes of the program see alike. */
#ifndef BASE_SHARED_MEMORY_H
#define BASE_SHARED_MEMORY_H

#include <stddef.h>

/*
 * Zeroed, aligned to a page, made before the fork and never given back. Whoever uses it does so
 * through atomics. Without memory for it there is no program: ends the process.
 */
void *shared_memory_new(size_t size);

#endif
