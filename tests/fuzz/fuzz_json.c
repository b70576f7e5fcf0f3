/* JSON from others: what is accepted is bounded, UTF-8, and holds no name twice. */
#include "base/json_read.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

static size_t nvalues;

static void
must_be_text(const char *s)
{
	must(s != NULL && utf8_is_valid(s, strlen(s)));
}

static void must_be_sound(const struct json *, int depth);

static void
must_have_sound_items(const struct json *j, int depth)
{
	size_t i;

	must(depth <= JSON_READ_DEPTH_MAX);
	for (i = 0; i < j->n; i++) {
		const struct json *item = &j->items[i];

		must((item->name != NULL) == (j->kind == JSON_KIND_OBJECT));
		if (item->name != NULL)
			must_be_text(item->name);
		if (item->name != NULL && item->kind != JSON_KIND_NULL)
			must(json_read_member(j, item->name) == item);
		must_be_sound(item, depth + 1);
	}
}

static void
must_be_sound(const struct json *j, int depth)
{
	must(++nvalues <= JSON_READ_VALUES_MAX);
	must(j->kind <= JSON_KIND_OBJECT);
	must((j->text != NULL) == (j->kind == JSON_KIND_TEXT));
	if (j->kind == JSON_KIND_TEXT)
		must_be_text(j->text);
	if (j->kind == JSON_KIND_ARRAY || j->kind == JSON_KIND_OBJECT)
		must_have_sound_items(j, depth);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct json *root, *found;
	struct arena a = { 0 };
	const char *text;
	int64_t n;
	bool b;

	if (json_read_parse(&root, &a, (const char *)bytes, len) == ERR_OK) {
		must(root->kind == JSON_KIND_ARRAY || root->kind == JSON_KIND_OBJECT);
		nvalues = 0;
		must_be_sound(root, 1);
		if (json_read_text(root, "a", &text) == ERR_OK)
			must_be_text(text);
		if (json_read_array(root, "a", &found) == ERR_OK)
			must(found->kind == JSON_KIND_ARRAY);
		if (json_read_object(root, "a", &found) == ERR_OK)
			must(found->kind == JSON_KIND_OBJECT);
		json_read_int(root, "a", &n);
		json_read_bool(root, "a", &b);
	}
	arena_free(&a);
	return 0;
}
