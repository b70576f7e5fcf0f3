/* What portal doctor says: which facts are wrong, and that each comes with a way to mend it. */
#include "app/doctor_report.h"

#include <criterion/criterion.h>
#include <string.h>

static struct doctor_report report;

static void
end(void)
{
	strbuf_free(&report.text);
}

TestSuite(doctor_report, .fini = end);

/* Every wrong line, and no other, says how to mend it; there are as many as were counted. */
static void
expect(const char *about, int nwrong, const char *part)
{
	char *text = report.text.s, *save = NULL, *line;
	int seen = 0;

	cr_expect_eq(report.nwrong, nwrong, "%s: %s", about, text);
	cr_expect(strstr(text, part) != NULL, "%s: no \"%s\" in %s", about, part, text);
	for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		bool is_wrong = strncmp(line, "wrong       ", 12) == 0;

		cr_expect(is_wrong || strncmp(line, "ok          ", 12) == 0 ||
			      strncmp(line, "not set up  ", 12) == 0,
		    "%s", line);
		cr_expect_eq(strstr(line, ". Mend: ") != NULL, is_wrong, "%s", line);
		seen += is_wrong;
	}
	cr_expect_eq(seen, nwrong, "%s", about);
	strbuf_clear(&report.text);
	report.nwrong = 0;
}

Test(doctor_report, lines_of_others_are_one_line)
{
	doctor_report_wrong(&report, "it", "so", "a\nwrong b\r\x1b[1m");
	doctor_report_ok(&report, "it", "%s", "a\nb");
	doctor_report_unset(&report, "it", "%s", "a\nb");
	expect("line ends", 1, "a wrong b  [1m");
}

#define SERVER_WITH(number, same, n)                                                               \
	.version = (number), .identity = (same), .is_migrated = true, .nmigrations = 5,            \
	.not_applied = "", .room = (n)
#define SERVER(number, same) SERVER_WITH(number, same, 97)
#define ROOM(n) SERVER_WITH(150014, "a", n)
#define FINE SERVER(150014, "a")
#define POOLED FINE, .is_pooled = true, .has_time_limit = true

/* 3 workers: 48 connections, or 24 of them through a pooler. */
static const struct doctor_needs needs = { 3, 8, 8 };

static const struct {
	const char *about;
	struct doctor_server server, direct;
	bool has_direct;
	int nwrong;
	const char *part;
} servers[] = {
	{ "password", { .error = "FATAL: password authentication failed" }, { 0 }, false, 1,
	    "check user and password" },
	{ "no database", { .error = "FATAL: database \"x\" does not exist" }, { 0 }, false, 1,
	    "portal migrate" },
	{ "away", { .error = "Connection refused" }, { 0 }, false, 1, "check host and port" },
	{ "pgbouncer refuses us", { .error = "unsupported startup parameter: options" }, { 0 },
	    false, 1, "ignore_startup_parameters" },
	{ "old", { SERVER(140009, "a") }, { 0 }, false, 1, "PostgreSQL 14 is too old" },
	{ "superuser", { FINE, .is_superuser = true }, { 0 }, false, 1, "superuser" },
	{ "may create", { FINE, .may_create = true }, { 0 }, false, 1,
	    "more than the portal needs" },
	{ "not migrated",
	    { .version = 150014, .identity = "a", .not_applied = "0002 is missing", .room = 97 },
	    { 0 }, false, 1, "0002 is missing" },
	{ "pooler, no direct way", { FINE, .is_pooled = true, .has_time_limit = true }, { 0 },
	    false, 1, "DATABASE_DIRECT_URL is not set" },
	{ "pooler, pooled twice", { FINE, .is_pooled = true, .has_time_limit = true },
	    { FINE, .is_pooled = true }, true, 1, "through a pooler, too" },
	{ "pooler, no time limit", { FINE, .is_pooled = true }, { FINE }, true, 1,
	    "statement_timeout" },
	{ "direct way is away", { FINE }, { .error = "Connection refused" }, true, 1,
	    "Connection refused" },
	{ "direct way leads elsewhere", { FINE }, { SERVER(150014, "b") }, true, 1,
	    "another database" },
	{ "pools statements", { POOLED, .pool = { DOCTOR_POOL_STATEMENT, false } }, { FINE }, true,
	    1, "pool_mode = transaction" },
	{ "pools sessions", { POOLED }, { FINE }, true, 0, "pools sessions" },
	{ "pools transactions", { POOLED, .pool = { DOCTOR_POOL_TRANSACTION, false } }, { FINE },
	    true, 0, "max_prepared_statements" },
	{ "pools them well", { POOLED, .pool = { DOCTOR_POOL_TRANSACTION, true } }, { FINE }, true,
	    0, "keeps prepared statements" },
	{ "no room", { ROOM(47) }, { 0 }, false, 1,
	    "3 workers may open 48 connections (16 each), the server has room for 47" },
	{ "just enough", { ROOM(48) }, { 0 }, false, 0, "48 connections of 48" },
	{ "room behind a pooler", { ROOM(24), .is_pooled = true, .has_time_limit = true }, { FINE },
	    true, 0, "24 connections of 24" },
	{ "none behind a pooler", { ROOM(23), .is_pooled = true, .has_time_limit = true }, { FINE },
	    true, 1, "room for 23" },
	{ "a newer version's", { FINE, .nnewer = 2 }, { 0 }, false, 0, "and 2 of a newer version" },
	{ "newest", { SERVER(170000, "a") }, { 0 }, false, 0, "PostgreSQL 17.0" },
	{ "fine", { FINE }, { 0 }, false, 0, "all 5 migrations" },
};

Test(doctor_report, accounts)
{
	size_t i;

	for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		doctor_report_accounts(&report, &servers[i].server,
		    servers[i].has_direct ? &servers[i].direct : NULL, &needs);
		expect(servers[i].about, servers[i].nwrong, servers[i].part);
	}
}

Test(doctor_report, replica)
{
	static const struct doctor_server away = { .error = "Connection refused" },
					  old = { .not_applied = "0002 is missing" },
					  fine = { FINE };

	doctor_report_replica(&report, &away);
	expect("away", 1, "Connection refused. Mend: check DATABASE_REPLICA_URL");
	doctor_report_replica(&report, &old);
	expect("old", 1, "0002 is missing. Mend: ");
	doctor_report_replica(&report, &fine);
	expect("fine", 0, "replica: answers");
}

static const struct {
	struct doctor_soju soju;
	int nwrong;
	const char *part;
} sojus[] = {
	{ { .error = "Connection refused" }, 1, "SOJU_DATABASE_URL" },
	{ { .version_err = ERR_NOT_FOUND }, 1, "start soju" },
	{ { .version_err = ERR_FORBIDDEN }, 1, "soju_grants.sql" },
	{ { .version = 13 }, 1, "older than 14" },
	{ { .version = 21 }, 1, "newer than 20" },
	{ { .version = 18, .reads_passwords = true }, 1, "can read passwords" },
	{ { .version = 18, .may_write = true }, 1, "can change" },
	{ { .version = 18, .reads_passwords = true, .may_write = true }, 2, "soju_grants.sql" },
	{ { .version = 18, .networks_err = ERR_NOT_FOUND }, 1, "soju_username" },
	{ { .version = 18, .networks_err = ERR_INTERNAL }, 1, "soju_grants.sql" },
	{ { .version = 14 }, 0, "version 14" },
	{ { .version = 20 }, 0, "no passwords" },
};

Test(doctor_report, soju)
{
	size_t i;

	for (i = 0; i < sizeof(sojus) / sizeof(sojus[0]); i++) {
		doctor_report_soju(&report, "soju", &sojus[i].soju);
		expect(sojus[i].part, sojus[i].nwrong, sojus[i].part);
	}
}

static const struct {
	struct call_reply reply;
	enum err err;
	const char *reason;
	int nwrong;
	const char *part;
} answers[] = {
	{ { .result = CALL_REFUSED }, ERR_UNAVAILABLE, NULL, 1, "refused. Mend: check TXT_" },
	{ { .result = CALL_TIMEOUT }, ERR_TIMEOUT, NULL, 1, "timeout" },
	{ { .result = CALL_TLS }, ERR_UNAVAILABLE, NULL, 1, "certificate" },
	{ { .status = 401 }, ERR_UNAUTHORIZED, NULL, 1, "the same secret" },
	{ { .status = 403 }, ERR_FORBIDDEN, NULL, 1, "the same secret" },
	{ { .status = 500 }, ERR_UPSTREAM, NULL, 1, "status 500, upstream" },
	{ { .status = 500 }, ERR_UNAVAILABLE, "status_500", 1, "status 500, an error." },
	{ { .status = 200 }, ERR_UPSTREAM, "not_json", 1, "not_json" },
	{ { .status = 200 }, ERR_OK, NULL, 0, "txt: all is well" },
};

Test(doctor_report, answers)
{
	struct doctor_answer a = {
		.what = "txt", .setting = "TXT_INTERNAL_URL", .denied = "the same secret"
	};
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		a.reply = &answers[i].reply;
		a.err = answers[i].err;
		a.reason = answers[i].reason;
		doctor_report_answer(&report, &a, "all is well");
		expect(answers[i].part, answers[i].nwrong, answers[i].part);
	}
}

static const struct {
	struct call_reply reply;
	enum err err;
	const char *key;
	bool is_live;
	int nwrong;
	const char *part;
} stripes[] = {
	{ { .result = CALL_REFUSED }, ERR_UNAVAILABLE, "sk_test_1", false, 1, "check STRIPE_API" },
	{ { .status = 401 }, ERR_UNAUTHORIZED, "sk_test_1", false, 1, "copy the key anew" },
	{ { .status = 403 }, ERR_FORBIDDEN, "rk_test_1", false, 1, "Balance: read" },
	{ { .status = 429 }, ERR_TOO_MANY, "rk_test_1", false, 1, "status 429" },
	{ { .status = 200 }, ERR_UPSTREAM, "sk_test_1", false, 1, "strange" },
	{ { .status = 200 }, ERR_OK, "sk_live_1", false, 1, "answers a live key in test mode" },
	{ { .status = 200 }, ERR_OK, "sk_test_1", true, 1, "answers a test key in live mode" },
	{ { .status = 200 }, ERR_OK, "rk_test_1", false, 0, "test mode" },
	{ { .status = 200 }, ERR_OK, "sk_live_1", true, 0, "LIVE mode" },
};

Test(doctor_report, stripe)
{
	struct doctor_answer a = { .what = "Stripe", .setting = "STRIPE_API_BASE" };
	size_t i;

	for (i = 0; i < sizeof(stripes) / sizeof(stripes[0]); i++) {
		a.reply = &stripes[i].reply;
		a.err = stripes[i].err;
		doctor_report_stripe(&report, &a, stripes[i].key, stripes[i].is_live);
		cr_expect_null(strstr(strbuf_text(&report.text), stripes[i].key));
		expect(stripes[i].part, stripes[i].nwrong, stripes[i].part);
	}
}
