/* Paths to return to: whatever passes leads nowhere else, in any browser's reading. */
/* strcasestr() */
#define _GNU_SOURCE
#include "fuzz/fuzz.h"

#include <strings.h>

#include "web/web_path.h"

static void
must_be_ours(const char *path)
{
	const char *c;

	must(path[0] == '/');
	must(strlen(path) <= WEB_PATH_BYTES_MAX);
	must(path[1] != '/' && strncasecmp(path + 1, "%2f", 3) != 0);
	for (c = path; *c != '\0'; c++)
		must(*c > ' ' && *c < 0x7f && *c != '\\' && *c != '"' && *c != '<');
	must(strcasestr(path, "%5c") == NULL && strcasestr(path, "%0") == NULL);
	must(strncmp(path, "/../", 4) != 0 && strcmp(path, "/..") != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *path = fuzz_text(bytes, len);

	if (web_path_is_local(path))
		must_be_ours(path);
	must(web_path_or(path, "/") == path || !web_path_is_local(path));
	free(path);
	return 0;
}
