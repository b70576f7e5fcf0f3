/* SHA-256 and what rests on it. Thread-safe. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES 32

struct digest_part {
	const void *bytes;
	size_t len;
};

void digest_sha256(unsigned char out[DIGEST_BYTES], const void *bytes, size_t len);
/*
 * HMAC-SHA256 (RFC 2104) of the parts one after the other, as if they were one text: who needs
 * their borders to count puts a separator between them.
 */
void digest_hmac_sha256(unsigned char out[DIGEST_BYTES], const void *key, size_t key_len,
    const struct digest_part *parts, size_t nparts);
/* Takes as long for a difference in the first byte as for one in the last. */
bool digest_equal(const void *, const void *, size_t len);
/* The same for texts, such as the token of a form; only their lengths show. NULL equals nothing. */
bool digest_equal_text(const char *, const char *);

#endif
