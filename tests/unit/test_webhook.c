/* What Stripe posts: whose it is, and what of it is kept. */
#include "billing/webhook.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"

#define NOW INT64_C(1767225600)

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(webhook, .fini = end);

/* ---- Whose it is ---- */

static const char *
sign(const char *secret, int64_t at, const char *body)
{
	const char *t = arena_printf(&arena, "%lld.", (long long)at);
	char hex[2 * DIGEST_BYTES + 1];
	unsigned char mac[DIGEST_BYTES];

	digest_hmac_sha256(mac, secret, strlen(secret),
	    (const struct digest_part[]){ { t, strlen(t) }, { body, strlen(body) } }, 2);
	hex_encode(hex, mac, DIGEST_BYTES);
	return arena_printf(&arena, "t=%lld,v1=%s", (long long)at, hex);
}

static const struct {
	const char *signed_with, *secret, *old;
	int64_t at;
	enum err err;
	const char *why;
} signatures[] = {
	{ "whsec_new", "whsec_new", "", NOW, ERR_OK, NULL },
	{ "whsec_new", "whsec_new", "whsec_old", NOW - 300, ERR_OK, NULL },
	{ "whsec_old", "whsec_new", "whsec_old", NOW + 300, ERR_OK, NULL },
	{ "whsec_old", "whsec_new", "", NOW, ERR_FORBIDDEN, "another secret" },
	{ "whsec_other", "whsec_new", "whsec_old", NOW, ERR_FORBIDDEN, "another secret" },
	{ "", "whsec_new", "", NOW, ERR_FORBIDDEN, "another secret" },
	{ "whsec_new", "whsec_new", "whsec_old", NOW - 600, ERR_TIMEOUT, "clock" },
	{ "whsec_old", "whsec_new", "whsec_old", NOW - 600, ERR_TIMEOUT, "clock" },
	{ "whsec_old", "whsec_new", "whsec_old", NOW + 301, ERR_TIMEOUT, "clock" },
};

Test(webhook, signatures_with_two_secrets)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		const char *header = sign(signatures[i].signed_with, signatures[i].at, "{}");
		const char *why = NULL;

		cr_expect_eq(webhook_check(header, "{}", 2, signatures[i].secret, signatures[i].old,
				 NOW, &why),
		    signatures[i].err, "%zu", i);
		if (signatures[i].why == NULL)
			continue;
		cr_assert_not_null(why);
		cr_expect_not_null(strstr(why, signatures[i].why), "%zu: %s", i, why);
		cr_expect_null(strstr(why, "whsec_"), "a secret is told");
	}
}

Test(webhook, no_signature)
{
	const char *why = NULL;

	cr_expect_eq(webhook_check(NULL, "{}", 2, "whsec_1", "", NOW, &why), ERR_INVALID);
	cr_expect_not_null(strstr(why, "no signature"));
}

/* ---- What it says ---- */

static enum err
read(struct inbox_event *e, const char *body, bool is_live, const char **why)
{
	return webhook_read(e, &arena, body, strlen(body), is_live, why);
}

#define EVENT(more)                                                                                \
	"{\"id\":\"evt_1\",\"object\":\"event\",\"created\":1767225600,\"livemode\":false,"        \
	"\"type\":\"invoice.paid\"" more "}"
#define INVOICE                                                                                    \
	",\"data\":{\"object\":{\"id\":\"in_1\",\"object\":\"invoice\",\"customer\":\"cus_1\"}}"

Test(webhook, an_event)
{
	static const char body[] = EVENT(",\"api_version\":\"2025-10-29.clover\"" INVOICE);
	const char *why = NULL;
	struct inbox_event e;

	cr_assert_eq(read(&e, body, false, &why), ERR_OK, "%s", why);
	cr_expect_str_eq(e.id, "evt_1");
	cr_expect_str_eq(e.type, "invoice.paid");
	cr_expect_str_eq(e.object_id, "in_1");
	cr_expect_str_eq(e.api_version, "2025-10-29.clover");
	cr_expect_str_eq(e.body, body);
	cr_expect_eq(e.created_at, 1767225600);
	cr_expect_eq(e.source, INBOX_WEBHOOK);
	cr_expect_eq(e.state, INBOX_WAITING);
	cr_expect_not(e.is_live);
}

static const struct {
	const char *body, *why;
} refused[] = {
	{ "", "no JSON" },
	{ "hello", "no JSON" },
	{ "\"evt_1\"", "no JSON" },
	{ "{\"id\":\"evt_1\"", "no JSON" },
	{ "{\"id\":\"a\",\"id\":\"b\"}", "no JSON" },
	{ "{\"id\":\"\xff\"}", "no JSON" },
	{ "[]", "\"object\" is wrong" },
	{ "{}", "is wrong" },
	{ "{\"object\":\"charge\",\"id\":\"ch_1\"}", "\"object\" is wrong" },
	{ "{\"object\":\"event\",\"id\":7,\"type\":\"x\",\"created\":1}", "\"id\" is wrong" },
	{ "{\"object\":\"event\",\"id\":\"evt_1\",\"created\":1}", "\"type\" is wrong" },
	{ "{\"object\":\"v2.core.event\",\"id\":\"evt_1\",\"type\":\"v1.billing.meter\"}", "thin" },
	{ "{\"id\":\"evt_1\",\"object\":\"event\",\"created\":1767225600,\"livemode\":true,"
	  "\"type\":\"invoice.paid\"}",
	    "live mode, and the portal's key of test mode" },
};

Test(webhook, what_is_no_event)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *why = "";
		struct inbox_event e;

		cr_expect_eq(
		    read(&e, refused[i].body, false, &why), ERR_INVALID, "%s", refused[i].body);
		cr_expect_not_null(strstr(why, refused[i].why), "%s: %s", refused[i].body, why);
	}
}

Test(webhook, test_mode_is_refused_in_live_mode)
{
	const char *why = "";
	struct inbox_event e;

	cr_expect_eq(read(&e, EVENT(INVOICE), true, &why), ERR_INVALID);
	cr_expect_not_null(strstr(why, "test mode, and the portal's key of live mode"));
}

/* PostgreSQL's texts hold no NUL; the escape of one is no NUL, and is kept as it came. */
static const char *const escapes[] = {
	EVENT(",\"x\":\"a\\u0000b\"" INVOICE),
	EVENT(",\"x\":\"a\\\\u0000b\"" INVOICE),
	EVENT(",\"x\":\"a\\\\\\u0000\"" INVOICE),
	EVENT(",\"x\":\"\\u0000\\u0000\",\"y\":\"\\\"\\u0000\"" INVOICE),
};

Test(webhook, escaped_nul)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const char *why = "";
		struct inbox_event e;

		cr_assert_eq(read(&e, escapes[i], false, &why), ERR_OK, "%s: %s", escapes[i], why);
		cr_expect_str_eq(e.body, escapes[i]);
		cr_expect_str_eq(e.object_id, "in_1");
	}
}

/* An id with an escaped NUL is that of no event: it is not cut there. */
Test(webhook, an_id_with_nul)
{
	const char *why = "";
	struct inbox_event e;

	cr_expect_eq(read(&e,
			 "{\"id\":\"evt_1\\u0000x\",\"object\":\"event\",\"created\":1,"
			 "\"livemode\":false,\"type\":\"a\"}",
			 false, &why),
	    ERR_INVALID);
}

Test(webhook, an_unknown_type_in_an_unknown_version_is_kept)
{
	const char *why = "";
	struct inbox_event e;

	cr_assert_eq(
	    read(&e,
		"{\"id\":\"evt_2\",\"object\":\"event\",\"api_version\":\"2031-01-01.oak\","
		"\"created\":1767225600,\"livemode\":false,\"type\":\"moon.risen\","
		"\"data\":{\"object\":{\"object\":\"moon\",\"phases\":[1,null]}}}",
		false, &why),
	    ERR_OK, "%s", why);
	cr_expect_str_eq(e.type, "moon.risen");
	cr_expect_null(e.object_id);
}
