/* The cookie of the first visit, and the request it is made from. */
#include "account/visit.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

#define NOW INT64_C(1767225600)

static void
must_be_sound(const struct visit *v)
{
	const char *texts[] = { v->source, v->referrer, v->campaign };
	size_t i;

	for (i = 0; i < 3; i++) {
		if (texts[i] == NULL)
			continue;
		must(*texts[i] != '\0' && strlen(texts[i]) <= VISIT_TEXT_BYTES_MAX);
		must(utf8_is_valid(texts[i], strlen(texts[i])));
		must(strpbrk(texts[i], "\r\n\t\x7f") == NULL);
	}
}

static void
try_request(struct arena *a, const char *query, const char *referer)
{
	struct visit v, again;
	const char *cookie;

	visit_read_request(&v, a, query, referer, "https://portal.example.org", NOW);
	must_be_sound(&v);
	cookie = visit_encode(a, &v);
	must(strlen(cookie) <= VISIT_COOKIE_BYTES_MAX);
	must(visit_decode(&again, a, cookie, NOW) == ERR_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len);
	struct arena a = { 0 };
	struct visit v;

	if (visit_decode(&v, &a, text, NOW) == ERR_OK) {
		must_be_sound(&v);
		must(v.first_at <= NOW + 60 && v.first_at >= NOW - VISIT_KEEP_S);
		must(strcmp(visit_encode(&a, &v), text) == 0);
	}
	try_request(&a, text, NULL);
	try_request(&a, NULL, text);
	arena_free(&a);
	free(text);
	return 0;
}
