/* Mail: servers and addresses as data, hostile texts, lengths of lines, dots; the token of the link
 * that stops it; what is said about an outage. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/mail_server.h"
#include "mail/mail.h"
#include "mail/outage_mail.h"
#include "mail/unsubscribe.h"
#include "unit/files.h"

#define NOW INT64_C(1795168800) /* Friday, 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(mail, .fini = end);

/* ---- Servers ---- */

static const struct {
	const char *url;
	const char *to, *user, *password; /* to NULL: refused */
	bool is_smtps, is_loopback;
} servers[] = {
	{ "smtp://mail.example.org", "smtp://mail.example.org", NULL, NULL, false, false },
	{ "smtp://mail.example.org:587", "smtp://mail.example.org:587", NULL, NULL, false, false },
	{ "smtps://u:p@mail.example.org:465", "smtps://mail.example.org:465", "u", "p", true,
	    false },
	{ "smtps://u%40x:p%3A%2F@h", "smtps://h", "u@x", "p:/", true, false },
	{ "smtp://u@x:p:q@h", "smtp://h", "u@x", "p:q", false, false },
	{ "smtp://localhost:25", "smtp://localhost:25", NULL, NULL, false, true },
	{ "smtp://127.0.0.1", "smtp://127.0.0.1", NULL, NULL, false, true },
	{ "smtp://[::1]:25", "smtp://[::1]:25", NULL, NULL, false, true },
	{ "smtp://[2001:db8::1]", "smtp://[2001:db8::1]", NULL, NULL, false, false },
	{ "smtp://127.example.org", "smtp://127.example.org", NULL, NULL, false, false },
	{ "", NULL, NULL, NULL, false, false },
	{ "mail.example.org", NULL, NULL, NULL, false, false },
	{ "http://mail.example.org", NULL, NULL, NULL, false, false },
	{ "SMTP://mail.example.org", NULL, NULL, NULL, false, false },
	{ "smtp://", NULL, NULL, NULL, false, false },
	{ "smtp://:25", NULL, NULL, NULL, false, false },
	{ "smtp://h:", NULL, NULL, NULL, false, false },
	{ "smtp://h:0", NULL, NULL, NULL, false, false },
	{ "smtp://h:65536", NULL, NULL, NULL, false, false },
	{ "smtp://h:25x", NULL, NULL, NULL, false, false },
	{ "smtp://h/path", NULL, NULL, NULL, false, false },
	{ "smtp://h?q", NULL, NULL, NULL, false, false },
	{ "smtp://h#f", NULL, NULL, NULL, false, false },
	{ "smtp://a b", NULL, NULL, NULL, false, false },
	{ "smtp://h\r\nQUIT", NULL, NULL, NULL, false, false },
	{ "smtp://user@h", NULL, NULL, NULL, false, false },
	{ "smtp://:p@h", NULL, NULL, NULL, false, false },
	{ "smtp://u:@h", NULL, NULL, NULL, false, false },
	{ "smtp://u:p%0D%0A@h", NULL, NULL, NULL, false, false },
	{ "smtp://u:p%00@h", NULL, NULL, NULL, false, false },
	{ "smtp://u:p%zz@h", NULL, NULL, NULL, false, false },
	{ "smtp://[::1", NULL, NULL, NULL, false, false },
	{ "smtp://[h]", NULL, NULL, NULL, false, false },
	{ "smtp://-h", NULL, NULL, NULL, false, false },
	{ "smtp://h..x", NULL, NULL, NULL, false, false },
};

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

Test(mail, servers)
{
	for (size_t i = 0; i < COUNT(servers); i++) {
		struct mail_server m;
		const enum err e = mail_server_parse(&m, &arena, servers[i].url);

		cr_assert_eq(e, servers[i].to != NULL ? ERR_OK : ERR_INVALID, "%s", servers[i].url);
		if (e != ERR_OK)
			continue;
		cr_expect_str_eq(m.url, servers[i].to);
		cr_expect(is_same(m.user, servers[i].user), "%s", servers[i].url);
		cr_expect(is_same(m.password, servers[i].password), "%s", servers[i].url);
		cr_expect_eq(m.is_smtps, servers[i].is_smtps, "%s", servers[i].url);
		cr_expect_eq(m.is_loopback, servers[i].is_loopback, "%s", servers[i].url);
	}
}

/* ---- Addresses ---- */

static const char *const fine[] = { "a@b", "alice@example.org", "a.b+c@sub.example.org",
	"o'hara_1@example.org", "x@127.0.0.1" };
static const char *const not_fine[] = { "", "@", "a@", "@b", "a", "a b@c", "a@b c", "a@b@c", ".a@b",
	"a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-", "<a@b>", "a@b>",
	"a@b\r\nBcc: c@d", "a\n@b", "a\"b@c", "\"a\"@b", "a,b@c", "a;b@c", "a:b@c", "a(b)@c",
	"a\\@b", "a@[127.0.0.1]", "\xc3\xbc@b", "a@\xc3\xbc.example", "a@b_c", "a@b,c",
	"1234567890123456789012345678901234567890123456789012345678901234x@b" };

Test(mail, addresses)
{
	for (size_t i = 0; i < COUNT(fine); i++)
		cr_expect(mail_address_is_fine(fine[i]), "%s", fine[i]);
	for (size_t i = 0; i < COUNT(not_fine); i++)
		cr_expect(!mail_address_is_fine(not_fine[i]), "%s", not_fine[i]);
}

/* ---- The bytes of a mail ---- */

static const struct mail plain = { .from = "portal@example.org",
	.to = "alice@example.org",
	.subject = "Hello",
	.text = "One line.\n",
	.id = "1f",
	.now = NOW };

static const char *
written(const struct mail *m)
{
	struct strbuf out = { 0 };
	const char *text;

	cr_assert_eq(mail_write(&out, m), ERR_OK);
	text = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* The value of a header with its folds, up to its CRLF. */
static const char *
header_of(const char *mail, const char *name)
{
	const char *at = strstr(mail, arena_printf(&arena, "\r\n%s: ", name)), *last;

	cr_assert_not_null(at, "%s", name);
	at += 2 + strlen(name) + 2;
	for (last = strstr(at, "\r\n"); last[2] == ' '; last = strstr(last + 2, "\r\n"))
		;
	return arena_strndup(&arena, at, (size_t)(last - at));
}

static const char *
body_of(const char *mail)
{
	return strstr(mail, "\r\n\r\n") + 4;
}

Test(mail, a_plain_one)
{
	struct mail m = plain;

	m.unsubscribe_url = "https://portal.example.org/mail/unsubscribe?token=1.x";
	cr_expect_str_eq(written(&m),
	    "Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
	    "From: <portal@example.org>\r\n"
	    "To: <alice@example.org>\r\n"
	    "Subject: Hello\r\n"
	    "Message-ID: <1f@example.org>\r\n"
	    "List-Unsubscribe: <https://portal.example.org/mail/unsubscribe?token=1.x>\r\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "One line.\r\n");
}

static const struct {
	const char *subject, *header;
} subjects[] = {
	{ "", "" },
	{ "a, b: \"c\" <d> (e)", "a, b: \"c\" <d> (e)" },
	{ "gr\xc3\xbc\xc3\x9f", "=?UTF-8?Q?gr=C3=BC=C3=9F?=" },
	{ "a=?UTF-8?Q?b?=", "=?UTF-8?Q?a=3D=3FUTF=2D8=3FQ=3Fb=3F=3D?=" },
	{ " x", "=?UTF-8?Q?_x?=" },
	{ "x ", "=?UTF-8?Q?x_?=" },
	{ "x\r\nBcc: all@example.org", "=?UTF-8?Q?x__Bcc=3A_all=40example=2Eorg?=" },
	{ "x\ty\x7f\x01", "=?UTF-8?Q?x_y__?=" },
	/* 67 plain characters are one line with its name, 68 are not. */
	{ "1234567890123456789012345678901234567890123456789012345678901234567",
	    "1234567890123456789012345678901234567890123456789012345678901234567" },
	{ "12345678901234567890123456789012345678901234567890123456789012345678",
	    "=?UTF-8?Q?1234567890123456789012345678901234567890123456789012345?=\r\n"
	    " =?UTF-8?Q?6789012345678?=" },
};

Test(mail, subjects)
{
	for (size_t i = 0; i < COUNT(subjects); i++) {
		struct mail m = plain;

		m.subject = subjects[i].subject;
		cr_expect_str_eq(header_of(written(&m), "Subject"), subjects[i].header);
	}
}

static void
check_lines(const char *mail, size_t most)
{
	for (const char *line = mail; *line != '\0';) {
		const char *last = strchr(line, '\n');

		cr_assert_not_null(last);
		cr_expect_eq(last[-1], '\r');
		cr_expect_leq((size_t)(last - line), most + 1, "%.*s", (int)(last - line), line);
		for (const char *c = line; c < last - 1; c++)
			cr_expect(*c >= ' ' && *c <= '~', "%d", *c);
		line = last + 1;
	}
}

/* A character is never cut in two (RFC 2047, 5). */
Test(mail, long_headers_are_cut_between_characters)
{
	struct strbuf name = { 0 };
	struct mail m = plain;
	const char *mail;

	for (int i = 0; i < 100; i++)
		strbuf_puts(&name, "\xf0\x9f\x90\xa7");
	m.subject = m.from_name = strbuf_text(&name);
	mail = written(&m);
	check_lines(mail, 76);
	for (const char *c = strstr(mail, "Q?"); c != NULL && c < body_of(mail);
	     c = strstr(c + 1, "Q?"))
		cr_expect(strncmp(c + 2, "=F0=9F=90=A7", 12) == 0, "%.20s", c);
	strbuf_free(&name);
}

Test(mail, a_name_means_nothing)
{
	struct mail m = plain;

	m.from_name = "a\" <b@c>,\r\nBcc: d@e";
	cr_expect_str_eq(header_of(written(&m), "From"),
	    "=?UTF-8?Q?a=22_=3Cb=40c=3E=2C__Bcc=3A_d=40e?=\r\n"
	    " <portal@example.org>");
}

static const struct {
	const char *text, *body;
} bodies[] = {
	{ "", "" },
	{ "\n", "\r\n" },
	{ "a", "a\r\n" },
	{ "a\n\nb\n", "a\r\n\r\nb\r\n" },
	{ "a=b", "a=3Db\r\n" },
	{ "a \nb\t\nc ", "a=20\r\nb=09\r\nc=20\r\n" },
	{ "a\tb", "a\tb\r\n" },
	{ ".\n..\na.", "=2E\r\n=2E.\r\na.\r\n" },
	{ "From here\nfrom", "=46rom here\r\nfrom\r\n" },
	{ "a\r\n.\r\nb", "a=0D\r\n=2E=0D\r\nb\r\n" },
	{ "\xc3\xbc", "=C3=BC\r\n" },
	{ "\x01\x7f", "=01=7F\r\n" },
	/* 75 fit; the 76th begins the next line. */
	{ "123456789012345678901234567890123456789012345678901234567890123456789012345",
	    "123456789012345678901234567890123456789012345678901234567890123456789012345\r\n" },
	{ "123456789012345678901234567890123456789012345678901234567890123456789012345.",
	    "123456789012345678901234567890123456789012345678901234567890123456789012345=\r\n"
	    "=2E\r\n" },
};

Test(mail, bodies)
{
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct mail m = plain;

		m.text = bodies[i].text;
		cr_expect_str_eq(body_of(written(&m)), bodies[i].body);
	}
}

Test(mail, long_lines_of_every_byte)
{
	struct strbuf text = { 0 };
	struct mail m = plain;

	for (int i = 0; i < 3000; i++)
		strbuf_puts(&text, i % 7 == 0 ? "." : i % 11 == 0 ? "\xe2\x82\xac" : "x ");
	m.text = strbuf_text(&text);
	check_lines(written(&m), 76);
	strbuf_free(&text);
}

Test(mail, what_is_refused)
{
	struct strbuf out = { 0 };
	struct mail bad[10];

	for (size_t i = 0; i < COUNT(bad); i++)
		bad[i] = plain;
	bad[0].from = "a@b\r\nX: y";
	bad[1].to = "a@b>\r\nRCPT TO:<c@d";
	bad[2].to = "";
	bad[3].id = "a@b";
	bad[4].id = "";
	bad[5].id = "a\r\nb";
	bad[6].unsubscribe_url = "https://x/>\r\nBcc: a@b";
	bad[7].subject = "\xff";
	bad[8].text = "\xc3";
	bad[9].from_name = "\xed\xa0\x80";
	for (size_t i = 0; i < COUNT(bad); i++)
		cr_expect_eq(mail_write(&out, &bad[i]), ERR_INVALID, "%zu", i);
	cr_expect_eq(out.len, 0);
	strbuf_free(&out);
}

/* ---- The link ---- */

Test(mail, tokens)
{
	const unsigned char key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";
	const unsigned char other[SEAL_KEY_BYTES] = "1123456789abcdef0123456789abcde";
	const char *token = unsubscribe_token(&arena, key, 42);
	int64_t user_id = 0;

	cr_assert_eq(unsubscribe_read(&user_id, key, token), ERR_OK);
	cr_expect_eq(user_id, 42);
	cr_expect_eq(strncmp(token, "42.", 3), 0);
	cr_expect_eq(strlen(token), 46);
	cr_expect_eq(unsubscribe_read(&user_id, other, token), ERR_INVALID);
	for (size_t i = 0; i < strlen(token); i++) {
		char *bad = arena_strdup(&arena, token);

		bad[i] = bad[i] == '7' ? '8' : '7';
		cr_expect_eq(unsubscribe_read(&user_id, key, bad), ERR_INVALID, "%s", bad);
		bad[i] = '\0';
		cr_expect_eq(unsubscribe_read(&user_id, key, bad), ERR_INVALID, "%s", bad);
	}
	cr_expect_eq(unsubscribe_read(&user_id, key, NULL), ERR_INVALID);
	cr_expect_eq(
	    unsubscribe_read(&user_id, key, arena_printf(&arena, "0%s", token)), ERR_INVALID);
	cr_expect_eq(unsubscribe_read(&user_id, key,
			 "99999999999999999999.0000000000000000000000000000000000000000000"),
	    ERR_INVALID);
	cr_expect_eq(unsubscribe_read(
			 &user_id, key, unsubscribe_token(&arena, key, INT64_C(999999999999999))),
	    ERR_OK);
}

/* ---- What is said ---- */

static const struct outage_mail_facts facts = { .site_name = "Portal",
	.public_url = "https://portal.example.org",
	.unsubscribe_url = "https://portal.example.org/mail/unsubscribe?token=42.x",
	.now = NOW };

static const struct outage outages[] = {
	{ "alice", "libera", "ircs://irc.libera.chat:6697", NULL, NOW - 7 * 3600 },
	{ "alice-work", "work <b>\r\nBcc: x\xe2\x80\xae", "ircs://irc.example.org:6697",
	    "something\nnew", NOW - 86400 * 3 },
};

Test(mail, one_outage)
{
	const struct outage_account account = { 42, "alice@example.org", outages, 1 };

	cr_expect_str_eq(outage_mail_subject(&arena, &account, &facts),
	    "alice is not connected to libera, for 7 hours now");
}

Test(mail, several_outages)
{
	const struct outage_account account = { 42, "alice@example.org", outages, 2 };
	struct strbuf text = { 0 };

	cr_expect_str_eq(outage_mail_subject(&arena, &account, &facts),
	    "2 networks of your bouncers are not connected");
	strbuf_puts(&text, outage_mail_text(&arena, &account, &facts));
	golden_check("outage_mail.txt", &text);
	strbuf_free(&text);
}

Test(mail, more_outages_than_anybody_reads)
{
	struct outage many[23];
	const struct outage_account account = { 42, "alice@example.org", many, COUNT(many) };
	const char *text;

	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = outages[0];
		many[i].network = arena_printf(&arena, "net%zu", i + 1);
	}
	text = outage_mail_text(&arena, &account, &facts);
	cr_expect_not_null(strstr(text, "\nnet20\n"));
	cr_expect_null(strstr(text, "net21"));
	cr_expect_not_null(strstr(text, "\nAnd 3 more.\n"));
}
