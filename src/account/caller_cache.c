#include "account/caller_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xmalloc.h"

/* One block: the account and behind it its two texts. */
struct kept {
	struct portal_account account;
	char texts[];
};

static struct keep_store good = { .free = free }, bad = { .free = free };

static const char token_kind, account_kind, uploader_kind;

/* ---- Keys: as long as a hash, whatever is asked for ---- */

static void
key_of(struct keep_key *k, const void *kind, const unsigned char *hash)
{
	*k = (struct keep_key){ .kind = kind };
	(void)keep_key_add(k, hash, DIGEST_BYTES); /* it always has room */
}

void
caller_cache_token(struct keep_key *k, const unsigned char *hash)
{
	key_of(k, &token_kind, hash);
}

void
caller_cache_account(struct keep_key *k, const char *sub)
{
	unsigned char hash[DIGEST_BYTES];

	digest_sha256(hash, sub, strlen(sub));
	key_of(k, &account_kind, hash);
}

/* Hashes of the two, so that no name runs into the other. */
void
caller_cache_uploader(struct keep_key *k, const char *bouncer, const char *soju_username)
{
	unsigned char both[2 * DIGEST_BYTES], hash[DIGEST_BYTES];

	digest_sha256(both, bouncer, strlen(bouncer));
	digest_sha256(both + DIGEST_BYTES, soju_username, strlen(soju_username));
	digest_sha256(hash, both, sizeof(both));
	key_of(k, &uploader_kind, hash);
}

/* ---- Answers ---- */

static struct kept *
kept_new(const struct portal_account *account)
{
	const size_t sub_size = strlen(account->sub) + 1, plan_size = strlen(account->plan) + 1;
	struct kept *k = xcalloc(1, sizeof(*k) + sub_size + plan_size);

	k->account = *account;
	k->account.sub = memcpy(k->texts, account->sub, sub_size);
	k->account.plan = memcpy(k->texts + sub_size, account->plan, plan_size);
	return k;
}

enum caller_known
caller_cache_find(
    const struct keep_key *key, int64_t now_us, struct arena *a, struct portal_account *account)
{
	const struct kept *k;

	if (keep_find(&bad, key, now_us) != NULL)
		return CALLER_BAD;
	k = keep_find(&good, key, now_us);
	if (k == NULL)
		return CALLER_UNKNOWN;
	*account = k->account;
	account->sub = arena_strdup(a, k->account.sub);
	account->plan = arena_strdup(a, k->account.plan);
	return CALLER_GOOD;
}

/* Answers belong to no account of this service's own. */
#define NOBODY 0

void
caller_cache_put(const struct keep_key *key, const struct portal_account *account, int64_t asked_us)
{
	if (account != NULL)
		keep_put(&good, key, kept_new(account), NOBODY, asked_us, CALLER_CACHE_MS);
	else
		keep_put(&bad, key, xcalloc(1, 1), NOBODY, asked_us, CALLER_CACHE_MS);
}

void
caller_cache_forget(void)
{
	keep_drop(NOBODY);
}
