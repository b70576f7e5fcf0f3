#include "clients/stripe_read.h"

#include <string.h>

#include "base/call.h"
#include "clients/stripe_object.h"

#define WORD_MAX 255
#define CURRENCY_MIN 3
#define CURRENCY_MAX 8
#define TIME_MAX INT64_C(253402300799) /* the last second of 9999 */

struct stripe_read
stripe_read_begin(const struct json *json, const char *object)
{
	static const struct json nothing = { .kind = JSON_KIND_OBJECT };
	struct stripe_read in = { .json = json };
	const char *is = NULL;

	if (json == NULL || json->kind != JSON_KIND_OBJECT)
		return (struct stripe_read){ &nothing, "object" };
	if (object != NULL && json_read_text(json, "object", &is) != ERR_NOT_FOUND &&
	    (is == NULL || strcmp(is, object) != 0))
		in.wrong = "object";
	return in;
}

enum err
stripe_read_end(const struct stripe_read *in, const char **what)
{
	if (in->wrong == NULL)
		return ERR_OK;
	if (what != NULL)
		*what = in->wrong;
	return ERR_INVALID;
}

void
stripe_read_wrong(struct stripe_read *in, const char *member)
{
	if (in->wrong == NULL)
		in->wrong = member;
}

static bool
is_word(const char *text)
{
	return *text != '\0' && strlen(text) <= WORD_MAX && call_is_word(text);
}

static bool
is_currency(const char *text)
{
	const size_t len = strlen(text);

	return len >= CURRENCY_MIN && len <= CURRENCY_MAX &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz") == len;
}

static const char *
needed(struct stripe_read *in, const char *member, const char *text)
{
	if (text == NULL)
		stripe_read_wrong(in, member);
	return text;
}

static const char *
text_of(struct stripe_read *in, const char *member, bool (*fits)(const char *))
{
	const char *text = NULL;

	if (json_read_text(in->json, member, &text) == ERR_INVALID)
		stripe_read_wrong(in, member);
	if (text == NULL || *text == '\0')
		return NULL;
	if (fits == NULL || fits(text))
		return text;
	stripe_read_wrong(in, member);
	return NULL;
}

const char *
stripe_read_text_if(struct stripe_read *in, const char *member)
{
	return text_of(in, member, NULL);
}

const char *
stripe_read_word_if(struct stripe_read *in, const char *member)
{
	return text_of(in, member, is_word);
}

const char *
stripe_read_word(struct stripe_read *in, const char *member)
{
	return needed(in, member, stripe_read_word_if(in, member));
}

const char *
stripe_read_id(struct stripe_read *in, const char *member)
{
	return stripe_read_word(in, member);
}

const char *
stripe_read_currency_if(struct stripe_read *in)
{
	return text_of(in, "currency", is_currency);
}

const char *
stripe_read_currency(struct stripe_read *in)
{
	return needed(in, "currency", stripe_read_currency_if(in));
}

const char *
stripe_read_link_if(struct stripe_read *in, const char *member)
{
	const char *id;

	if (json_read_member(in->json, member) == NULL)
		return NULL;
	id = stripe_object_id(in->json, member);
	if (id == NULL)
		stripe_read_wrong(in, member);
	return id;
}

const char *
stripe_read_link(struct stripe_read *in, const char *member)
{
	return needed(in, member, stripe_read_link_if(in, member));
}

bool
stripe_read_flag(struct stripe_read *in, const char *member)
{
	bool is_set = false;

	if (json_read_bool(in->json, member, &is_set) == ERR_INVALID)
		stripe_read_wrong(in, member);
	return is_set;
}

/* STRIPE_UNKNOWN stands for what is not there; so it may not come from outside either. */
static int64_t
integer(struct stripe_read *in, const char *member, int64_t min, int64_t max)
{
	int64_t n = STRIPE_UNKNOWN;
	enum err e = json_read_int(in->json, member, &n);

	if (e == ERR_OK && n >= min && n <= max)
		return n;
	if (e != ERR_NOT_FOUND)
		stripe_read_wrong(in, member);
	return STRIPE_UNKNOWN;
}

int64_t
stripe_read_amount(struct stripe_read *in, const char *member)
{
	return integer(in, member, -INT64_MAX, INT64_MAX);
}

int64_t
stripe_read_count(struct stripe_read *in, const char *member)
{
	return integer(in, member, 0, INT32_MAX);
}

int64_t
stripe_read_time(struct stripe_read *in, const char *member)
{
	int64_t at = integer(in, member, 0, TIME_MAX);

	return at == STRIPE_UNKNOWN ? 0 : at;
}

int64_t
stripe_read_created(struct stripe_read *in)
{
	int64_t at = stripe_read_time(in, "created");

	if (at == 0)
		stripe_read_wrong(in, "created");
	return at;
}

const struct json *
stripe_read_object(struct stripe_read *in, const char *member)
{
	const struct json *object = NULL;

	if (json_read_object(in->json, member, &object) == ERR_INVALID)
		stripe_read_wrong(in, member);
	return object;
}

const struct json *
stripe_read_list(struct stripe_read *in, const char *member)
{
	const struct json *list = json_read_member(in->json, member), *data = NULL;

	if (list == NULL || list->kind == JSON_KIND_ARRAY)
		return list;
	if (json_read_array(list, "data", &data) != ERR_OK)
		stripe_read_wrong(in, member);
	return data;
}

const char *
stripe_read_metadata(const struct stripe_read *in, const char *name)
{
	const struct json *metadata = json_read_member(in->json, "metadata");
	const char *text = NULL;

	if (metadata != NULL)
		(void)json_read_text(metadata, name, &text); /* what is no text stays NULL */
	return text != NULL && *text != '\0' ? text : NULL;
}
