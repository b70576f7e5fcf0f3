/* Pastes in the database: who sees what, quotas, and counters that are equal to a recount. */
#define FIXTURE_URL "TXT_DATABASE_URL"
#include "db_fixture.h"

#include <pthread.h>
#include <string.h>

#include "content/content_store.h"
#include "txt/colour.h"
#include "txt/paste_store.h"

#define QUOTA 1000000

/* What is left of a test that failed must not meet the next one. */
static void
clean(void)
{
	fixture_exec("DELETE FROM users; DELETE FROM content_days");
}

static void
open_clean(void)
{
	fixture_open();
	clean();
}

static void
close_clean(void)
{
	clean();
	fixture_close();
}

TestSuite(paste_store, .init = open_clean, .fini = close_clean);

static int64_t
new_user(const char *sub)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t id;

	db_query_write(
	    &q, "INSERT INTO users (keycloak_sub, issuer) VALUES ($1, 'x') RETURNING id");
	db_param_text(&q, sub);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &id), ERR_OK);
	PQclear(res);
	return id;
}

static struct paste_made
create(struct db_sync *c, struct arena *a, int64_t user, struct paste_draft *d, const char *body,
    int64_t quota)
{
	struct db_query q = { .arena = a };
	struct paste_made made = { 0 };
	PGresult *res = NULL;

	content_id_new(d->public_id);
	d->title = d->title != NULL ? d->title : "";
	d->body = body;
	d->len = strlen(body);
	d->lines = 1;
	paste_store_create(&q, user, d, quota);
	if (db_sync_run(c, &q, &res) == ERR_OK)
		paste_store_create_read(res, &made);
	PQclear(res);
	return made;
}

static struct paste *
show(const char *id, int64_t user)
{
	struct db_query q = { .arena = &arena };
	struct paste *p;
	PGresult *res;

	paste_store_show(&q, id, user);
	res = fixture_run(&q);
	cr_assert_eq(paste_store_show_read(&p, &arena, res), ERR_OK);
	PQclear(res);
	return p;
}

static int64_t
count_of(void (*fill)(struct db_query *, int64_t, const char *), int64_t user, const char *ids)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n;

	fill(&q, user, ids);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

Test(paste_store, what_was_stored_comes_back)
{
	const int64_t alice = new_user("alice"), bob = new_user("bob");
	struct paste_draft d = { .title = "T",
		.syntax = SYNTAX_LUA,
		.visibility = VISIBILITY_PRIVATE,
		.expiry = EXPIRY_DAY };
	struct db_query q = { .arena = &arena };
	struct paste *p;

	cr_assert(create(db, &arena, alice, &d, "h\xc3\xbc\n", QUOTA).is_made);
	cr_expect_null(show(d.public_id, bob), "private");
	cr_expect_null(show(d.public_id, 0));
	p = show(d.public_id, alice);
	cr_assert_not_null(p);
	cr_expect_str_eq(p->title, "T");
	cr_expect_str_eq(p->body, "h\xc3\xbc\n");
	cr_expect_eq(p->bytes, 4);
	cr_expect_eq(p->syntax, SYNTAX_LUA);
	cr_expect_eq(p->expires_at - p->created_at, 86400);
	cr_expect_null(p->html);
	paste_store_keep_colours(&q, p->id, COLOUR_VERSION, "<i>", 5);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(show(d.public_id, alice)->html, "<i>");
	paste_store_keep_colours(&q, p->id, COLOUR_VERSION, "other", 5);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(show(d.public_id, alice)->html, "<i>", "of the same version");
	paste_store_keep_colours(&q, p->id + 1000, COLOUR_VERSION, "gone", 5);
	PQclear(fixture_run(&q));
}

Test(paste_store, expired_is_gone_before_it_is_deleted)
{
	const int64_t alice = new_user("alice");
	struct paste_draft d = { .expiry = EXPIRY_HOUR, .visibility = VISIBILITY_PUBLIC };
	struct db_query q = { .arena = &arena };

	create(db, &arena, alice, &d, "x", QUOTA);
	fixture_exec("UPDATE pastes SET created_at = now() - interval '2 hours',"
		     " expires_at = now() - interval '1 second'");
	cr_expect_null(show(d.public_id, alice));
	cr_expect_eq(fixture_number("SELECT count FROM usage"), 1);
	paste_store_expire(&q, 10);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM pastes"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM paste_bodies"), 0);
	cr_expect_eq(fixture_number("SELECT count + bytes FROM usage"), 0);
}

Test(paste_store, only_the_owner_deletes)
{
	const int64_t alice = new_user("alice"), bob = new_user("bob");
	struct paste_draft d = { .visibility = VISIBILITY_PUBLIC };
	const char *ids;

	create(db, &arena, alice, &d, "x", QUOTA);
	ids = arena_printf(&arena, "{%s}", d.public_id);
	cr_expect_eq(count_of(paste_store_delete, bob, ids), 0);
	cr_expect_eq(count_of(paste_store_delete, alice, ids), 1);
	cr_expect_eq(count_of(paste_store_delete, alice, ids), 0);
}

Test(paste_store, every_order_of_a_list)
{
	const int64_t alice = new_user("alice");
	struct paste_draft a = { .title = "b" }, b = { .title = "A" };

	create(db, &arena, alice, &a, "x", QUOTA);
	create(db, &arena, alice, &b, "xx", QUOTA);
	fixture_exec("UPDATE pastes SET views = bytes");
	for (int i = 0; i < 2 * SORT__MAX; i++) {
		const struct paste_search s = { .words = "",
			.sort = (enum paste_sort)(i / 2),
			.is_descending = i % 2,
			.limit = 1 };
		const bool is_first = (i / 2 == SORT_TITLE) != (i % 2 == 0);
		struct db_query q = { .arena = &arena };
		struct paste_list list;
		PGresult *res;

		paste_store_list(&q, alice, &s);
		res = fixture_run(&q);
		cr_assert_eq(paste_store_list_read(&list, &arena, res), ERR_OK);
		PQclear(res);
		cr_expect_eq(list.total, 2);
		cr_expect_str_eq(list.v[0].title, is_first ? "b" : "A", "%d", i);
	}
}

Test(paste_store, facts_and_views_are_written)
{
	const int64_t alice = new_user("alice");
	struct paste_draft d = { 0 };
	struct strbuf ids = { 0 }, counts = { 0 };
	struct db_query q = { .arena = &arena };

	create(db, &arena, alice, &d, "x", QUOTA);
	strbuf_printf(&ids, "{%lld,9223372036854775807}", (long long)show(d.public_id, alice)->id);
	strbuf_puts(&counts, "{3,4}");
	content_store_add_views(&q, &ids, &counts);
	PQclear(fixture_run(&q));
	cr_expect_eq(show(d.public_id, alice)->views, 3);
	for (int i = 0; i < 2; i++) {
		struct strbuf c[FACT__MAX] = { { "{c}", 3, 0 }, { "{public}", 8, 0 },
			{ "{stored}", 8, 0 }, { "{2}", 3, 0 }, { "{10}", 4, 0 }, { "{7}", 3, 0 } };

		content_store_add_facts(&q, c);
		PQclear(fixture_run(&q));
	}
	cr_expect_eq(fixture_number("SELECT count * 10000 + bytes * 100 + process_us"
				    " FROM content_days"),
	    4 * 10000 + 20 * 100 + 14);
	strbuf_free(&ids);
	strbuf_free(&counts);
}

/* ---- Many at once ---- */

#define THREADS 6
#define ROUNDS 150

struct player {
	pthread_t thread;
	struct db_sync *db;
	int64_t users[3];
	unsigned seed;
	int64_t quota;
	int made;
};

static void
play_create(struct player *p, struct arena *a, int64_t user)
{
	static const char *const bodies[] = { "x", "twelve bytes", "something a bit longer" };
	struct paste_draft d = { .expiry = (enum paste_expiry)(rand_r(&p->seed) % EXPIRY__MAX) };

	p->made += create(p->db, a, user, &d, bodies[rand_r(&p->seed) % 3], p->quota).is_made;
}

/* Deletes one of the user's, whichever comes first. */
static void
play_delete(struct player *p, struct arena *a, int64_t user)
{
	struct db_query q = { .arena = a };

	db_query_write(&q, "DELETE FROM pastes WHERE id = (SELECT id FROM pastes WHERE user_id = $1"
			   " ORDER BY random() LIMIT 1)");
	db_param_int(&q, user);
	db_sync_run(p->db, &q, NULL);
}

static void
play_expire(struct player *p, struct arena *a)
{
	struct db_query q = { .arena = a };

	db_query_write(&q, "UPDATE pastes SET created_at = now() - interval '60 days',"
			   " expires_at = now() - interval '1 second'"
			   " WHERE id IN (SELECT id FROM pastes WHERE expires_at IS NOT NULL"
			   " ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED)");
	db_sync_run(p->db, &q, NULL);
	paste_store_expire(&q, 5);
	db_sync_run(p->db, &q, NULL);
}

static void *
play(void *arg)
{
	struct player *p = arg;
	struct arena a = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		const int64_t user = p->users[rand_r(&p->seed) % 3];
		struct db_query q = { .arena = &a };
		const int what = rand_r(&p->seed) % 20;

		if (what < 12)
			play_create(p, &a, user);
		else if (what < 16)
			play_delete(p, &a, user);
		else if (what < 19)
			play_expire(p, &a);
		else {
			content_store_erase(&q, "bob", 3);
			db_sync_run(p->db, &q, NULL);
		}
		arena_free(&a);
	}
	return NULL;
}

static void
play_all(struct player *players, int64_t quota, void *(*game)(void *))
{
	const int64_t users[3] = { new_user("alice"), new_user("bob"), new_user("carol") };

	for (int i = 0; i < THREADS; i++) {
		players[i] = (struct player){
			.db = fixture_connect(), .seed = (unsigned)i + 1, .quota = quota
		};
		memcpy(players[i].users, users, sizeof(users));
		pthread_create(&players[i].thread, NULL, game, &players[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(players[i].thread, NULL);
		db_sync_close(players[i].db);
	}
}

static const char wrong_sql[] =
    "SELECT count(*) FROM (SELECT user_id, count(*) AS n, sum(bytes) AS b FROM pastes"
    " GROUP BY user_id) p FULL JOIN usage u USING (user_id)"
    " WHERE coalesce(p.n, 0) <> u.count OR coalesce(p.b, 0) <> u.bytes OR u.count IS NULL";

Test(paste_store, counters_are_equal_to_a_recount)
{
	struct player players[THREADS];

	play_all(players, QUOTA, play);
	cr_expect_eq(fixture_number(wrong_sql), 0);
	cr_expect_gt(fixture_number("SELECT count(*) FROM pastes"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM paste_bodies b"
				    " FULL JOIN pastes p ON p.id = b.paste_id"
				    " WHERE p.id IS NULL OR b.paste_id IS NULL"),
	    0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pastes p JOIN paste_bodies b"
				    " ON b.paste_id = p.id WHERE octet_length(b.body) <> p.bytes"),
	    0);
}

static void *
only_create(void *arg)
{
	struct player *p = arg;
	struct arena a = { 0 };

	for (int i = 0; i < ROUNDS; i++)
		play_create(p, &a, p->users[0]);
	arena_free(&a);
	return NULL;
}

Test(paste_store, no_quota_is_exceeded_by_many_at_once)
{
	struct player players[THREADS];
	int made = 0;

	play_all(players, 2000, only_create);
	for (int i = 0; i < THREADS; i++)
		made += players[i].made;
	cr_expect_eq(fixture_number(wrong_sql), 0);
	cr_expect_eq(fixture_number("SELECT count FROM usage"), made);
	cr_expect_leq(fixture_number("SELECT bytes FROM usage"), 2000);
	cr_expect_gt(fixture_number("SELECT bytes FROM usage"), 1999 - 22);
}
