/* What the doctor says about the ways to soju. */
#include "app/doctor_door.h"

#include <criterion/criterion.h>
#include <string.h>

static struct doctor_report report;

static void
end(void)
{
	strbuf_free(&report.text);
}

TestSuite(doctor_door, .fini = end);

static const struct {
	struct doctor_visit visit;
	int nwrong;
	const char *says;
} visits[] = {
	{ { ERR_OK, NULL, NULL, true }, 0, "takes our commands\n" },
	{ { ERR_OK, NULL, NULL, false }, 0, "older than 0.9" },
	{ { ERR_OK, NULL, "you must be an admin to use this command", true }, 1, "-admin true" },
	{ { ERR_FORBIDDEN, "soju refused the admin's name or password", NULL, false }, 1,
	    "SOJU_ADMIN_KEY" },
	{ { ERR_TIMEOUT, "soju's admin socket is busy", NULL, false }, 1, "firewall" },
	{ { ERR_UPSTREAM, "nobody listens on soju's admin socket", NULL, false }, 1,
	    "listen unix+admin://" },
	{ { ERR_UPSTREAM, NULL, NULL, false }, 1, "upstream" },
	{ { ERR_INVALID, "there is no way to it", NULL, false }, 1, "SOJU_ADMIN_URL" },
};

Test(doctor_door, visits)
{
	size_t i;

	for (i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		report.nwrong = 0;
		strbuf_clear(&report.text);
		doctor_door_visit(&report, &visits[i].visit);
		cr_expect_eq(report.nwrong, visits[i].nwrong, "%zu", i);
		cr_expect_not_null(strstr(strbuf_text(&report.text), visits[i].says), "%s",
		    strbuf_text(&report.text));
	}
}

static const struct {
	struct call_reply reply;
	int nwrong;
} replies[] = {
	{ { .result = CALL_OK, .status = 200, .body = "# TYPE x\nsoju_users_active 3\n" }, 0 },
	{ { .result = CALL_OK, .status = 200, .body = "<html>hello</html>" }, 1 },
	{ { .result = CALL_OK, .status = 404, .body = "soju_users_active 3\n" }, 1 },
	{ { .result = CALL_REFUSED, .body = "" }, 1 },
	{ { .result = CALL_TIMEOUT, .body = "" }, 1 },
};

Test(doctor_door, counters)
{
	size_t i;

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		report.nwrong = 0;
		doctor_door_metrics(&report, &replies[i].reply);
		cr_expect_eq(report.nwrong, replies[i].nwrong, "%zu", i);
	}
}
