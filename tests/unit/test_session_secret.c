/* Tokens at rest: only the same session and the same kind open them. */
#define _GNU_SOURCE /* memmem */
#include "account/session_secret.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/settings.h"

static struct arena arena;
static const unsigned char mine[32] = { 1 }, other[32] = { 2 };

static void
set_key(void)
{
	settings.session_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
}

TestSuite(session_secret, .init = set_key);

Test(session_secret, none_is_none)
{
	size_t len = 9;

	cr_expect_null(session_secret_seal(&arena, SESSION_SECRET_ID_TOKEN, mine, NULL, &len));
	cr_expect_eq(len, 0);
	cr_expect_null(session_secret_open(&arena, SESSION_SECRET_ID_TOKEN, mine, NULL, 0));
	cr_expect_null(session_secret_open(&arena, SESSION_SECRET_ID_TOKEN, mine, "short", 5));
}

Test(session_secret, is_bound_to_what_and_whose_it_is)
{
	const unsigned char *sealed;
	size_t len;

	sealed = session_secret_seal(&arena, SESSION_SECRET_ID_TOKEN, mine, "a.b.c", &len);
	cr_assert_not_null(sealed);
	cr_expect_null(memmem(sealed, len, "a.b.c", 5));
	cr_expect_str_eq(
	    session_secret_open(&arena, SESSION_SECRET_ID_TOKEN, mine, sealed, len), "a.b.c");
	cr_expect_null(session_secret_open(&arena, SESSION_SECRET_ID_TOKEN, other, sealed, len));
	cr_expect_null(
	    session_secret_open(&arena, SESSION_SECRET_REFRESH_TOKEN, mine, sealed, len));
	settings.session_key = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	cr_expect_null(session_secret_open(&arena, SESSION_SECRET_ID_TOKEN, mine, sealed, len));
}
