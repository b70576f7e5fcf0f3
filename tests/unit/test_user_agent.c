/* Browsers in words. The headers are real ones; what is odd comes first. */
#include "account/user_agent.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MOZILLA "Mozilla/5.0 "
#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "
#define MOBILE_WEBKIT "AppleWebKit/605.1.15 (KHTML, like Gecko) "

static struct arena arena;

static const struct {
	const char *header, *words;
} cases[] = {
	{ NULL, "An unknown browser" },
	{ "", "An unknown browser" },
	{ "   ", "An unknown browser" },
	{ "Mozilla/5.0", "An unknown browser" },
	{ "<script>alert(1)</script>", "An unknown browser" },
	{ "Firefox", "An unknown browser" },
	{ "x (Windows NT 10.0)", "A browser on Windows" },
	{ "\xff\xfe Firefox/1", "Firefox" },
	{ MOZILLA "(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	    "Firefox on Linux" },
	{ MOZILLA "(Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
	    "Firefox on Windows" },
	{ MOZILLA "(Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0",
	    "Firefox on Android" },
	{ MOZILLA "(iPhone; CPU iPhone OS 17_5 like Mac OS X) " MOBILE_WEBKIT
		  "FxiOS/128.0 Mobile/15E148 Safari/605.1.15",
	    "Firefox on iPhone" },
	{ MOZILLA "(X11; OpenBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0",
	    "Firefox on OpenBSD" },
	{ MOZILLA "(X11; Linux x86_64) " WEBKIT "Chrome/126.0.0.0 Safari/537.36",
	    "Chrome on Linux" },
	{ MOZILLA "(X11; Linux x86_64) " WEBKIT "HeadlessChrome/126.0.0.0 Safari/537.36",
	    "Chrome on Linux" },
	{ MOZILLA "(X11; CrOS x86_64 14541.0.0) " WEBKIT "Chrome/126.0.0.0 Safari/537.36",
	    "Chrome on ChromeOS" },
	{ MOZILLA "(Linux; Android 10; K) " WEBKIT "Chrome/126.0.0.0 Mobile Safari/537.36",
	    "Chrome on Android" },
	{ MOZILLA "(Linux; Android 10; K) " WEBKIT
		  "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
	    "Samsung Internet on Android" },
	{ MOZILLA "(Windows NT 10.0; Win64; x64) " WEBKIT
		  "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
	    "Edge on Windows" },
	{ MOZILLA "(Windows NT 10.0; Win64; x64) " WEBKIT
		  "Chrome/126.0.0.0 Safari/537.36 OPR/111.0.0.0",
	    "Opera on Windows" },
	{ MOZILLA "(Macintosh; Intel Mac OS X 10_15_7) " MOBILE_WEBKIT
		  "Version/17.5 Safari/605.1.15",
	    "Safari on macOS" },
	{ MOZILLA "(iPad; CPU OS 16_6 like Mac OS X) " MOBILE_WEBKIT
		  "Version/16.6 Mobile/15E148 Safari/604.1",
	    "Safari on iPad" },
	{ "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8", "Lynx" },
	{ "Links (2.28; Linux 6.1 x86_64; GNU C 12.2; text)", "Links on Linux" },
	{ "w3m/0.5.3+git20230121", "w3m" },
	{ "curl/7.88.1", "curl" },
};

Test(user_agent, in_words)
{
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_str_eq(user_agent_words(&arena, user_agent_keep(&arena, cases[i].header)),
		    cases[i].words, "%s", cases[i].header);
}

/* The table takes 200 bytes of ASCII, whatever was sent. */
Test(user_agent, kept_is_short_and_printable)
{
	char header[5001];
	const char *kept;

	memset(header, 'x', sizeof(header) - 1);
	header[5000] = '\0';
	memcpy(header, "a\tb\x1b\x7f\xc3\xa9", 7);
	kept = user_agent_keep(&arena, header);
	cr_expect_eq(strlen(kept), USER_AGENT_BYTES_MAX);
	cr_expect_eq(strncmp(kept, "a?b????xx", 9), 0, "%s", kept);
	cr_expect_null(user_agent_keep(&arena, NULL));
	cr_expect_null(user_agent_keep(&arena, ""));
}
