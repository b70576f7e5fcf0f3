/*
 * Cases in JSON that others wrote, run against our code: whoever checks the portal may bring files
 * of their own. A case that fails is printed with what was expected and what came out.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json_read.h"

struct vectors {
	const char *file;
	int passed, failed;
};

/* Counts a case; a failure is printed with its sentence. */
void vectors_passed(struct vectors *);
void vectors_failed(struct vectors *, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Each case of a file of the shape, and what the file says of all of them together. */
void vectors_mrr(struct vectors *, struct arena *, const struct json *root);
void vectors_signature(struct vectors *, struct arena *, const struct json *root);

#endif
