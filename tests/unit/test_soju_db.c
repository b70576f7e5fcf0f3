/* soju's rows read from results made by hand, and the address of a bouncer's database. */
#include "clients/soju_db.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(soju_db, .fini = end);

/* ---- the address ---- */

static const char *const bad_names[] = { "", "A", "a b", "..", "a/b", "a'b", "a%41", "-a",
	"a?host=evil", "a&b", "a\nb", "\xff" };

Test(soju_db, names_that_do_not_get_into_an_address)
{
	const char *url;
	size_t i;

	for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		cr_expect_eq(soju_db_url(&url, &arena, "postgresql://h/{bouncer}", bad_names[i]),
		    ERR_INVALID, "%s", bad_names[i]);
}

static const struct {
	const char *template, *url;
} addresses[] = {
	{ "postgresql://h/{bouncer}", "postgresql://h/alice-1" },
	{ "postgresql://u:p@h:5/soju_{bouncer}?sslmode=require",
	    "postgresql://u:p@h:5/soju_alice-1?sslmode=require" },
	{ "postgresql://{bouncer}.db/soju", "postgresql://alice-1.db/soju" },
	{ "postgresql://h/shared", "postgresql://h/shared" },
	{ "host=/tmp dbname={bouncer}", "host=/tmp dbname=alice-1" },
};

Test(soju_db, url)
{
	const char *url;
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		cr_assert_eq(soju_db_url(&url, &arena, addresses[i].template, "alice-1"), ERR_OK);
		cr_expect_str_eq(url, addresses[i].url);
	}
}

/* ---- results by hand ---- */

static PGresult *
new_result(int columns)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = { .name = "c" };
	PGresAttDesc all[9];
	int i;

	for (i = 0; i < columns; i++)
		all[i] = column;
	cr_assert(PQsetResultAttrs(res, columns, all));
	return res;
}

/* A row of texts; "-" is NULL. */
static void
add_row(PGresult *res, ...)
{
	int row = PQntuples(res), i;
	va_list ap;

	va_start(ap, res);
	for (i = 0; i < PQnfields(res); i++) {
		char *text = va_arg(ap, char *);
		bool is_null = strcmp(text, "-") == 0;

		cr_assert(PQsetvalue(
		    res, row, i, is_null ? NULL : text, is_null ? -1 : (int)strlen(text)));
	}
	va_end(ap);
}

Test(soju_db, no_version)
{
	PGresult *res = new_result(1);
	int64_t version;

	cr_expect_eq(soju_db_read_version(res, &version), ERR_NOT_FOUND);
	add_row(res, "eighteen");
	cr_expect_eq(soju_db_read_version(res, &version), ERR_INTERNAL);
	PQclear(res);
	res = new_result(2);
	add_row(res, "18", "1");
	cr_expect_eq(soju_db_read_version(res, &version), ERR_INTERNAL);
	PQclear(res);
}

#define COLUMNS 9

Test(soju_db, no_account)
{
	PGresult *res = new_result(COLUMNS);
	struct soju_answer a;

	cr_expect_eq(soju_db_read_networks(res, &arena, &a), ERR_NOT_FOUND);
	PQclear(res);
}

static const struct {
	const char *what, *cells[COLUMNS];
} bad_rows[] = {
	{ "id", { "1", "0", "x", "n", "a", "t", "0", "-", "-" } },
	{ "no name", { "1", "0", "1", "-", "a", "t", "0", "-", "-" } },
	{ "no address", { "1", "0", "1", "n", "-", "t", "0", "-", "-" } },
	{ "enabled unknown", { "1", "0", "1", "n", "a", "-", "0", "-", "-" } },
	{ "channels unknown", { "1", "0", "1", "n", "a", "t", "-", "-", "-" } },
	{ "detached unknown", { "1", "1", "1", "n", "a", "t", "1", "#c", "-" } },
	{ "no number of networks", { "-", "0", "1", "n", "a", "t", "0", "-", "-" } },
	{ "no number of channels", { "1", "-", "1", "n", "a", "t", "0", "-", "-" } },
	{ "no number, no network", { "x", "0", "-", "-", "-", "-", "-", "-", "-" } },
	{ "more networks than there are", { "0", "0", "1", "n", "a", "t", "0", "-", "-" } },
	{ "more channels than it has", { "1", "9", "1", "n", "a", "t", "0", "#c", "f" } },
	{ "more channels than there are", { "1", "0", "1", "n", "a", "t", "1", "#c", "f" } },
};

static void
add_cells(PGresult *res, const char *const *c)
{
	add_row(res, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]);
}

Test(soju_db, rows_that_do_not_fit)
{
	size_t i;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		PGresult *res = new_result(COLUMNS);
		struct soju_answer a = { 0 };

		add_cells(res, bad_rows[i].cells);
		cr_expect_eq(
		    soju_db_read_networks(res, &arena, &a), ERR_INTERNAL, "%s", bad_rows[i].what);
		PQclear(res);
	}
}

Test(soju_db, account_without_networks)
{
	PGresult *res = new_result(COLUMNS);
	struct soju_answer a = { 0 };

	add_row(res, "0", "0", "-", "-", "-", "-", "-", "-", "-");
	cr_expect_eq(soju_db_read_networks(res, &arena, &a), ERR_OK);
	cr_expect_eq(a.nnetworks, 0);
	cr_expect_eq(a.networks_left, 0);
	PQclear(res);
}

Test(soju_db, networks_and_channels)
{
	static const char *const rows[][COLUMNS] = {
		{ "3", "3", "3", "Libera", "irc.libera.chat", "t", "2", "#a", "f" },
		{ "3", "3", "3", "Libera", "irc.libera.chat", "t", "2", "#b", "t" },
		{ "3", "3", "4", "", "", "f", "0", "-", "-" },
		{ "3", "3", "9", "same", "x", "t", "1", "\xff\xfe", "f" },
	};
	PGresult *res = new_result(COLUMNS);
	struct soju_answer a = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_cells(res, rows[i]);
	cr_assert_eq(soju_db_read_networks(res, &arena, &a), ERR_OK);
	cr_assert_eq(a.nnetworks, 3);
	cr_expect_str_eq(a.networks[0].name, "Libera");
	cr_expect_str_eq(a.networks[0].address, "irc.libera.chat");
	cr_expect(a.networks[0].is_enabled);
	cr_assert_eq(a.networks[0].nchannels, 2);
	cr_expect_str_eq(a.networks[0].channels[0].name, "#a");
	cr_expect_not(a.networks[0].channels[0].is_detached);
	cr_expect(a.networks[0].channels[1].is_detached);
	cr_expect_not(a.networks[1].is_enabled);
	cr_expect_eq(a.networks[1].nchannels, 0);
	cr_assert_eq(a.networks[2].nchannels, 1);
	cr_expect_str_eq(a.networks[2].channels[0].name, "\xff\xfe");
	for (size_t i = 0; i < a.nnetworks; i++)
		cr_expect_eq(a.networks[i].channels_left, 0);
	cr_expect_eq(a.networks_left, 0);
	cr_expect_eq(a.channels_left, 0);
	PQclear(res);
}

/* Lists are cut, numbers are not. */
Test(soju_db, what_is_left)
{
	static const char *const rows[][COLUMNS] = {
		{ "300", "6000", "3", "a", "a", "t", "20", "#a", "f" },
		{ "300", "6000", "3", "a", "a", "t", "20", "#b", "f" },
		{ "300", "6000", "4", "b", "b", "t", "5000", "-", "-" },
	};
	PGresult *res = new_result(COLUMNS);
	struct soju_answer a = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_cells(res, rows[i]);
	cr_assert_eq(soju_db_read_networks(res, &arena, &a), ERR_OK);
	cr_assert_eq(a.nnetworks, 2);
	cr_expect_eq(a.networks[0].nchannels, 2);
	cr_expect_eq(a.networks[0].channels_left, 18);
	cr_expect_eq(a.networks[1].nchannels, 0);
	cr_expect_eq(a.networks[1].channels_left, 5000);
	cr_expect_eq(a.networks_left, 298);
	cr_expect_eq(a.channels_left, 980);
	PQclear(res);
}

Test(soju_db, statements_change_nothing_and_say_nothing_twice)
{
	struct db_query q = { .arena = &arena };

	soju_db_ask_messages(&q, "al'ice", 10, 20);
	cr_expect(q.is_read);
	cr_expect_eq(q.n, 3);
	cr_expect_str_eq(q.values[0], "al'ice");
	cr_expect_str_eq(q.values[1], "10");
	cr_expect_str_eq(q.values[2], "20");
	cr_expect_null(strstr(q.sql, "al'ice"));
	soju_db_ask_networks(&q, "alice");
	cr_expect(q.is_read);
	soju_db_ask_highest(&q);
	cr_expect(q.is_read);
	cr_expect_eq(q.n, 0);
}
