/*
 * The header is split at commas; nothing is trimmed. Empty elements and those of unknown keys, such
 * as v0, are let pass; an element without "=" or a v1 that is no signature spoils the whole.
 */
#include "clients/stripe_sig.h"

#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"

#define DIGITS_MAX 12
#define HEX_DIGITS (2 * DIGEST_BYTES)

static const char digits[] = "0123456789", hex_digits[] = "0123456789abcdef";

struct element {
	const char *key, *value; /* value: behind the "="; NULL: there is none */
	size_t key_len, value_len;
};

/* The element that begins at *at, which then stands at the next one, or is NULL behind the last. */
static struct element
next_element(const char **at)
{
	const char *begin = *at;
	const size_t len = strcspn(begin, ",");
	const char *equals = memchr(begin, '=', len);
	struct element el = { .key = begin, .key_len = len };

	if (equals != NULL) {
		el.key_len = (size_t)(equals - begin);
		el.value = equals + 1;
		el.value_len = len - el.key_len - 1;
	}
	*at = begin[len] == ',' ? begin + len + 1 : NULL;
	return el;
}

static bool
is_key(const struct element *el, const char *key)
{
	return el->key_len == strlen(key) && memcmp(el->key, key, el->key_len) == 0;
}

static bool
is_time(const struct element *el)
{
	const size_t len = el->value_len;

	return len >= 1 && len <= DIGITS_MAX && strspn(el->value, digits) >= len &&
	       (len == 1 || el->value[0] != '0');
}

static bool
is_signature(const struct element *el)
{
	return el->value_len == HEX_DIGITS && strspn(el->value, hex_digits) >= HEX_DIGITS;
}

/* The one t; every v1 is of the right form. */
static enum err
read_header(const char *header, struct element *t)
{
	const char *at = header;
	size_t nt = 0, nv1 = 0;
	bool is_fine = true;

	while (at != NULL) {
		const struct element el = next_element(&at);

		if (el.value == NULL) {
			is_fine = is_fine && el.key_len == 0;
		} else if (is_key(&el, "t")) {
			*t = el;
			nt++;
		} else if (is_key(&el, "v1")) {
			is_fine = is_fine && is_signature(&el);
			nv1++;
		}
	}
	return is_fine && nt == 1 && nv1 >= 1 && is_time(t) ? ERR_OK : ERR_INVALID;
}

static bool
has_signature(const char *header, const unsigned char mac[DIGEST_BYTES])
{
	const char *at = header;
	char want[HEX_DIGITS + 1];
	bool is_found = false;

	hex_encode(want, mac, DIGEST_BYTES);
	while (at != NULL) {
		const struct element el = next_element(&at);

		if (is_key(&el, "v1") && digest_equal(el.value, want, HEX_DIGITS))
			is_found = true;
	}
	return is_found;
}

static int64_t
time_of(const struct element *t)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->value_len; i++)
		n = n * 10 + (t->value[i] - '0');
	return n;
}

static bool
is_near(int64_t at, int64_t now, int64_t tolerance_s)
{
	return tolerance_s == 0 || (now - at <= tolerance_s && at - now <= tolerance_s);
}

enum err
stripe_sig_check(const char *header, const char *body, size_t len, const char *secret, int64_t now,
    int64_t tolerance_s)
{
	unsigned char mac[DIGEST_BYTES];
	struct element t = { 0 };

	if (header == NULL || read_header(header, &t) != ERR_OK)
		return ERR_INVALID;
	digest_hmac_sha256(mac, secret, strlen(secret),
	    (const struct digest_part[]){ { t.value, t.value_len }, { ".", 1 }, { body, len } }, 3);
	if (!has_signature(header, mac))
		return ERR_FORBIDDEN;
	return is_near(time_of(&t), now, tolerance_s) ? ERR_OK : ERR_TIMEOUT;
}
