/* Headers that ask for a part of a file: whatever they say, the part lies within the file. */
#include "fuzz/fuzz.h"
#include "web/web_range.h"

#define ETAG "\"abc\""

static void
check(const struct web_range *r, int64_t size)
{
	must(r->kind != WEB_RANGE_PART || (0 <= r->from && r->from < r->until && r->until <= size));
	must(r->kind != WEB_RANGE_ALL || (r->from == 0 && r->until == size));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const int64_t sizes[] = { 0, 1, 10, INT64_C(1) << 40 };
	char *text = fuzz_text(bytes, len);
	const struct web_range_ask asks[] = { { .range = text },
		{ .range = text, .if_range = ETAG }, { .range = "bytes=0-", .if_range = text },
		{ .range = "bytes=0-", .if_none_match = text } };

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct web_range r = web_range_choose(&asks[i], ETAG, sizes[j]);

			check(&r, sizes[j]);
		}
	free(text);
	return 0;
}
