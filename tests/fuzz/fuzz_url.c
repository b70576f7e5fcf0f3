/* Absolute URLs: what is accepted has sound parts, and its parts put together read the same. */
#include "base/url.h"
#include "fuzz/fuzz.h"

static char *
join(struct arena *a, const struct url *u)
{
	const char *left = strchr(u->host, ':') != NULL ? "[" : "", *right = *left ? "]" : "";

	return arena_printf(a, "%s://%s%s%s:%d%s%s%s", u->is_https ? "https" : "http", left,
	    u->host, right, u->port, u->path, u->query != NULL ? "?" : "",
	    u->query != NULL ? u->query : "");
}

static void
must_be_sound(const struct url *u)
{
	const char *c;

	must(u->port > 0 && u->port < 65536 && u->path[0] == '/');
	must(*u->host != '\0' && strpbrk(u->host, "@/\\?#[]%") == NULL);
	for (c = u->host; *c != '\0'; c++)
		must(*c > ' ' && *c < 0x7f && !(*c >= 'A' && *c <= 'Z'));
	must(strpbrk(u->path, "?# \r\n\t\\\"<>") == NULL);
	must(u->query == NULL || strpbrk(u->query, "# \r\n\t\\\"<>") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len);
	struct arena a = { 0 };
	struct url u, again;

	if (url_parse(&u, &a, text) == ERR_OK) {
		must_be_sound(&u);
		if (strlen(text) < URL_BYTES_MAX - sizeof(":65535/")) {
			must(url_parse(&again, &a, join(&a, &u)) == ERR_OK);
			must(url_same_origin(&u, &again) && strcmp(u.path, again.path) == 0);
		}
	}
	arena_free(&a);
	free(text);
	return 0;
}
