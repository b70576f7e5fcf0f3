#include "base/siphash.h"

struct sip {
	uint64_t a, b, c, d; /* v0 to v3 of the paper */
};

static uint64_t
turn(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

/* Up to 8 bytes, the first one lowest. */
static uint64_t
read_word(const unsigned char *s, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)s[i] << (8 * i);
	return word;
}

static void
mix(struct sip *s, int rounds)
{
	for (; rounds > 0; rounds--) {
		s->a += s->b;
		s->b = turn(s->b, 13) ^ s->a;
		s->a = turn(s->a, 32);
		s->c += s->d;
		s->d = turn(s->d, 16) ^ s->c;
		s->a += s->d;
		s->d = turn(s->d, 21) ^ s->a;
		s->c += s->b;
		s->b = turn(s->b, 17) ^ s->c;
		s->c = turn(s->c, 32);
	}
}

static void
take_word(struct sip *s, uint64_t word)
{
	s->d ^= word;
	mix(s, 2);
	s->a ^= word;
}

uint64_t
siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *bytes, size_t len)
{
	const uint64_t k0 = read_word(key, 8), k1 = read_word(key + 8, 8);
	const unsigned char *at = bytes;
	size_t left = len;
	struct sip s = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };

	for (; left >= 8; left -= 8, at += 8)
		take_word(&s, read_word(at, 8));
	take_word(&s, read_word(at, left) | (uint64_t)(len & 0xff) << 56);
	s.c ^= 0xff;
	mix(&s, 4);
	return s.a ^ s.b ^ s.c ^ s.d;
}
