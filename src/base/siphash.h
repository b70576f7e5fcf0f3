/*
 * SipHash-2-4: a quick hash with a key, for tables whose keys come from outside. Who does not know
 * the key can neither aim at a place nor tell from a hash what was hashed. No signature: for those
 * there is HMAC (digest.h). Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF",
 * 2012.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes, size_t len);

#endif
