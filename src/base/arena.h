/*
 * Memory that dies together. A request, a job or a refresh has one arena; what is read from the
 * database or made ready for a template lives in it, and nothing in it is freed by hand.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

/* All zero is a valid, empty arena. */
struct arena {
	struct arena_chunk *chunks;
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *, size_t size);
/* As arena_alloc for n things of one size; ends the process if n * size overflows. */
void *arena_array(struct arena *, size_t n, size_t size);
/* Copies; NULL gives NULL. */
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t len);
char *arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));
/* Gives everything back; the arena is empty and usable again. */
void arena_free(struct arena *);

#endif
