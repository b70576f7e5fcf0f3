#include <criterion/criterion.h>

#include "base/random.h"
#include "base/settings.h"
#include "web/web_session.h"

static const struct {
	const char *cookie;
	bool is_ours;
} cookies[] = {
	{ "", false }, { "abc", false },
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false },   /* 42 */
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true },   /* 43 */
	{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false }, /* 44 */
};

Test(web_session, only_tokens_of_our_length_are_looked_for)
{
	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		unsigned char hash[32];

		cr_expect_eq(web_session_hash(cookies[i].cookie, hash), cookies[i].is_ours, "%s",
		    cookies[i].cookie);
	}
}

Test(web_session, the_hash_is_sha_256)
{
	/* printf %s AAAA…, 43 of them | sha256sum */
	static const unsigned char expected[32] = { 0x0f, 0x00, 0x73, 0x85, 0xb6, 0xf9, 0xd4, 0xb7,
		0xee, 0xb2, 0x74, 0x86, 0x05, 0xaf, 0xe1, 0xa9, 0x84, 0xa0, 0xa3, 0xbf, 0xa3, 0xf0,
		0x14, 0xd0, 0x9e, 0x2a, 0x78, 0x4c, 0xe9, 0xe5, 0xcd, 0x1a };
	unsigned char hash[32];

	cr_assert(web_session_hash("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", hash));
	cr_expect_arr_eq(hash, expected, 32);
}

Test(web_session, csrf_tokens_differ_by_session_and_path)
{
	struct arena arena = { 0 };
	unsigned char secrets[2][32] = { { 1 }, { 2 } };
	struct web_session a = { .user_id = 1, .csrf_secret = secrets[0] };
	struct web_session b = { .user_id = 1, .csrf_secret = secrets[1] };
	struct web_session nobody = { 0 };

	cr_expect_str_eq(web_session_csrf(&a, &arena, "/x"), web_session_csrf(&a, &arena, "/x"));
	cr_expect_str_neq(web_session_csrf(&a, &arena, "/x"), web_session_csrf(&a, &arena, "/y"));
	cr_expect_str_neq(web_session_csrf(&a, &arena, "/x"), web_session_csrf(&b, &arena, "/x"));
	cr_expect_eq(strlen(web_session_csrf(&a, &arena, "/x")), 43);
	cr_expect_null(web_session_csrf(&nobody, &arena, "/x"));
	arena_free(&arena);
}

Test(web_session, each_role_has_its_own_cookie)
{
	settings.role = ROLE_PORTAL;
	cr_expect_str_eq(web_session_cookie(), "portal");
	settings.role = ROLE_PICS;
	cr_expect_str_eq(web_session_cookie(), "pics");
}
