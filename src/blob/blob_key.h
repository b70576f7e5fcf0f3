/*
 * The names of blobs: what a picture is called, 12 to 64 of A-Z a-z 0-9 _ -, and which of its
 * renditions it is: ".full", ".view" or ".thumb". No other name ever becomes a path.
 */
#ifndef BLOB_BLOB_KEY_H
#define BLOB_BLOB_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define BLOB_KEY_SIZE (64 + sizeof(".thumb"))

bool blob_key_is_valid(const char *key);
/* The length of what stands before the rendition, of a valid key. */
size_t blob_key_stem(const char *key);

#endif
