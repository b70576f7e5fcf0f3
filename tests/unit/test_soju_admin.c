/* What soju reads as the words we meant; what it prints about networks, whatever their names hold.
 */
#include "clients/soju_admin.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(soju_admin, .fini = end);

/* ---- Commands ---- */

static const struct {
	const char *words[5], *line;
} commands[] = {
	{ { "server", "status" }, "\"server\" \"status\"" },
	{ { "" }, "\"\"" },
	{ { "a", "", "b" }, "\"a\" \"\" \"b\"" },
	{ { " ", "a b", "\t" }, "\" \" \"a b\" \"\t\"" },
	{ { "it's", "a\"b", "c\\d" }, "\"it's\" \"a\\\"b\" \"c\\\\d\"" },
	{ { "\\", "\\\"", "'" }, "\"\\\\\" \"\\\\\\\"\" \"'\"" },
	{ { "-x", "--", "*" }, "\"-x\" \"--\" \"*\"" },
	{ { "\xc2\xa0", "\xe2\x80\xa8", "gr\xc3\xbc\xc3\x9f" },
	    "\"\xc2\xa0\" \"\xe2\x80\xa8\" \"gr\xc3\xbc\xc3\x9f\"" },
	{ { "x\x01y", "\x7f" }, "\"x\x01y\" \"\x7f\"" },
	{ { "a\r", NULL }, NULL },
	{ { "a", "b\nuser delete alice", NULL }, NULL },
	{ { "\r\n", NULL }, NULL },
	{ { "a", "\xff", NULL }, NULL },
	{ { "\xc3", NULL }, NULL },
	{ { "\xed\xa0\x80", NULL }, NULL },
};

Test(soju_admin, commands)
{
	struct strbuf line = { 0 };
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		strbuf_clear(&line);
		strbuf_puts(&line, "X ");
		cr_expect_eq(soju_admin_command(&line, commands[i].words),
		    commands[i].line != NULL ? ERR_OK : ERR_INVALID, "%zu", i);
		cr_expect_str_eq(strbuf_text(&line) + 2,
		    commands[i].line != NULL ? commands[i].line : "", "%zu", i);
	}
	strbuf_free(&line);
}

static enum err
command_of_length(size_t len)
{
	char *word = malloc(len + 1);
	const char *const words[] = { word, NULL };
	struct strbuf line = { 0 };
	enum err e;

	memset(word, '\\', len);
	word[len] = '\0';
	e = soju_admin_command(&line, words);
	cr_expect_eq(line.len, e == ERR_OK ? 2 * len + 2 : 0);
	strbuf_free(&line);
	free(word);
	return e;
}

Test(soju_admin, a_command_that_is_too_long)
{
	cr_expect_eq(command_of_length(SOJU_COMMAND_MAX / 2 - 1), ERR_OK);
	cr_expect_eq(command_of_length(SOJU_COMMAND_MAX / 2), ERR_INVALID);
	cr_expect_eq(command_of_length(100000), ERR_INVALID);
}

/* What the real one printed. */
Test(soju_admin, tokens)
{
	char token[7];

	soju_admin_delete_token(token, "al");
	cr_expect_str_eq(token, "2f9ee2");
	soju_admin_delete_token(token, "adm");
	cr_expect_str_eq(token, "42ef63");
	soju_admin_delete_token(token, "");
	cr_expect_str_eq(token, "da39a3");
}

/* ---- network status ---- */

static const struct {
	const char *line, *name, *address; /* name NULL: not understood */
	enum soju_link link;
	const char *nick;
	int64_t channels;
	const char *error;
} lines[] = {
	{ "libera (ircs://irc.libera.chat:6697) [connected as al]: 12 channels", "libera",
	    "ircs://irc.libera.chat:6697", SOJU_LINK_CONNECTED, "al", 12, NULL },
	{ "libera (irc.libera.chat) [connected]: 1 channels", "libera", "irc.libera.chat",
	    SOJU_LINK_CONNECTED, NULL, 1, NULL },
	{ "irc.libera.chat [connected as a, current]: 0 channels", "irc.libera.chat",
	    "irc.libera.chat", SOJU_LINK_CONNECTED, "a", 0, NULL },
	{ "x (ircs://x) [connected as a[b], current]: 3 channels", "x", "ircs://x",
	    SOJU_LINK_CONNECTED, "a[b]", 3, NULL },
	{ "x (ircs://x) [connected as [a]]: 3 channels", "x", "ircs://x", SOJU_LINK_CONNECTED,
	    "[a]", 3, NULL },
	{ "x (ircs://x) [disconnected]", "x", "ircs://x", SOJU_LINK_DISCONNECTED, NULL, -1, NULL },
	{ "x (ircs://x) [disconnected, current]: connection error: EOF", "x", "ircs://x",
	    SOJU_LINK_DISCONNECTED, NULL, -1, "connection error: EOF" },
	{ "x (ircs://x) [disabled]", "x", "ircs://x", SOJU_LINK_DISABLED, NULL, -1, NULL },
	{ "x (ircs://x) [disabled, current]", "x", "ircs://x", SOJU_LINK_DISABLED, NULL, -1, NULL },
	{ "[::1]:6697 [disabled]", "[::1]:6697", "[::1]:6697", SOJU_LINK_DISABLED, NULL, -1, NULL },
	{ "x (ircs://[::1]:6697) [disconnected]: dial tcp [::1]:6697: connect: connection refused",
	    "x", "ircs://[::1]:6697", SOJU_LINK_DISCONNECTED, NULL, -1,
	    "dial tcp [::1]:6697: connect: connection refused" },
	/* Names that look like something else. */
	{ "har [bour] (x): y (irc+insecure://h:1) [connected]: 0 channels", "har [bour] (x): y",
	    "irc+insecure://h:1", SOJU_LINK_CONNECTED, NULL, 0, NULL },
	{ "x [connected] (ircs://y) [disabled]", "x [connected]", "ircs://y", SOJU_LINK_DISABLED,
	    NULL, -1, NULL },
	{ "x [connected]: 3 channels (ircs://y) [disabled]", "x [connected]: 3 channels",
	    "ircs://y", SOJU_LINK_DISABLED, NULL, -1, NULL },
	{ "x [disabled]: y (ircs://y) [disconnected]", "x [disabled]: y", "ircs://y",
	    SOJU_LINK_DISCONNECTED, NULL, -1, NULL },
	{ "a (b) [c] (ircs://y) [disabled]", "a (b) [c]", "ircs://y", SOJU_LINK_DISABLED, NULL, -1,
	    NULL },
	{ .line = " (ircs://y) [disabled]" },
	/* Errors, too. */
	{ "x (ircs://y) [disconnected]: Closing Link: x[1.2.3.4] [disabled]", "x", "ircs://y",
	    SOJU_LINK_DISCONNECTED, NULL, -1, "Closing Link: x[1.2.3.4] [disabled]" },
	{ "x (ircs://y) [disconnected]: bad\x02\x1b[2J", "x", "ircs://y", SOJU_LINK_DISCONNECTED,
	    NULL, -1, "bad[U+0002][U+001B][2J" },
	{ "x (ircs://y) [disconnected]: bad \xff", "x", "ircs://y", SOJU_LINK_DISCONNECTED, NULL,
	    -1, "bad \xef\xbf\xbd" },
	/* Not understood. */
	{ .line = "" },
	{ .line = "[connected]: 1 channels" },
	{ .line = " [connected]: 1 channels" },
	{ .line = "x (y) [connected]: many channels" },
	{ .line = "x (y) [connected]: -1 channels" },
	{ .line = "x (y) [connected]: 9999999999 channels" },
	{ .line = "x (y) [connected]:" },
	{ .line = "x (y) [connected as ]: 1 channels" },
	{ .line = "x (y) [Connected]" },
	{ .line = "x (y) [disabled" },
	{ .line = "x (y) [disabled]]" },
	{ .line = "x (y) [disabled]: why" },
	{ .line = "x (y) [disconnected as z]" },
	{ .line = "x (y) [disabled, paused]" },
	{ .line = "x y [disabled]" },
	{ .line = "x () [disabled]" },
	{ .line = "x (y z) [disabled]" },
	{ .line = "(y) z [disabled]" },
	{ .line = "error: unknown command" },
};

static void
expect_text(const char *is, const char *wanted, const char *line)
{
	if (is == NULL || wanted == NULL)
		cr_expect(is == wanted, "%s: %s", line, is != NULL ? is : "NULL");
	else
		cr_expect_str_eq(is, wanted, "%s", line);
}

Test(soju_admin, status_lines)
{
	struct soju_status_list list;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_expect_eq(soju_admin_read_status(&list, &arena, &lines[i].line, 1),
		    lines[i].name != NULL ? ERR_OK : ERR_UPSTREAM, "%s", lines[i].line);
		cr_expect_eq(list.n, lines[i].name != NULL, "%s", lines[i].line);
		if (list.n == 0 || lines[i].name == NULL)
			continue;
		expect_text(list.v[0].name, lines[i].name, lines[i].line);
		expect_text(list.v[0].address, lines[i].address, lines[i].line);
		expect_text(list.v[0].nick, lines[i].nick, lines[i].line);
		expect_text(list.v[0].error, lines[i].error, lines[i].line);
		cr_expect_eq(list.v[0].link, lines[i].link, "%s", lines[i].line);
		cr_expect_eq(list.v[0].channels, lines[i].channels, "%s", lines[i].line);
	}
}

Test(soju_admin, lists_of_lines)
{
	const char *const none[] = { "No network configured, add one with \"network create\"." };
	const char *const some[] = { "what is this", "x [disabled]", "", "y [disconnected]" };
	struct soju_status_list list;

	cr_expect_eq(soju_admin_read_status(&list, &arena, NULL, 0), ERR_OK);
	cr_expect_eq(list.n, 0);
	cr_expect_eq(soju_admin_read_status(&list, &arena, none, 1), ERR_OK);
	cr_expect_eq(list.n, 0);
	cr_expect_eq(soju_admin_read_status(&list, &arena, some, 4), ERR_OK);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].name, "x");
	cr_expect_str_eq(list.v[1].name, "y");
	cr_expect_eq(soju_admin_read_status(&list, &arena, some, 1), ERR_UPSTREAM);
}

/* ---- Errors in plain words ---- */

static const struct {
	const char *error, *sentence;
} errors[] = {
	{ NULL, "It is not connected at the moment." },
	{ "", "It is not connected at the moment." },
	{ "connection error: failed to connect: dial tcp 127.0.0.1:1: connect: connection refused",
	    "The server refused the connection." },
	{ "failed to connect: dial tcp: lookup irc.example.org on 10.0.0.2:53: no such host",
	    "There is no server of this name." },
	{ "dial tcp 192.0.2.1:6697: i/o timeout", "The server did not answer in time." },
	{ "dial tcp 192.0.2.1:6697: connect: connection timed out",
	    "The server did not answer in time." },
	{ "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: …",
	    "The certificate of the server has expired." },
	{ "tls: failed to verify certificate: x509: certificate signed by unknown authority",
	    "The certificate of the server is not signed by a known authority." },
	{ "x509: certificate is valid for a.example, not b.example",
	    "The certificate of the server is for another name." },
	{ "tls: first record does not look like a TLS handshake",
	    "The server does not speak TLS on this port." },
	{ "remote error: tls: handshake failure",
	    "No encrypted connection could be made with the server." },
	{ "registration error: SASL authentication failed",
	    "The network refused the account name or the password (SASL)." },
	{ "fatal server error: Closing Link: x (K-Lined)",
	    "The network has banned this bouncer or its user." },
	{ "fatal server error: Trying to reconnect too fast.",
	    "The network wants fewer attempts; the bouncer tries again later." },
	{ "fatal server error: Closing Link: 127.0.0.1 (Throttled: Reconnecting too fast)",
	    "The network wants fewer attempts; the bouncer tries again later." },
	{ "ERROR :Closing Link: (Ping timeout: 240 seconds)",
	    "The server lost sight of the bouncer; it will try again." },
	{ "registration error: 433 Nickname is already in use",
	    "Somebody else uses this nick on the network." },
	{ "failed to read IRC command: EOF", "The server closed the connection." },
	{ "read tcp 1.2.3.4:5->6.7.8.9:6697: read: connection reset by peer",
	    "The server closed the connection." },
	{ "a thing nobody has seen", "It is not connected: “a thing nobody has seen”." },
	{ "\x02red\xff", "It is not connected: “[U+0002]red\xef\xbf\xbd”." },
};

Test(soju_admin, plain_errors)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		cr_expect_str_eq(
		    soju_admin_plain_error(&arena, errors[i].error), errors[i].sentence);
}

Test(soju_admin, long_errors_are_cut_between_characters)
{
	char error[1001];
	const char *sentence;
	size_t i;

	for (i = 0; i + 1 < sizeof(error); i += 2)
		memcpy(error + i, "\xc3\xbc", 2);
	error[1000] = '\0';
	error[0] = error[1] = 'x';
	sentence = soju_admin_plain_error(&arena, error);
	cr_expect(strlen(sentence) < 250);
	cr_expect(utf8_is_valid(sentence, strlen(sentence)));
}
