/* What people may ask for as a network: addresses above all, since soju goes where it is told to.
 */
#include "bouncer/network.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(network, .fini = end);

static struct network_form
form(void)
{
	return (struct network_form){ .name = "libera",
		.address = "irc.example.org",
		.nick = "alice",
		.username = "",
		.realname = "",
		.pass = "",
		.sasl_login = "",
		.sasl_password = "",
		.channels = "",
		.is_enabled = true };
}

/* ---- Private hosts ---- */

static const char *const private_hosts[] = { "", ".", "localhost", "LOCALHOST", "localhost.",
	"a.localhost", "printer.local", "metadata.google.internal", "soju-alice.irc.svc",
	"soju.irc.svc.cluster.local", "postgres", "intranet", "router.lan", "x.home.arpa",
	"127.0.0.1", "127.0.0.1.", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1",
	"10.255.255.255", "100.64.0.1", "100.127.255.255", "169.254.169.254", "172.16.0.1",
	"172.31.255.255", "192.168.0.1", "192.0.0.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
	"240.0.0.1", "255.255.255.255", /* and in other notations */
	"127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7F.0.0.1", "0177.0.0.1",
	"017700000001", "0127.0.0.1", "1.2.3.08", "8.8.8.8.8", "256.1.1.1", "8.8", "134744072",
	"08.8.8.8", "example.0x1", "::", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
	"::ffff:10.1.2.3", "[::ffff:7f00:1]", "::127.0.0.1", "::2", "64:ff9b::10.0.0.1",
	"64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:1::1", "fc00::1",
	"fd12:3456::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "[fe80::1]",
	"::zz", "1:2" };

static const char *const public_hosts[] = { "irc.libera.chat", "irc.oftc.net.", "8.8.8.8",
	"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1",
	"169.253.1.1", "172.15.255.255", "172.32.0.0", "192.167.1.1", "192.0.1.1", "198.17.1.1",
	"198.20.0.0", "223.255.255.255", "2a01:4f8::1", "[2606:4700::1111]", "::ffff:8.8.8.8",
	"64:ff9b::8.8.8.8", "2002:808:808::1", "localhost.example.org", "127.0.0.1.example.org",
	"local.example", "1.example", "xn--bcher-kva.example" };

Test(network, private_hosts)
{
	char longest[300];
	size_t i;

	for (i = 0; i < sizeof(private_hosts) / sizeof(private_hosts[0]); i++)
		cr_expect(network_is_private_host(private_hosts[i]), "%s", private_hosts[i]);
	for (i = 0; i < sizeof(public_hosts) / sizeof(public_hosts[0]); i++)
		cr_expect_not(network_is_private_host(public_hosts[i]), "%s", public_hosts[i]);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 290, ".example", 9);
	cr_expect(network_is_private_host(longest));
}

/* ---- Addresses ---- */

static const struct {
	const char *typed, *address; /* NULL: refused */
} addresses[] = {
	{ "irc.example.org", "ircs://irc.example.org:6697" },
	{ "  irc.example.org\t", "ircs://irc.example.org:6697" },
	{ "IRC.Example.ORG:7000", "ircs://irc.example.org:7000" },
	{ "ircs://irc.example.org", "ircs://irc.example.org:6697" },
	{ "IRCS://irc.example.org/", "ircs://irc.example.org:6697" },
	{ "ircs://irc.example.org:65535", "ircs://irc.example.org:65535" },
	{ "irc+insecure://irc.example.org", "irc+insecure://irc.example.org:6667" },
	{ "irc+insecure://irc.example.org:6668/", "irc+insecure://irc.example.org:6668" },
	{ "8.8.8.8", "ircs://8.8.8.8:6697" },
	{ "[2a01:4f8::1]", "ircs://[2a01:4f8::1]:6697" },
	{ "ircs://[2a01:4f8::1]:7000", "ircs://[2a01:4f8::1]:7000" },
	{ "", NULL },
	{ "   ", NULL },
	{ "ircs://", NULL },
	{ "ircs:///", NULL },
	{ ":6697", NULL },
	{ "irc://irc.example.org", NULL },
	{ "http://irc.example.org", NULL },
	{ "unix:///run/soju/admin", NULL },
	{ "irc+unix:///run/soju/admin", NULL },
	{ "unix+admin://", NULL },
	{ "file:///etc/passwd", NULL },
	{ "/run/soju/admin", NULL },
	{ "irc.example.org/x", NULL },
	{ "irc.example.org?x", NULL },
	{ "irc.example.org#x", NULL },
	{ "user@irc.example.org", NULL },
	{ "user:pass@irc.example.org", NULL },
	{ "irc.example.org:0", NULL },
	{ "irc.example.org:65536", NULL },
	{ "irc.example.org:-1", NULL },
	{ "irc.example.org:6697:1", NULL },
	{ "irc.example.org: 6697", NULL },
	{ "irc.example.org -enabled false", NULL },
	{ "irc.example.org\r\nuser delete alice", NULL },
	{ "irc.example.org\"", NULL },
	{ "irc.exa\xff.org", NULL },
	{ "2a01:4f8::1", NULL },
	{ "[2a01:4f8::1", NULL },
	{ "[fe80::1%25eth0]", NULL },
	{ "127.0.0.1", NULL },
	{ "irc+insecure://localhost:6667", NULL },
	{ "ircs://[::1]:6697", NULL },
	{ "ircs://[::ffff:127.0.0.1]", NULL },
	{ "ircs://0x7f.1:6697", NULL },
	{ "ircs://2130706433", NULL },
	{ "ircs://localhost.:6697", NULL },
	{ "ircs://127.0.0.1.:6697", NULL },
	{ "portal", NULL },
};

Test(network, addresses)
{
	struct network_problems p;
	struct network_form f;
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		f = form();
		f.address = addresses[i].typed;
		cr_expect_eq(network_form_check(&f, &p, &arena, false),
		    addresses[i].address != NULL, "%s", addresses[i].typed);
		cr_expect_eq(p.address == NULL, addresses[i].address != NULL);
		cr_expect_str_eq(f.address,
		    addresses[i].address != NULL ? addresses[i].address : addresses[i].typed);
	}
}

Test(network, private_addresses_where_they_are_allowed)
{
	struct network_problems p;
	struct network_form f = form();

	f.address = "irc+insecure://127.0.0.1:6667";
	cr_expect(network_form_check(&f, &p, &arena, true));
	f.address = "irc+unix:///run/soju/admin";
	cr_expect_not(network_form_check(&f, &p, &arena, true));
}

/* ---- The other parts ---- */

#define LONG33 "abcdefghijklmnopqrstuvwxyz0123456"

static const struct {
	size_t offset, problem;
	const char *typed;
	bool is_fine;
} parts[] = {
#define PART(part, typed, is_fine)                                                                 \
	{                                                                                          \
		offsetof(struct network_form, part), offsetof(struct network_problems, part),      \
		    typed, is_fine                                                                 \
	}
	PART(name, "libera", true),
	PART(name, " Libera.Chat-2_x ", true),
	PART(name,
	    "b\xc3\xbc"
	    "cher",
	    true),
	PART(name, "", false),
	PART(name, "-x", false),
	PART(name, "*", false),
	PART(name, "a b", false),
	PART(name, "a/b", false),
	PART(name, "a@b", false),
	PART(name, "a]b", false),
	PART(name, "a\"b", false),
	PART(name, "a\nb", false),
	PART(name, "\xe2\x80\xae", false),
	PART(name, "\xff", false),
	PART(name, LONG33, false),
	PART(nick, "", true),
	PART(nick, "alice[m]", true),
	PART(nick, "_a`^{}|\\-9", true),
	PART(nick, "9alice", false),
	PART(nick, "-alice", false),
	PART(nick, "a b", false),
	PART(nick, "a@b", false),
	PART(nick, "a!b", false),
	PART(nick, "#a", false),
	PART(nick, "a\r", false),
	PART(nick, "a\xff", false),
	PART(nick, "abcdefghijklmnopqrstuvwxyzabcde", false),
	PART(username, "~alice", true),
	PART(username, "a b", false),
	PART(username, "a@b", false),
	PART(username, LONG33, false),
	PART(realname, "Alice \"the\" \\ Example", true),
	PART(realname, "Alice\r\nQUIT", false),
	PART(realname, "Alice\x02", false),
	PART(pass, "it's \"a\" \\ p\xc3\xa4ss  ", true),
	PART(pass, "a\nb", false),
	PART(pass, "\xc3", false),
	PART(channels, "#a, #b  ,#c\n#d", true),
	PART(channels, "", true),
	PART(channels, " , ,", true),
	PART(channels, "&a +b !c ##d", true),
	PART(channels, "a", false),
	PART(channels, "#a b", false),
	PART(channels, "#", false),
	PART(channels, "#a/b", false),
	PART(channels, "#a:b", false),
	PART(channels, "#a\x07", false),
	PART(channels, "#a\xff", false),
	PART(channels, "#0 #1 #2 #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 #13 #14 #15 #16 #17 #18 #19",
	    true),
	PART(channels, "#0 #1 #2 #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 #13 #14 #15 #16 #17 #18 #19 #20",
	    false),
};

Test(network, parts_of_a_form)
{
	struct network_problems p;
	struct network_form f;
	const char *problem;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		f = form();
		*(const char **)((char *)&f + parts[i].offset) = parts[i].typed;
		cr_expect_eq(network_form_check(&f, &p, &arena, false), parts[i].is_fine, "%s",
		    parts[i].typed);
		problem = *(const char **)((char *)&p + parts[i].problem);
		cr_expect_eq(problem == NULL, parts[i].is_fine, "%s: %s", parts[i].typed,
		    problem != NULL ? problem : "fine");
	}
}

static const struct {
	const char *login, *password;
	bool is_fine;
} sasl[] = {
	{ "", "", true },
	{ "alice", "p \"q\" \\", true },
	{ "-alice", "-x", true },
	{ "alice", "", false },
	{ "", "secret", false },
	{ "al\nice", "x", false },
	{ "alice", "x\r", false },
};

Test(network, accounts_of_a_network)
{
	struct network_problems p;
	struct network_form f;
	size_t i;

	for (i = 0; i < sizeof(sasl) / sizeof(sasl[0]); i++) {
		f = form();
		f.sasl_login = sasl[i].login;
		f.sasl_password = sasl[i].password;
		cr_expect_eq(network_form_check(&f, &p, &arena, false), sasl[i].is_fine, "%zu", i);
		cr_expect_eq(p.sasl == NULL, sasl[i].is_fine, "%zu", i);
	}
}

Test(network, channels_one_each)
{
	const char *const *channels = network_channels(" #a,#b  #A ,, #c", &arena);

	cr_expect_str_eq(channels[0], "#a");
	cr_expect_str_eq(channels[1], "#b");
	cr_expect_str_eq(channels[2], "#c");
	cr_expect_null(channels[3]);
	cr_expect_null(network_channels("", &arena)[0]);
}

/* ---- Presets ---- */

Test(network, presets_are_fine_themselves)
{
	struct network_problems p;
	struct network_form f;
	size_t i;

	cr_assert_gt(network_presets_n, 0);
	for (i = 0; i < network_presets_n; i++) {
		f = form();
		f.name = network_presets[i].name;
		f.address = network_presets[i].address;
		f.channels = network_presets[i].channels;
		cr_expect(network_form_check(&f, &p, &arena, false), "%s", f.name);
		cr_expect_str_eq(f.address, network_presets[i].address);
		cr_expect_eq(network_preset_find(network_presets[i].word), &network_presets[i]);
	}
	cr_expect_null(network_preset_find(""));
	cr_expect_null(network_preset_find("Libera"));
}
