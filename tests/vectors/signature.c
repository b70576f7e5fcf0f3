/* Signature vectors: the shape of tests/data/signature-vectors.json; our verdict is `strict`. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "clients/stripe_sig.h"
#include "vectors/vectors.h"

static const char *
text(const struct json *o, const char *name)
{
	const char *value = NULL;

	json_read_text(o, name, &value);
	return value;
}

/* The body; payload_hex goes before payload, which cannot hold every byte. */
static const char *
body_of(struct arena *a, const struct json *c, size_t *len)
{
	const char *hex = text(c, "payload_hex"), *plain = text(c, "payload");
	char *bytes;

	if (hex == NULL) {
		*len = plain == NULL ? 0 : strlen(plain);
		return plain;
	}
	*len = strlen(hex) / 2;
	bytes = arena_alloc(a, *len + 1);
	return hex_decode(bytes, *len, hex) == ERR_OK ? bytes : NULL;
}

static void
run_case(struct vectors *v, struct arena *a, const struct json *c)
{
	const char *name = text(c, "name"), *strict = text(c, "strict"),
		   *secret = text(c, "secret");
	int64_t now = 0, tolerance = STRIPE_SIG_TOLERANCE_S;
	size_t len;
	const char *body = body_of(a, c, &len);
	enum err e;

	name = name == NULL ? "unnamed" : name;
	json_read_int(c, "tolerance", &tolerance);
	if (body == NULL || secret == NULL || strict == NULL ||
	    json_read_int(c, "received_at", &now) != ERR_OK) {
		vectors_failed(v, name, "it lacks secret, received_at, strict or a payload");
		return;
	}
	e = stripe_sig_check(text(c, "header"), body, len, secret, now, tolerance);
	if (strcmp(strict, "accept") != 0 && strcmp(strict, "reject") != 0)
		vectors_failed(v, name, "its verdict is neither accept nor reject");
	else if ((e == ERR_OK) == (strcmp(strict, "accept") == 0))
		vectors_passed(v);
	else
		vectors_failed(v, name, "the verdict is %s, expected %s", err_word(e), strict);
}

void
vectors_signature(struct vectors *v, struct arena *a, const struct json *root)
{
	const struct json *cases = NULL;

	if (json_read_array(root, "vectors", &cases) != ERR_OK)
		return;
	for (size_t i = 0; i < cases->n; i++)
		run_case(v, a, &cases->items[i]);
}
