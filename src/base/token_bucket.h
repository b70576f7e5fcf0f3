/*
 * Token buckets: up to `burst` at once, and one more every `period_ms`. Pure: time is a parameter.
 *
 * A bucket is one number, the moment at which it will be full again, so that processes can share it
 * as a single atomic word; a moment that has passed, such as 0, is a full bucket. (The same bucket
 * is known as the generic cell rate algorithm, ITU-T I.371 annex A.)
 */
#ifndef BASE_TOKEN_BUCKET_H
#define BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_rate {
	int64_t burst;	   /* tokens of a full bucket, at least 1 */
	int64_t period_ms; /* in which one token comes back, at least 1 */
};

/*
 * Takes one token at `now_ms`, on any clock that does not go back and is never negative. False if
 * there is none: then nothing is taken, and `wait_ms` (1..period_ms, else untouched) says when
 * there will be one.
 */
bool token_bucket_take(
    int64_t *full_at_ms, struct token_rate rate, int64_t now_ms, int64_t *wait_ms);

#endif
