#include "base/xmalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *
checked(void *p)
{
	static const char sentence[] = "portal: out of memory\n";
	ssize_t ignored;

	if (p != NULL)
		return p;
	ignored = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
	(void)ignored;
	abort();
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	return checked(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
}

void *
xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return s == NULL ? NULL : checked(strdup(s));
}
