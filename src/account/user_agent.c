#include "account/user_agent.h"

#include <stddef.h>
#include <string.h>

struct sign {
	const char *mark, *word;
};

/*
 * Browsers claim to be their forerunners as well, so the first mark that is found counts: Edge and
 * Opera say Chrome, Chrome says Safari, nearly all say Mozilla.
 */
static const struct sign browsers[] = {
	{ "Edg/", "Edge" },
	{ "EdgA/", "Edge" },
	{ "EdgiOS/", "Edge" },
	{ "OPR/", "Opera" },
	{ "Vivaldi/", "Vivaldi" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "SeaMonkey/", "SeaMonkey" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "CriOS/", "Chrome" },
	{ "Epiphany/", "GNOME Web" },
	{ "Safari/", "Safari" },
	{ "Lynx/", "Lynx" },
	{ "ELinks/", "ELinks" },
	{ "Links (", "Links" },
	{ "w3m/", "w3m" },
	{ "NetSurf/", "NetSurf" },
	{ "curl/", "curl" },
	{ "Wget/", "Wget" },
};

/* An iPhone says Mac OS X, Android says Linux. */
static const struct sign systems[] = {
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Android", "Android" },
	{ "Windows", "Windows" },
	{ "CrOS", "ChromeOS" },
	{ "Macintosh", "macOS" },
	{ "Mac OS X", "macOS" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
	{ "NetBSD", "NetBSD" },
	{ "Linux", "Linux" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
find(const struct sign *signs, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, signs[i].mark) != NULL)
			return signs[i].word;
	return NULL;
}

const char *
user_agent_keep(struct arena *a, const char *header)
{
	char *kept;

	if (header == NULL || *header == '\0')
		return NULL;
	kept = arena_strndup(a, header, strnlen(header, USER_AGENT_BYTES_MAX));
	for (char *p = kept; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return kept;
}

const char *
user_agent_words(struct arena *a, const char *kept)
{
	const char *text = kept != NULL ? kept : "";
	const char *browser = find(browsers, COUNT(browsers), text);
	const char *system = find(systems, COUNT(systems), text);

	if (browser == NULL && system == NULL)
		return "An unknown browser";
	if (system == NULL)
		return browser;
	return arena_printf(a, "%s on %s", browser != NULL ? browser : "A browser", system);
}
