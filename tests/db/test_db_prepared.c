#include "db/db_prepared.h"

#include "db_fixture.h"

static const char sum_sql[] = "SELECT $1::int + $2::int";
static const char other_sql[] = "SELECT $1::int - $2::int";

static struct db_query
some_query(const char *sql)
{
	struct db_query q = { .arena = &arena };

	db_query_read(&q, sql);
	db_param_int(&q, 5);
	db_param_int(&q, 3);
	return q;
}

/* The answer to what was sent last. */
static PGresult *
take_answer(PGconn *conn)
{
	PGresult *res = PQgetResult(conn), *more;

	while ((more = PQgetResult(conn)) != NULL)
		PQclear(more);
	return res;
}

/* Runs a statement as db_run does; how it was sent first. */
static enum db_prepared
run(PGconn *conn, const char *sql, const char *expected)
{
	struct db_query q = some_query(sql);
	enum db_prepared how = db_prepared_send(conn, &q);
	PGresult *res;

	if (how == DB_PREPARED_FIRST) {
		res = PQgetResult(conn);
		cr_assert_eq(PQresultStatus(res), PGRES_COMMAND_OK);
		PQclear(res);
		cr_assert_eq(db_prepared_proceed(conn, &q), DB_PREPARED_SENT);
	}
	res = take_answer(conn);
	cr_assert_eq(PQresultStatus(res), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(res));
	cr_expect_str_eq(PQgetvalue(res, 0, 0), expected);
	PQclear(res);
	return how;
}

TestSuite(db_prepared, .init = fixture_open, .fini = fixture_close);

Test(db_prepared, once_on_each_connection)
{
	struct db_sync *second = fixture_connect();
	PGconn *one = db_sync_conn(db), *two = db_sync_conn(second);

	cr_expect_eq(run(one, sum_sql, "8"), DB_PREPARED_FIRST);
	cr_expect_eq(run(one, sum_sql, "8"), DB_PREPARED_SENT);
	cr_expect_eq(run(one, other_sql, "2"), DB_PREPARED_FIRST);
	cr_expect_eq(run(one, sum_sql, "8"), DB_PREPARED_SENT);
	cr_expect_eq(run(two, sum_sql, "8"), DB_PREPARED_FIRST);
	db_sync_close(second);
}

Test(db_prepared, names_tell_statements_apart)
{
	PGconn *conn = db_sync_conn(db);

	run(conn, sum_sql, "8");
	run(conn, other_sql, "2");
	cr_expect_eq(fixture_number("SELECT count(DISTINCT name) FROM pg_prepared_statements"), 2);
}

/* As behind a pooler that gave the connection to another server process. */
Test(db_prepared, a_pooler_ends_it)
{
	PGconn *conn = db_sync_conn(db);
	struct db_query q = some_query(sum_sql);
	PGresult *res;

	run(conn, sum_sql, "8");
	fixture_exec("DEALLOCATE ALL");
	cr_assert_eq(db_prepared_send(conn, &q), DB_PREPARED_SENT);
	res = take_answer(conn);
	cr_expect(db_prepared_is_lost(res));
	PQclear(res);
	cr_expect_eq(db_prepared_send(conn, &q), DB_PREPARED_NOT);
}

Test(db_prepared, other_errors_are_not_its_business)
{
	PGresult *res = PQexec(db_sync_conn(db), "SELECT 1/0");

	cr_expect_not(db_prepared_is_lost(res));
	cr_expect_not(db_prepared_is_lost(NULL));
	PQclear(res);
}
