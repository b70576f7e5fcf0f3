#include "clients/irc_line.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Parts with "|" between: who it is from, the command, its words. NULL: no line at all. */
static const struct {
	const char *line, *parts;
} cases[] = {
	{ "", NULL },
	{ " ", NULL },
	{ ":", NULL },
	{ ":x", NULL },
	{ "@a=b", NULL },
	{ "@a=b :x", NULL },
	{ "PING", "|PING" },
	{ "PING ", "|PING" },
	{ "PING :", "|PING|" },
	{ "PING :a b  c ", "|PING|a b  c " },
	{ "PING  a   b", "|PING|a|b" },
	{ "PING a:b :", "|PING|a:b|" },
	{ ":srv.example FAIL BOUNCERSERV :no: such", "srv.example|FAIL|BOUNCERSERV|no: such" },
	{ ":b!c@d PRIVMSG * ::)", "b|PRIVMSG|*|:)" },
	{ ":b@d PRIVMSG *", "b|PRIVMSG|*" },
	{ "@time=1;x :b!c@d PRIVMSG * :t", "b|PRIVMSG|*|t" },
	{ "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "|X|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15 16" },
	{ "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16",
	    "|X|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15 16" },
};

static void
expect_parts(const char *text, const char *wanted)
{
	char line[256], parts[512];
	struct irc_line l;
	size_t i, len;

	strcpy(line, text);
	if (!irc_line_read(&l, line)) {
		cr_expect_null(wanted, "%s", text);
		return;
	}
	cr_assert_not_null(wanted, "%s", text);
	len = (size_t)snprintf(parts, sizeof(parts), "%s|%s", l.nick, l.command);
	for (i = 0; i < l.n; i++)
		len += (size_t)snprintf(parts + len, sizeof(parts) - len, "|%s", l.words[i]);
	cr_expect_str_eq(parts, wanted);
	cr_expect_str_eq(irc_line_last(&l), l.n > 0 ? l.words[l.n - 1] : "");
}

Test(irc_line, parts)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_parts(cases[i].line, cases[i].parts);
}
