/* Allocation that cannot fail: out of memory ends the process, so code handles only what can be. */
#ifndef BASE_XMALLOC_H
#define BASE_XMALLOC_H

#include <stddef.h>

/* Freed by free(). A size of 0 is allowed. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *, size_t size);
/* NULL gives NULL. */
char *xstrdup(const char *);

#endif
