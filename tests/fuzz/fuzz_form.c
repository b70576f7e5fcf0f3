/* Posted bodies and query strings: every field is UTF-8, and written again it reads the same. */
#include "base/form_data.h"
#include "base/url.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

static void
must_read_the_same(struct arena *a, const struct form_data *d)
{
	struct strbuf b = { 0 };
	struct form_data again;
	size_t i;

	for (i = 0; i < d->n; i++)
		url_add_field(&b, d->fields[i].name, d->fields[i].value);
	must(form_data_parse(&again, a, strbuf_text(&b), b.len) == ERR_OK);
	must(again.n == d->n);
	for (i = 0; i < d->n; i++) {
		must(strcmp(again.fields[i].name, d->fields[i].name) == 0);
		must(strcmp(again.fields[i].value, d->fields[i].value) == 0);
	}
	strbuf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena a = { 0 };
	struct form_data d;
	size_t i;

	if (form_data_parse(&d, &a, (const char *)bytes, len) == ERR_OK) {
		must(d.n <= FORM_DATA_FIELDS_MAX);
		for (i = 0; i < d.n; i++) {
			must(utf8_is_valid(d.fields[i].name, strlen(d.fields[i].name)));
			must(utf8_is_valid(d.fields[i].value, strlen(d.fields[i].value)));
			must(form_data_count(&d, d.fields[i].name) > 0);
			must(form_data_text(&d, d.fields[i].name) != NULL);
		}
		must_read_the_same(&a, &d);
	} else {
		must(d.n == 0);
	}
	arena_free(&a);
	return 0;
}
