/*
 * Pictures in the database: room that is never exceeded, counters that stay true whatever is done,
 * pictures that come and go. The database is that of pics: the test makes its tables in a schema.
 */
#include "pics/pics_store.h"

#include <string.h>

#include "base/random.h"
#include "content/content_store.h"
#include "db_fixture.h"
#include "unit/files.h"

static void
run_file(const char *path)
{
	struct strbuf sql = { 0 };

	cr_assert(file_read(path, &sql), "%s", path);
	fixture_exec(strbuf_text(&sql));
	strbuf_free(&sql);
}

static void
begin(void)
{
	fixture_begin();
	fixture_exec("CREATE SCHEMA pics_test; SET search_path = pics_test");
	run_file("migrations/pics/0001_people.sql");
	run_file("migrations/pics/0002_content.sql");
	run_file("migrations/pics/0003_pictures.sql");
	run_file("migrations/pics/0004_made_days.sql");
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('sam', 'i'), ('tess', 'i')");
}

TestSuite(pics_store, .init = begin, .fini = fixture_close);

static int64_t
number(const struct db_query *q)
{
	PGresult *res = fixture_run(q);
	int64_t n;

	cr_assert_eq(db_row_only_int(res, &n), ERR_OK, "%s", q->sql);
	PQclear(res);
	return n;
}

static int64_t
user(const char *sub)
{
	return fixture_number(
	    arena_printf(&arena, "SELECT id FROM users WHERE keycloak_sub = '%s'", sub));
}

/* A picture of so many bytes, view and thumbnail included; its id, 0 if there is no room. */
static struct picture
reserve(int64_t user_id, int64_t bytes, int64_t quota)
{
	struct db_query q = { .arena = &arena };
	struct picture p = { .user_id = user_id,
		.visibility = VISIBILITY_UNLISTED,
		.title = "T",
		.alt = "A",
		.format = IMAGE_PNG,
		.width = 4,
		.height = 3,
		.frames = 1,
		.bytes = { bytes - 2, 1, 1 } };
	char id[CONTENT_ID_SIZE];

	content_id_new(id);
	p.public_id = arena_strdup(&arena, id);
	pics_store_reserve(&q, &p, PICS_BY_FORM, quota);
	p.id = number(&q);
	return p;
}

static int64_t
publish(const struct picture *p)
{
	struct db_query q = { .arena = &arena };

	pics_store_publish(&q, p, 100, 7);
	return number(&q) != 0;
}

static void
abandon(const struct picture *p)
{
	struct db_query q = { .arena = &arena };

	pics_store_abandon(&q, p->id);
	PQclear(fixture_run(&q));
}

static int64_t
remove_ids(int64_t user_id, const char *ids)
{
	struct db_query q = { .arena = &arena };

	pics_store_remove(&q, user_id, ids);
	return number(&q);
}

static struct content_usage
usage(const char *sub)
{
	struct db_query q = { .arena = &arena };
	struct content_usage u;
	PGresult *res;

	content_store_usage(&q, sub);
	res = fixture_run(&q);
	cr_assert_eq(content_store_usage_read(res, &u), ERR_OK);
	PQclear(res);
	return u;
}

/* What is kept is what a recount says. */
static void
check_counters(void)
{
	cr_assert_eq(
	    fixture_number(
		"SELECT count(*) FROM (SELECT u.id, coalesce(g.count, 0), coalesce(g.bytes, 0),"
		" coalesce(g.reserved_bytes, 0) FROM users u LEFT JOIN usage g ON g.user_id = u.id"
		" EXCEPT SELECT u.id, count(p.id) FILTER (WHERE state = 'live'),"
		" coalesce(sum(stored_bytes) FILTER (WHERE state = 'live'), 0),"
		" coalesce(sum(stored_bytes) FILTER (WHERE state = 'pending'), 0)"
		" FROM users u LEFT JOIN pictures p ON p.user_id = u.id GROUP BY u.id) d"),
	    0);
}

static bool
is_there(const char *public_id)
{
	struct db_query q = { .arena = &arena };
	struct picture p = { 0 };
	PGresult *res;
	enum err e;

	pics_store_find(&q, public_id, &p.user_id);
	res = fixture_run(&q);
	e = pics_store_find_read(&p, &arena, res);
	PQclear(res);
	return e == ERR_OK;
}

Test(pics_store, a_picture_is_there_once_its_bytes_are)
{
	struct picture p = reserve(user("sam"), 100, 1000);

	cr_assert_neq(p.id, 0);
	cr_expect_not(is_there(p.public_id));
	cr_expect_eq(usage("sam").count, 0);
	cr_expect_eq(publish(&p), 1);
	cr_expect(is_there(p.public_id));
	cr_expect_eq(usage("sam").count, 1);
	cr_expect_eq(usage("sam").bytes, 100);
	cr_expect_eq(publish(&p), 0, "twice");
	cr_expect_eq(fixture_number("SELECT count FROM picture_days"), 1);
	check_counters();
}

Test(pics_store, there_is_never_more_than_the_quota)
{
	const int64_t sam = user("sam");
	struct picture a = reserve(sam, 600, 1000), b;

	cr_expect_eq(reserve(sam, 401, 1000).id, 0, "one byte more");
	b = reserve(sam, 400, 1000);
	cr_expect_neq(b.id, 0);
	cr_expect_eq(reserve(sam, 10, 1000).id, 0);
	abandon(&a);
	cr_expect_neq(reserve(sam, 600, 1000).id, 0);
	cr_expect_eq(reserve(user("tess"), 1001, 1000).id, 0, "the first of all");
	cr_expect_neq(reserve(user("tess"), 1000, 1000).id, 0, "another's room");
	check_counters();
}

Test(pics_store, what_is_removed_is_gone_and_then_forgotten)
{
	const int64_t sam = user("sam");
	struct picture a = reserve(sam, 100, 1000), b = reserve(sam, 50, 1000);
	struct db_query q = { .arena = &arena };
	struct pics_remains_list list;
	PGresult *res;

	publish(&a);
	publish(&b);
	cr_expect_eq(remove_ids(user("tess"), a.public_id), 0, "another's");
	cr_expect_eq(remove_ids(sam, ""), 0);
	cr_expect_eq(
	    remove_ids(sam, arena_printf(&arena, "%s,nosuchid,%s", a.public_id, a.public_id)), 1);
	cr_expect_not(is_there(a.public_id));
	cr_expect_eq(remove_ids(sam, a.public_id), 0, "twice");
	check_counters();
	pics_store_remains(&q, 10);
	res = fixture_run(&q);
	cr_assert_eq(pics_store_remains_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	cr_assert_eq(list.n, 1);
	cr_expect_str_eq(list.v[0].public_id, a.public_id);
	pics_store_forget(&q, b.id);
	PQclear(fixture_run(&q));
	cr_expect(is_there(b.public_id), "it is not gone");
	pics_store_forget(&q, a.id);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures"), 1);
}

Test(pics_store, what_cannot_be_deleted_comes_later)
{
	struct picture a = reserve(user("sam"), 100, 1000);
	struct db_query q = { .arena = &arena };
	PGresult *res;

	pics_store_abandon(&q, a.id);
	PQclear(fixture_run(&q));
	pics_store_postpone(&q, a.id, 600);
	PQclear(fixture_run(&q));
	pics_store_remains(&q, 10);
	res = fixture_run(&q);
	cr_expect_eq(PQntuples(res), 0);
	PQclear(res);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures WHERE state = 'gone' AND"
				    " remove_at > now() + interval '9 minutes'"),
	    1);
}

Test(pics_store, who_never_ends_gives_the_room_back)
{
	struct picture p = reserve(user("sam"), 100, 1000);
	struct db_query q = { .arena = &arena };

	pics_store_give_up(&q, 600);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures WHERE state = 'pending'"), 1);
	fixture_exec("UPDATE pictures SET created_at = now() - interval '11 minutes'");
	pics_store_give_up(&q, 600);
	PQclear(fixture_run(&q));
	cr_expect_eq(publish(&p), 0, "too late");
	check_counters();
}

Test(pics_store, erasing_takes_what_is_there_and_what_is_coming)
{
	const int64_t sam = user("sam");
	struct picture pending = reserve(sam, 10, 1000), kept = reserve(user("tess"), 10, 1000);
	struct db_query q = { .arena = &arena };
	struct content_usage some;
	PGresult *res;

	publish(&kept);
	for (int i = 0; i < 5; i++) {
		struct picture p = reserve(sam, 10, 1000);

		publish(&p);
	}
	for (int i = 0; i < 3; i++) {
		content_store_erase(&q, "sam", 3);
		res = fixture_run(&q);
		cr_assert_eq(content_store_usage_read(res, &some), ERR_OK);
		PQclear(res);
		cr_expect_eq(some.count, i == 0 ? 3 : i == 1 ? 2 : 0);
		cr_expect_eq(some.bytes, 10 * some.count);
		check_counters();
	}
	cr_expect_eq(publish(&pending), 0);
	content_store_forget(&q, "sam");
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures WHERE user_id IS NULL"), 6);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures WHERE state = 'gone'"
				    " AND remove_at <= now()"),
	    5, "the bytes of the sixth may still be coming");
	cr_expect(is_there(kept.public_id));
}

/* A thousand steps of all kinds, drawn by chance. */
Test(pics_store, counters_are_true_after_anything)
{
	struct picture open[64];
	const char *live[1024];
	size_t nopen = 0, nlive = 0;
	const int64_t who[] = { user("sam"), user("tess") };

	for (int step = 0; step < 1000; step++) {
		unsigned char dice[4];

		random_bytes(dice, sizeof(dice));
		if (dice[0] < 110 && nopen < 64) {
			open[nopen] = reserve(who[dice[1] & 1], 3 + dice[2], 20000);
			nopen += open[nopen].id != 0;
		} else if (dice[0] < 190 && nopen > 0) {
			if (publish(&open[--nopen]) == 1)
				live[nlive++] = open[nopen].public_id;
		} else if (dice[0] < 210 && nopen > 0) {
			abandon(&open[--nopen]);
		} else if (nlive > 0) {
			remove_ids(who[dice[1] & 1], live[dice[3] % nlive]);
		}
	}
	check_counters();
}

static size_t
found(const char *text, enum pics_sort sort, int64_t *total)
{
	const struct pics_search search = {
		.user_id = user("sam"), .text = text, .sort = sort, .limit = 2
	};
	struct db_query q = { .arena = &arena };
	struct picture_list list;
	PGresult *res;

	pics_store_list(&q, &search);
	res = fixture_run(&q);
	cr_assert_eq(pics_store_list_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	*total = list.total;
	return list.n;
}

Test(pics_store, lists)
{
	int64_t total;

	for (int i = 0; i < 3; i++) {
		struct picture p = reserve(user("sam"), 10 + i, 1000);

		publish(&p);
	}
	for (int sort = 0; sort < PICS_SORT__MAX; sort++) {
		cr_expect_eq(found("", (enum pics_sort)sort, &total), 2);
		cr_expect_eq(total, 3);
	}
	cr_expect_eq(found("a", PICS_NEWEST, &total), 2);
	cr_expect_eq(total, 3);
	cr_expect_eq(found("%", PICS_NEWEST, &total), 0);
	cr_expect_eq(found("_", PICS_NEWEST, &total), 0);
	cr_expect_eq(found("\\", PICS_NEWEST, &total), 0);
}

Test(pics_store, words_are_changed_by_the_owner)
{
	struct picture p = reserve(user("sam"), 10, 1000);
	struct db_query q = { .arena = &arena };

	publish(&p);
	pics_store_edit(&q, user("tess"), p.public_id, "X", "Y", VISIBILITY_PUBLIC);
	cr_expect_eq(number(&q), 0);
	pics_store_edit(&q, user("sam"), p.public_id, "X", "Y", VISIBILITY_PUBLIC);
	cr_expect_eq(number(&q), 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pictures WHERE title = 'X' AND alt = 'Y'"
				    " AND visibility = 'public'"),
	    1);
}
