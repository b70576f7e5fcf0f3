/* Whose address counts: lists of proxies, and what forged or broken headers must not achieve. */
#include "web/web_address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const refused_lists[] = { "proxy", "10.0.0.0/33", "::/129", "10.0.0.0/",
	"10.0.0/8", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/1000", "10.0.0.0/8,,x", "[::1]",
	"::1%eth0", "/8", "10.0.0.0:80", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb" };

static const struct {
	const char *list, *peer, *forwarded, *want;
} cases[] = {
	/* Nobody is trusted, or not who speaks to us. */
	{ "", NULL, NULL, NULL },
	{ "10.0.0.0/8", NULL, "192.0.2.1", NULL },
	{ "", "192.0.2.9", "192.0.2.1", "192.0.2.9" },
	{ "", "127.0.0.1", "192.0.2.1", "127.0.0.1" },
	{ "10.0.0.0/8", "192.0.2.9", "192.0.2.1", "192.0.2.9" },
	{ "10.0.0.0/8", "11.0.0.1", "192.0.2.1", "11.0.0.1" },
	{ "10.0.0.1", "10.0.0.2", "192.0.2.1", "10.0.0.2" },
	{ "::1", "127.0.0.1", "192.0.2.1", "127.0.0.1" },
	{ "0.0.0.0/0", "2001:db8::9", "192.0.2.1", "2001:db8::9" },
	{ "2001:db8::/33", "2001:db8:8000::1", "192.0.2.1", "2001:db8:8000::1" },

	/* What is no address is not believed, nor what stands before it. */
	{ "10.0.0.0/8", "10.0.0.1", NULL, "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", " ", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", ",", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1,", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1, 10.0.0.2 10.0.0.3", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1, x, 10.0.0.2", "10.0.0.2" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.256", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1:", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1:1234567", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1:8a", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[2001:db8::1", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[2001:db8::1]x", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[2001:db8::1]:", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[192.0.2.1]", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[]", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "[", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "fe80::1%eth0", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "for=192.0.2.1", "10.0.0.1" },
	{ "10.0.0.0/8", "10.0.0.1", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
	    "10.0.0.1" },

	/* A client's own header stands before what the proxy adds, and counts for nothing. */
	{ "10.0.0.0/8", "10.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1" },
	{ "10.0.0.0/8", "10.0.0.1", "10.0.0.5, 192.0.2.1", "192.0.2.1" },
	{ "10.0.0.0/8", "10.0.0.1", "'; DROP TABLE x; --, 192.0.2.1", "192.0.2.1" },

	/* As it should be. */
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1", "192.0.2.1" },
	{ "10.0.0.0/8", "10.255.255.255", "\t192.0.2.1 ", "192.0.2.1" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1,10.0.0.2 ,\t10.0.0.3", "192.0.2.1" },
	{ "10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
	{ "10.0.0.0/8", "10.0.0.1", "192.0.2.1:50000", "192.0.2.1" },
	{ "10.0.0.0/8", "10.0.0.1", "2001:db8::1", "2001:db8::1" },
	{ "10.0.0.0/8", "10.0.0.1", "[2001:db8::1]", "2001:db8::1" },
	{ "10.0.0.0/8", "10.0.0.1", "[2001:DB8:0::1]:443", "2001:db8::1" },
	{ "10.9.9.9/8", "10.0.0.1", "192.0.2.1", "192.0.2.1" },
	{ "10.0.0.1", "10.0.0.1", "192.0.2.1", "192.0.2.1" },
	{ "172.16.0.0/12", "172.31.0.1", "192.0.2.1", "192.0.2.1" },
	{ "172.16.0.0/12", "172.32.0.1", "192.0.2.1", "172.32.0.1" },
	{ "192.0.2.128/25 ::1", "::1", "192.0.2.1, 192.0.2.129", "192.0.2.1" },
	{ "::1", "::1", "192.0.2.1", "192.0.2.1" },
	{ "fd00::/8, 10.0.0.0/8", "fdff::1", "192.0.2.1, 10.0.0.1", "192.0.2.1" },
	{ "::/0", "2001:db8::9", "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0/0", "203.0.113.1", "192.0.2.1", "192.0.2.1" },

	/* IPv4 that came over an IPv6 socket is IPv4. */
	{ "10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::ffff:10.0.0.0/104", "10.0.0.1", "192.0.2.1", "192.0.2.1" },
	{ "", "::ffff:192.0.2.1", NULL, "192.0.2.1" },
};

static const struct sockaddr *
peer_of(union web_address *peer, const char *text)
{
	if (text == NULL)
		return NULL;
	memset(peer, 0, sizeof(*peer));
	if (inet_pton(AF_INET, text, &peer->v4.sin_addr) == 1)
		peer->v4.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &peer->v6.sin6_addr) == 1)
		peer->v6.sin6_family = AF_INET6;
	else
		cr_assert_fail("%s", text);
	return &peer->any;
}

Test(web_address, refuses_lists)
{
	for (size_t i = 0; i < COUNT(refused_lists); i++)
		cr_expect_eq(
		    web_address_trust(refused_lists[i]), ERR_INVALID, "%s", refused_lists[i]);
}

Test(web_address, trusts_nobody_after_a_bad_list)
{
	struct arena arena = { 0 };
	union web_address peer, client;

	cr_expect_eq(web_address_trust("10.0.0.0/8,x"), ERR_INVALID);
	web_address_client(&client, peer_of(&peer, "10.0.0.1"), "192.0.2.1");
	cr_expect_str_eq(web_address_text(&client, &arena), "10.0.0.1");
	arena_free(&arena);
}

Test(web_address, finds_the_client)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena = { 0 };
		union web_address peer, client;
		const char *got;

		cr_expect_eq(web_address_trust(cases[i].list), ERR_OK, "%s", cases[i].list);
		web_address_client(&client, peer_of(&peer, cases[i].peer), cases[i].forwarded);
		got = web_address_text(&client, &arena);
		if (cases[i].want == NULL)
			cr_expect_null(got, "case %zu: %s", i, got);
		else
			cr_expect(got != NULL && strcmp(got, cases[i].want) == 0,
			    "case %zu: [%s] from %s, \"%s\" gives %s", i, cases[i].list,
			    cases[i].peer, cases[i].forwarded, got);
		arena_free(&arena);
	}
}

/* A connection through a local socket has no address. */
Test(web_address, needs_an_internet_address)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };
	struct arena arena = { 0 };
	union web_address client;

	web_address_client(&client, &local, "192.0.2.1");
	cr_expect_eq(client.any.sa_family, AF_UNSPEC);
	cr_expect_null(web_address_text(&client, &arena));
	arena_free(&arena);
}
