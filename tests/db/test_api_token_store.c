/* API tokens as their owner makes, sees and revokes them, and as txt and pics ask for them. */
#include "account/api_token_store.h"

#include "account/caller_store.h"
#include "db_fixture.h"

static int64_t sam, tess;

static void
begin(void)
{
	fixture_begin();
	fixture_exec("INSERT INTO users (keycloak_sub, issuer, plan) VALUES ('sam', 'i', 'pro'),"
		     " ('tess', 'i', 'free')");
	sam = fixture_number("SELECT id FROM users WHERE keycloak_sub = 'sam'");
	tess = fixture_number("SELECT id FROM users WHERE keycloak_sub = 'tess'");
}

TestSuite(api_token_store, .init = begin, .fini = fixture_close);

/* Makes one from a form of that number; its text. */
static enum api_token_made
make(int64_t user_id, int form, enum api_term term, char text[API_TOKEN_SIZE])
{
	struct db_query q = { .arena = &arena };
	const struct api_token_form f = { .label = "Laptop",
		.may = { true, form % 2 == 0 },
		.chosen = term,
		.once = arena_printf(&arena, "form %d", form) };
	enum api_token_made made;
	PGresult *res;

	api_token_new(text);
	api_token_store_make(&q, user_id, &f, text);
	res = fixture_run(&q);
	cr_assert_eq(api_token_store_make_read(&made, res), ERR_OK);
	PQclear(res);
	return made;
}

static struct api_token_list
list_of(int64_t user_id)
{
	struct db_query q = { .arena = &arena };
	struct api_token_list list;
	PGresult *res;

	api_token_store_list(&q, user_id);
	res = fixture_run(&q);
	cr_assert_eq(api_token_store_list_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	return list;
}

static enum err
check(const char *text, struct caller *c)
{
	struct db_query q = { .arena = &arena };
	unsigned char hash[DIGEST_BYTES];
	PGresult *res;
	enum err e;

	cr_assert(api_token_hash(text, hash));
	caller_store_token(&q, hash);
	res = fixture_run(&q);
	e = caller_store_token_read(c, &arena, res);
	PQclear(res);
	return e;
}

Test(api_token_store, makes_and_lists)
{
	char text[API_TOKEN_SIZE];
	struct api_token_list list;

	cr_assert_eq(make(sam, 1, API_TERM_EVER, text), API_TOKEN_MADE);
	cr_assert_eq(make(sam, 2, API_TERM_MONTH, text), API_TOKEN_MADE);
	list = list_of(sam);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].label, "Laptop");
	cr_expect_str_eq(list.v[0].hint, text + strlen(text) - 4);
	cr_expect(list.v[0].may[API_SCOPE_TXT] && list.v[0].may[API_SCOPE_PICS]);
	cr_expect(list.v[1].may[API_SCOPE_TXT] && !list.v[1].may[API_SCOPE_PICS]);
	cr_expect_eq(list.v[0].expires_at - list.v[0].made_at, 30 * 86400);
	cr_expect_eq(list.v[1].expires_at, 0);
	cr_expect_eq(list.v[0].used_at, 0);
	cr_expect_not(list.v[0].is_expired);
	cr_expect_eq(list_of(tess).n, 0);
}

Test(api_token_store, a_form_makes_one)
{
	char first[API_TOKEN_SIZE], second[API_TOKEN_SIZE];
	struct caller c;

	cr_assert_eq(make(sam, 1, API_TERM_EVER, first), API_TOKEN_MADE);
	cr_expect_eq(make(sam, 1, API_TERM_EVER, second), API_TOKEN_MADE_BEFORE);
	cr_expect_eq(make(tess, 1, API_TERM_EVER, second), API_TOKEN_MADE, "another account's");
	cr_expect_eq(list_of(sam).n, 1);
	cr_expect_eq(check(first, &c), ERR_OK);
}

Test(api_token_store, fifty_and_the_place_of_one_that_went)
{
	char text[API_TOKEN_SIZE];
	struct db_query q = { .arena = &arena };

	for (int i = 0; i < API_TOKENS_MAX; i++)
		cr_assert_eq(make(sam, i, API_TERM_EVER, text), API_TOKEN_MADE);
	cr_expect_eq(make(sam, 100, API_TERM_EVER, text), API_TOKEN_TOO_MANY);
	cr_expect_eq(make(tess, 100, API_TERM_EVER, text), API_TOKEN_MADE);
	api_token_store_revoke(&q, sam, list_of(sam).v[20].id);
	PQclear(fixture_run(&q));
	cr_expect_eq(make(sam, 100, API_TERM_EVER, text), API_TOKEN_MADE);
	cr_expect_eq(list_of(sam).n, API_TOKENS_MAX);
}

Test(api_token_store, only_its_owner_finds_and_revokes)
{
	char text[API_TOKEN_SIZE];
	struct db_query q = { .arena = &arena };
	struct api_token t;
	struct caller c;
	PGresult *res;
	int64_t id;

	cr_assert_eq(make(sam, 1, API_TERM_EVER, text), API_TOKEN_MADE);
	id = list_of(sam).v[0].id;
	for (int is_owner = 0; is_owner <= 1; is_owner++) {
		api_token_store_find(&q, is_owner ? sam : tess, id);
		res = fixture_run(&q);
		cr_expect_eq(
		    api_token_store_find_read(&t, &arena, res), is_owner ? ERR_OK : ERR_NOT_FOUND);
		PQclear(res);
		api_token_store_revoke(&q, is_owner ? sam : tess, id);
		PQclear(fixture_run(&q));
		cr_expect_eq(check(text, &c), is_owner ? ERR_NOT_FOUND : ERR_OK);
	}
}

Test(api_token_store, is_believed)
{
	char text[API_TOKEN_SIZE];
	struct caller c;

	cr_assert_eq(make(sam, 1, API_TERM_YEAR, text), API_TOKEN_MADE);
	cr_assert_eq(check(text, &c), ERR_OK);
	cr_expect_str_eq(c.sub, "sam");
	cr_expect_str_eq(c.plan, "pro");
	cr_expect_eq(c.token_id, list_of(sam).v[0].id);
	cr_expect(c.may[API_SCOPE_TXT] && !c.may[API_SCOPE_PICS]);
	cr_expect_gt(list_of(sam).v[0].used_at, 0);
	fixture_exec("UPDATE api_tokens SET expires_at = now()");
	cr_expect_eq(check(text, &c), ERR_NOT_FOUND);
	cr_expect(list_of(sam).v[0].is_expired);
	fixture_exec("UPDATE api_tokens SET expires_at = NULL;"
		     "UPDATE users SET is_banned = true WHERE keycloak_sub = 'sam'");
	cr_expect_eq(check(text, &c), ERR_NOT_FOUND);
}

/* now() stands still within a transaction. */
Test(api_token_store, the_last_use_is_written_once_a_minute)
{
	char text[API_TOKEN_SIZE];
	struct caller c;

	cr_assert_eq(make(sam, 1, API_TERM_EVER, text), API_TOKEN_MADE);
	fixture_exec("UPDATE api_tokens SET last_used_at = now() - interval '59 s'");
	check(text, &c);
	cr_expect_eq(fixture_number("SELECT extract(epoch FROM now() - last_used_at)::int"
				    " FROM api_tokens WHERE user_id = (SELECT id FROM users"
				    " WHERE keycloak_sub = 'sam')"),
	    59);
	fixture_exec("UPDATE api_tokens SET last_used_at = now() - interval '61 s'");
	check(text, &c);
	cr_expect_eq(fixture_number("SELECT extract(epoch FROM now() - last_used_at)::int"
				    " FROM api_tokens WHERE user_id = (SELECT id FROM users"
				    " WHERE keycloak_sub = 'sam')"),
	    0);
}

Test(api_token_store, an_account_takes_its_tokens_with_it)
{
	char text[API_TOKEN_SIZE];

	cr_assert_eq(make(sam, 1, API_TERM_EVER, text), API_TOKEN_MADE);
	fixture_exec("DELETE FROM users WHERE keycloak_sub = 'sam'");
	cr_expect_eq(list_of(sam).n, 0);
}

static const struct {
	const char *bouncer, *username, *sub; /* sub NULL: nobody */
} uploaders[] = {
	{ "sams-work", "sam-irc", "sam" },
	{ "sams-old", "sam-irc", "sam" },
	{ "sams-home", "shared", "sam" },
	{ "hers", "shared", "tess" },
	{ "sams-work", "shared", NULL },
	{ "none", "sam-irc", NULL },
	{ "sams-work", "", NULL },
	{ "", "sam-irc", NULL },
	{ "-", "sam-irc", "sam" }, /* two bouncers of one account */
	{ "-", "shared", NULL },   /* of two accounts */
	{ "-", "nobody", NULL },
	{ "sams-%", "sam-irc", NULL },
};

Test(api_token_store, uploaders)
{
	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username)"
		     " SELECT u.id, v.name, v.username FROM users u JOIN (VALUES"
		     " ('sam', 'sams-work', 'sam-irc'), ('sam', 'sams-old', 'sam-irc'),"
		     " ('sam', 'sams-home', 'shared'), ('tess', 'hers', 'shared')"
		     ") v (sub, name, username) ON u.keycloak_sub = v.sub");
	for (size_t i = 0; i < sizeof(uploaders) / sizeof(uploaders[0]); i++) {
		struct db_query q = { .arena = &arena };
		struct caller c = { 0 };
		PGresult *res;
		enum err e;

		caller_store_uploader(&q, uploaders[i].bouncer, uploaders[i].username);
		res = fixture_run(&q);
		e = caller_store_account_read(&c, &arena, res);
		PQclear(res);
		cr_expect_eq(e, uploaders[i].sub != NULL ? ERR_OK : ERR_NOT_FOUND, "%zu", i);
		if (e == ERR_OK && uploaders[i].sub != NULL)
			cr_expect_str_eq(c.sub, uploaders[i].sub);
	}
}
