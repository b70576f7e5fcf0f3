/* Times: what is accepted and lies in the years 0000 to 9999 is written and read as the same. */
#include "base/rfc3339.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len), out[RFC3339_SIZE];
	int64_t seconds, again;

	if (rfc3339_parse(text, &seconds) == ERR_OK) {
		must(strlen(text) >= RFC3339_SIZE - 1);
		if (rfc3339_format(out, seconds) == ERR_OK) {
			must(rfc3339_parse(out, &again) == ERR_OK && again == seconds);
			must(strlen(out) == RFC3339_SIZE - 1);
		} else {
			/* An offset leads out of the years that can be written. */
			must(strncmp(text, "0000-01-01", 10) == 0 ||
			     strncmp(text, "9999-12-31", 10) == 0);
		}
	}
	free(text);
	return 0;
}
