/* The line of a request, and its id. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "unit/stdout_pipe.h"
#include "web/web_log.c"

TestSuite(web_log, .init = stdout_pipe);

/* The line from its level on; "" if there is none. */
static const char *
line_of(const struct web_log_entry *e)
{
	const char *level;

	web_log_request(e);
	log_out_flush();
	level = strstr(stdout_written(), "\"level\"");
	return level != NULL ? level : "";
}

static const struct {
	struct web_log_entry entry;
	const char *want;
} cases[] = {
	{ { "5c1f09ae-1", "dashboard", "GET", 0, ERR_OK, 77 },
	    "\"level\":\"info\",\"area\":\"request\",\"request\":\"5c1f09ae-1\",\"route\":"
	    "\"dashboard\",\"method\":\"GET\",\"status\":null,\"duration_us\":77}\n" },
	{ { "5c1f09ae-2", "dashboard", "GET", 503, ERR_UNAVAILABLE, 2000001 },
	    "\"level\":\"error\",\"area\":\"request\",\"request\":\"5c1f09ae-2\",\"route\":"
	    "\"dashboard\",\"method\":\"GET\",\"status\":503,\"error\":\"unavailable\","
	    "\"duration_us\":2000001}\n" },
	{ { "5c1f09ae-3", "signout", "POST", 403, ERR_FORBIDDEN, 9 },
	    "\"level\":\"info\",\"area\":\"request\",\"request\":\"5c1f09ae-3\",\"route\":"
	    "\"signout\",\"method\":\"POST\",\"status\":403,\"error\":\"forbidden\","
	    "\"duration_us\":9}\n" },
	{ { "5c1f09ae-4", "landing", "HEAD", 200, ERR_OK, 0 },
	    "\"level\":\"info\",\"area\":\"request\",\"request\":\"5c1f09ae-4\",\"route\":"
	    "\"landing\",\"method\":\"HEAD\",\"status\":200,\"duration_us\":0}\n" },
	{ { "5c1f09ae-5", "kore", "other", 505, ERR_OK, -1 },
	    "\"level\":\"info\",\"area\":\"request\",\"request\":\"5c1f09ae-5\",\"route\":"
	    "\"kore\",\"method\":\"other\",\"status\":505,\"duration_us\":null}\n" },
};

Test(web_log, lines)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(line_of(&cases[i].entry), cases[i].want);
}

Test(web_log, the_level_decides)
{
	struct web_log_entry e = cases[3].entry;

	log_set_level("warn");
	cr_expect_str_eq(line_of(&e), "");
	e.status = 500;
	cr_expect_str_neq(line_of(&e), "");
}

static const struct {
	uint64_t n;
	const char *want;
} ids[] = {
	{ 1, "00000000-1" },
	{ 0xf, "00000000-f" },
	{ 0x10, "00000000-10" },
	{ 0x123456789, "00000000-123456789" },
	{ UINT64_MAX, "00000000-ffffffffffffffff" },
};

Test(web_log, ids)
{
	char id[WEB_LOG_ID_SIZE];

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		counter = ids[i].n - 1;
		web_log_id(id);
		cr_expect_str_eq(id, ids[i].want);
	}
}

Test(web_log, workers_have_ids_of_their_own)
{
	char one[WEB_LOG_ID_SIZE], other[WEB_LOG_ID_SIZE];

	web_log_worker();
	web_log_id(one);
	web_log_worker();
	web_log_id(other);
	cr_expect_str_neq(one, other);
	cr_expect_eq(strspn(one, "0123456789abcdef"), PREFIX_DIGITS);
	cr_expect_str_eq(one + PREFIX_DIGITS, "-1");
}
