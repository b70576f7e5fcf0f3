#include "web/web_limit.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/shared_memory.h"
#include "base/siphash.h"
#include "base/token_bucket.h"
#include "metrics/metrics.h"

/*
 * Each fills within a minute. Where a full table takes a place away, it is that of the bucket that
 * will be full first; so the same moment must mean the same in every class.
 */
static const struct {
	const char *word, *sentence; /* for metrics; for people */
	struct token_rate rate;
	bool is_by_address;
} classes[LIMIT__MAX] = {
	[LIMIT_FORM] = { "form", "Too many forms were sent in a short time.", { 60, 1000 }, false },
	[LIMIT_SIGNIN] = { "signin", "Too many sign-ins were begun from your network.",
	    { 20, 3000 }, true },
	[LIMIT_CALLBACK] = { "signin_callback", "Too many sign-ins came from your network.",
	    { 20, 3000 }, true },
	/* The provider has one address and may end the sessions of many at once. */
	[LIMIT_BACKCHANNEL] = { "backchannel", "Too many logout tokens came from your network.",
	    { 600, 100 }, true },
	/* Room for a folder of pictures at once; each may cost a core for a second. */
	[LIMIT_API] = { "api", "Too many changes came from your programs.", { 120, 500 }, false },
	/* A script with a stale token must see that it is; who guesses gets nowhere either way. */
	[LIMIT_TOKEN] = { "token", "Too many wrong tokens came from your network.", { 20, 3000 },
	    false },
	/* Room for an operator who tries secrets; each is a line in the log. */
	[LIMIT_WEBHOOK] = { "webhook",
	    "Too many webhooks without a good signature came from your "
	    "network.",
	    { 30, 2000 }, false },
	/* Each asks Stripe; the page looks again by itself every two seconds. */
	[LIMIT_RETURN] = { "return", "You have looked at payments too often in a short time.",
	    { 40, 1500 }, false },
};

/* 512 KiB in all. Of the hash the lowest bits choose the set and the highest are the tag. */
#define SETS 8192
#define WAYS 8
#define TIME_BITS 40 /* of milliseconds: 34 years */
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)

/*
 * A bucket with its tag is one word, changed by compare and swap: there is no lock that a worker
 * could die with. Two visitors share a bucket if 37 bits of their hashes agree. Zero: free.
 */
struct set {
	_Atomic uint64_t words[WAYS];
};

static struct set *sets;
static unsigned char hash_key[SIPHASH_KEY_BYTES];

/* What is hashed; no padding. */
struct owner {
	unsigned char class, kind, id[8];
};
enum { KIND_IPV4, KIND_IPV6, KIND_ACCOUNT };

void
web_limit_init(void)
{
	sets = shared_memory_new(SETS * sizeof(struct set));
	random_bytes(hash_key, sizeof(hash_key));
}

bool web_limit_is_by_address(enum web_limit class)
{
	return classes[class].is_by_address;
}

const char *web_limit_sentence(enum web_limit class)
{
	return classes[class].sentence;
}

/* The way with that tag, or the one that is full first; `word` is what it held. */
static _Atomic uint64_t *
find_bucket(struct set *set, uint64_t tag, uint64_t *word)
{
	_Atomic uint64_t *fullest = NULL;
	uint64_t seen;

	for (int i = 0; i < WAYS; i++) {
		seen = atomic_load_explicit(&set->words[i], memory_order_relaxed);
		if (seen != 0 && seen >> TIME_BITS == tag) {
			*word = seen;
			return &set->words[i];
		}
		if (fullest == NULL || (seen & TIME_MASK) < (*word & TIME_MASK)) {
			fullest = &set->words[i];
			*word = seen;
		}
	}
	return fullest;
}

static bool
has_token(uint64_t hash, struct token_rate rate, int64_t now_ms, int64_t *wait_ms)
{
	const uint64_t tag = hash >> TIME_BITS;
	uint64_t word;
	int64_t full_at;

	(void)find_bucket(&sets[hash % SETS], tag, &word);
	full_at = word >> TIME_BITS == tag ? (int64_t)(word & TIME_MASK) : 0;
	return token_bucket_take(&full_at, rate, now_ms, wait_ms);
}

/* Once more when another process was quicker; one of them always gets on. */
static bool
take_token(uint64_t hash, struct token_rate rate, int64_t now_ms, int64_t *wait_ms)
{
	const uint64_t tag = hash >> TIME_BITS;
	_Atomic uint64_t *bucket;
	uint64_t word, changed;
	int64_t full_at;

	do {
		bucket = find_bucket(&sets[hash % SETS], tag, &word);
		full_at = word >> TIME_BITS == tag ? (int64_t)(word & TIME_MASK) : 0;
		if (!token_bucket_take(&full_at, rate, now_ms, wait_ms))
			return false;
		changed = tag << TIME_BITS | ((uint64_t)full_at & TIME_MASK);
	} while (!atomic_compare_exchange_weak_explicit(
	    bucket, &word, changed, memory_order_relaxed, memory_order_relaxed));
	return true;
}

typedef bool bucket_fn(uint64_t hash, struct token_rate, int64_t now_ms, int64_t *wait_ms);

static enum err
check(enum web_limit class, const struct owner *owner, bucket_fn *bucket, int64_t now_ms,
    int *retry_after_s)
{
	int64_t wait_ms = 0;

	if (bucket(siphash(hash_key, owner, sizeof(*owner)), classes[class].rate, now_ms, &wait_ms))
		return ERR_OK;
	*retry_after_s = (int)((wait_ms + 999) / 1000);
	metrics_count(METRIC_LIMITED, classes[class].word, NULL);
	return ERR_TOO_MANY;
}

static bool has_limit(enum web_limit class)
{
	return sets != NULL && classes[class].word != NULL;
}

/* False for what is no address of the internet. */
static bool
read_address(struct owner *o, const struct sockaddr *address)
{
	const struct in6_addr *v6;

	if (address->sa_family == AF_INET) {
		o->kind = KIND_IPV4;
		memcpy(o->id, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	o->kind = IN6_IS_ADDR_V4MAPPED(v6) ? KIND_IPV4 : KIND_IPV6;
	if (o->kind == KIND_IPV4)
		memcpy(o->id, &v6->s6_addr[12], 4);
	else
		memcpy(o->id, v6->s6_addr, 8);
	return true;
}

static enum err
check_address(enum web_limit class, const struct sockaddr *address, bucket_fn *bucket,
    int64_t now_ms, int *retry_after_s)
{
	struct owner o = { .class = (unsigned char)class };

	if (!has_limit(class) || address == NULL || !read_address(&o, address))
		return ERR_OK;
	return check(class, &o, bucket, now_ms, retry_after_s);
}

enum err
web_limit_address(
    enum web_limit class, const struct sockaddr *address, int64_t now_ms, int *retry_after_s)
{
	return check_address(class, address, take_token, now_ms, retry_after_s);
}

enum err
web_limit_look(
    enum web_limit class, const struct sockaddr *address, int64_t now_ms, int *retry_after_s)
{
	return check_address(class, address, has_token, now_ms, retry_after_s);
}

enum err
web_limit_account(enum web_limit class, int64_t user_id, int64_t now_ms, int *retry_after_s)
{
	struct owner o = { .class = (unsigned char)class, .kind = KIND_ACCOUNT };

	if (!has_limit(class))
		return ERR_OK;
	memcpy(o.id, &user_id, sizeof(user_id));
	return check(class, &o, take_token, now_ms, retry_after_s);
}
