/* The log: one line of JSON whatever the text holds, and nothing below the level. */
#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/log_line.h"
#include "unit/stdout_pipe.h"

static const char *
message_of(const char *line)
{
	static char message[LOG_LINE_BYTES];
	const char *start = strstr(line, "\"message\":\"");

	cr_assert_not_null(start, "%s", line);
	snprintf(message, sizeof(message), "%s", start + strlen("\"message\":\""));
	cr_assert_gt(strlen(message), 2);
	cr_assert_str_eq(message + strlen(message) - 3, "\"}\n", "%s", line);
	message[strlen(message) - 3] = '\0';
	return message;
}

TestSuite(log, .init = stdout_pipe);

static const struct {
	const char *text, *want;
} texts[] = {
	{ "", "" },
	{ "plain", "plain" },
	{ "a\nb\r\tc", "a\\u000ab\\u000d\\u0009c" },
	{ "say \"hi\" \\o/", "say \\\"hi\\\" \\\\o/" },
	{ "\x1b[31mred", "\\u001b[31mred" },
	{ "\x7f", "\\u007f" },
	{ "\xc2\x85", "\\u0085" },
	{ "Ærø 日本 🎉", "Ærø 日本 🎉" },
	{ "\xff", "\\udcff" },
	{ "\xc3", "\\udcc3" },
	{ "\xc3(", "\\udcc3(" },
	{ "\xc0\xaf", "\\udcc0\\udcaf" },
	{ "\xed\xa0\x80", "\\udced\\udca0\\udc80" },
	{ "\xf4\x90\x80\x80", "\\udcf4\\udc90\\udc80\\udc80" },
	{ "\xe6\x97", "\\udce6\\udc97" },
	{ "\x80x", "\\udc80x" },
};

Test(log, any_text_becomes_one_line_of_json)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		log_info("test", "%s", texts[i].text);
		cr_expect_str_eq(message_of(stdout_written()), texts[i].want, "case %zu", i);
	}
}

Test(log, a_line_has_time_level_and_area)
{
	const char *line;
	regex_t re;

	cr_assert_eq(
	    regcomp(&re,
		"^\\{\"time\":\"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}"
		"Z\","
		"\"level\":\"warn\",\"area\":\"oidc\",\"message\":\"no answer, 503\"\\}\n$",
		REG_EXTENDED | REG_NOSUB),
	    0);
	log_warn("oidc", "no answer, %d", 503);
	line = stdout_written();
	cr_expect_eq(regexec(&re, line, 0, NULL, 0), 0, "%s", line);
	regfree(&re);
}

Test(log, too_much_text_is_cut_at_a_character)
{
	char text[2 * LOG_LINE_BYTES];
	const char *line;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_error("test", "%s", text);
	line = stdout_written();
	cr_expect_leq(strlen(line), LOG_LINE_BYTES);
	cr_expect_eq(strlen(message_of(line)) % 6, 0, "an escape was cut");
}

Test(log, lines_below_the_level_are_not_written)
{
	const char *lines;

	log_debug("test", "one");
	cr_expect(log_set_level("error"));
	log_warn("test", "two");
	log_error("test", "three");
	lines = stdout_written();
	cr_expect_null(strstr(lines, "one"));
	cr_expect_null(strstr(lines, "two"));
	cr_expect_not_null(strstr(lines, "three"));
}

Test(log, an_unknown_level_changes_nothing)
{
	cr_expect(log_set_level("debug"));
	cr_expect_not(log_set_level("DEBUG"));
	cr_expect_not(log_set_level(""));
	log_debug("test", "still here");
	cr_expect_not_null(strstr(stdout_written(), "still here"));
}

Test(log, a_cause_names_its_request)
{
	log_set_request("5c1f09ae-1f");
	log_warn("db", "no answer");
	cr_expect_not_null(strstr(stdout_written(),
	    "\"area\":\"db\",\"request\":\"5c1f09ae-1f\",\"message\":\"no answer\"}\n"));
	log_set_request(NULL);
	log_warn("db", "no answer");
	cr_expect_null(strstr(stdout_written(), "request"));
}

/* What follows time and level in a line made by hand. */
static const char *
after_level(struct log_line *l)
{
	const char *area;

	log_line_end(l);
	l->s[l->len] = '\0';
	area = strstr(l->s, ",\"area\"");
	cr_assert_not_null(area);
	return area;
}

static const struct {
	int64_t value;
	const char *want;
} numbers[] = {
	{ INT64_MIN, "-9223372036854775808" },
	{ -1, "-1" },
	{ 0, "0" },
	{ 10, "10" },
	{ INT64_MAX, "9223372036854775807" },
};

Test(log, numbers_and_nothing)
{
	char want[128];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct log_line l;

		log_line_begin(&l, LOG_LEVEL_INFO, "a\"b");
		log_line_number(&l, "n", numbers[i].value);
		log_line_null(&l, "x");
		snprintf(want, sizeof(want), ",\"area\":\"a\\\"b\",\"n\":%s,\"x\":null}\n",
		    numbers[i].want);
		cr_expect_str_eq(after_level(&l), want);
	}
}

Test(log, a_full_line_leaves_whole_members_out)
{
	char text[LOG_LINE_BYTES + 1];
	struct log_line l;
	const char *line;

	for (size_t len = LOG_LINE_BYTES - 150; len <= LOG_LINE_BYTES; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		log_line_begin(&l, LOG_LEVEL_INFO, "t");
		log_line_text(&l, "long", text);
		log_line_text(&l, "text", "abc");
		log_line_number(&l, "number", 123);
		log_line_null(&l, "nothing");
		log_line_text(&l, "text", "");
		cr_assert_leq(l.len, sizeof(l.s) - 2);
		line = after_level(&l) + strlen(",\"area\":\"t\",\"long\":\"");
		line += strspn(line, "x");
		cr_expect(*line == '"' && (line[1] == '}' || line[1] == ','), "%zu: %s", len, line);
		line = l.s + l.len - 3;
		cr_expect(*line == '"' || *line == '3' || *line == 'l', "%zu: %s", len, line);
	}
}
