/* The header Stripe-Signature, against a body that was signed for one moment. */
#include "base/digest.h"
#include "base/hex.h"
#include "clients/stripe_sig.h"
#include "fuzz/fuzz.h"

#define BODY "{\"id\":\"evt_1\",\"object\":\"event\"}"
#define SECRET "whsec_test_0123456789abcdefABCDEF0123456789"
#define NOW INT64_C(1767225600)

/* "t=<now>,v1=<signature>" */
static void
sign(char out[128])
{
	char t[24], hex[2 * DIGEST_BYTES + 1];
	unsigned char mac[DIGEST_BYTES];

	snprintf(t, sizeof(t), "%lld.", (long long)NOW);
	digest_hmac_sha256(mac, SECRET, strlen(SECRET),
	    (const struct digest_part[]){ { t, strlen(t) }, { BODY, strlen(BODY) } }, 2);
	hex_encode(hex, mac, DIGEST_BYTES);
	snprintf(out, 128, "t=%lld,v1=%s", (long long)NOW, hex);
}

static enum err
check(const char *header)
{
	return stripe_sig_check(header, BODY, strlen(BODY), SECRET, NOW, STRIPE_SIG_TOLERANCE_S);
}

/* What strangers add to a good header does not make it another one, nor a bad one good. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len), good[128], *both;
	const size_t size = sizeof(good) + 1 + len + 1;
	enum err e = check(text);

	sign(good);
	must(check(good) == ERR_OK);
	if (e == ERR_OK || e == ERR_TIMEOUT)
		must(strstr(text, strstr(good, "v1=") + 3) != NULL);
	else
		must(e == ERR_INVALID || e == ERR_FORBIDDEN);
	both = xmalloc(size);
	snprintf(both, size, "%s,%s", good, text);
	if (strstr(text, "t=") == NULL && check(both) == ERR_OK)
		must(e != ERR_OK);
	must(stripe_sig_check(text, BODY, strlen(BODY), "whsec_other", NOW, 0) != ERR_OK);
	free(both);
	free(text);
	return 0;
}
