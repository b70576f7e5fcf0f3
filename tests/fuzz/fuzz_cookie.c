/* The Cookie header: a value found is what stood there, and can be sent back. */
#include "fuzz/fuzz.h"
#include "web/web_cookie.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const names[] = { "__Host-portal", "portal", "portal-login" };
	char *header = fuzz_text(bytes, len), *line;
	struct arena a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = web_cookie_find(&a, header, names[i]);

		if (value == NULL)
			continue;
		must(strstr(header, value) != NULL);
		must(strchr(value, ';') == NULL);
		must(strstr(header, names[i]) != NULL);
	}
	if (web_cookie_format(&line, &a, "portal", header, 60, true) == ERR_OK) {
		must(strpbrk(header, ";, \t\r\n\"\\") == NULL);
		must(strncmp(line, "__Host-portal=", 14) == 0);
		must(strncmp(line + 14, header, strlen(header)) == 0);
	}
	arena_free(&a);
	free(header);
	return 0;
}
