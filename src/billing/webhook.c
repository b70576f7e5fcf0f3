#include "billing/webhook.h"

#include <string.h>

#include "clients/stripe_object.h"
#include "clients/stripe_sig.h"

/* ---- Whose it is ---- */

static const char *
sig_words(enum err e)
{
	switch (e) {
	case ERR_TIMEOUT:
		return "its signature is of another time; is the clock of this machine right?";
	case ERR_FORBIDDEN:
		return "its signature is of another secret or another body";
	default:
		return "it carries no signature that can be read";
	}
}

/* A signature that is only late under either secret is late: that is what has to be mended. */
enum err
webhook_check(const char *header, const char *body, size_t len, const char *secret, const char *old,
    int64_t now, const char **why)
{
	enum err e = stripe_sig_check(header, body, len, secret, now, STRIPE_SIG_TOLERANCE_S);
	enum err other;

	if (e == ERR_FORBIDDEN && *old != '\0') {
		other = stripe_sig_check(header, body, len, old, now, STRIPE_SIG_TOLERANCE_S);
		e = other == ERR_INVALID ? e : other;
	}
	if (e != ERR_OK)
		*why = sig_words(e);
	return e;
}

/* ---- What it says ---- */

#define NUL_ESCAPE "\\u0000"
#define NUL_LEN (sizeof(NUL_ESCAPE) - 1)

/*
 * No text of ours can hold a NUL, and none that counts here may: the body is kept as it came, and
 * read as if U+FFFD stood there. A backslash before the escape would make it none.
 */
static const char *
without_nul(struct arena *a, const char *body, size_t len)
{
	char *copy = NULL;

	for (size_t i = 0; i + 1 < len; i += body[i] == '\\' ? 2 : 1) {
		if (body[i] != '\\' || len - i < NUL_LEN ||
		    memcmp(body + i, NUL_ESCAPE, NUL_LEN) != 0)
			continue;
		if (copy == NULL)
			copy = arena_strndup(a, body, len);
		memcpy(copy + i, "\\ufffd", NUL_LEN);
	}
	return copy != NULL ? copy : body;
}

enum err
webhook_parse(const struct json **root, struct arena *a, const char *body, size_t len)
{
	return json_read_parse(root, a, without_nul(a, body, len), len);
}

static bool
is_thin(const struct json *root)
{
	const char *object = NULL;

	return json_read_text(root, "object", &object) == ERR_OK &&
	       strcmp(object, "v2.core.event") == 0;
}

static enum err
refuse(const char **why, const char *reason)
{
	*why = reason;
	return ERR_INVALID;
}

static enum err
read_event(struct stripe_event *e, struct arena *a, const struct json *root, const char **why)
{
	const char *what = "";

	if (is_thin(root))
		return refuse(why, "it is a thin event; make the endpoint send snapshot events");
	if (stripe_event_read(e, root, &what) != ERR_OK)
		return refuse(
		    why, arena_printf(a, "it is no event that can be read: \"%s\" is wrong", what));
	return ERR_OK;
}

enum err
webhook_read(struct inbox_event *e, struct arena *a, const char *body, size_t len, bool is_live,
    const char **why)
{
	struct stripe_event event = { 0 };
	const struct json *root;

	if (webhook_parse(&root, a, body, len) != ERR_OK)
		return refuse(why, "it is no JSON that can be read");
	if (read_event(&event, a, root, why) != ERR_OK)
		return ERR_INVALID;
	if (event.is_live != is_live)
		return refuse(why, is_live
				       ? "it is of test mode, and the portal's key of live mode"
				       : "it is of live mode, and the portal's key of test mode");
	*e = (struct inbox_event){ .id = event.id,
		.source = INBOX_WEBHOOK,
		.type = event.type,
		.object_id = event.object_id,
		.api_version = event.api_version,
		.body = arena_strndup(a, body, len),
		.is_live = event.is_live,
		.created_at = event.created_at };
	return ERR_OK;
}
