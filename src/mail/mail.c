#include "mail/mail.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/mail_server.h"
#include "base/utf8.h"

#define LINE_MAX_BYTES 76 /* RFC 2045, 6.7 and RFC 2047, 2 */
#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END "?="
#define URL_BYTES_MAX 900 /* a line has 998 at most */

static const char hex[] = "0123456789ABCDEF";

/* ---- Headers ---- */

/* What may stand for itself in an encoded word anywhere in a header (RFC 2047, 5 (3)). */
static bool
is_plain_in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Bytes of the character that begins there. */
static size_t
character(const char *s)
{
	size_t n = 1;

	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Blanks, and whatever would be read as the end of a line, are blanks. */
static bool
is_blank(char c)
{
	return (c >= '\0' && c <= ' ') || c == 0x7f;
}

static size_t
encoded_size(const char *s, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += is_blank(s[i]) || is_plain_in_word(s[i]) ? 1 : 3;
	return size;
}

static void
add_encoded(struct strbuf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)s[i];

		if (is_blank(s[i]))
			strbuf_putc(out, '_');
		else if (is_plain_in_word(s[i]))
			strbuf_putc(out, s[i]);
		else
			strbuf_printf(out, "=%c%c", hex[c >> 4], hex[c & 15]);
	}
}

/* Words of whole characters, each on a line of its own. `used`: bytes of the line so far. */
static void
add_words(struct strbuf *out, const char *text, size_t used)
{
	size_t room = 0;

	for (const char *s = text; *s != '\0';) {
		const size_t n = character(s), size = encoded_size(s, n);

		if (s == text || size > room) {
			if (s != text) {
				strbuf_puts(out, WORD_END "\r\n ");
				used = 1;
			}
			strbuf_puts(out, WORD_BEGIN);
			room = LINE_MAX_BYTES - used - strlen(WORD_BEGIN WORD_END);
		}
		add_encoded(out, s, n);
		room -= size;
		s += n;
	}
	if (*text != '\0')
		strbuf_puts(out, WORD_END);
}

/* Short, printable ASCII, and nothing that looks like an encoded word or is lost at an end. */
static bool
is_plain_text(const char *text, size_t used)
{
	const size_t len = strlen(text);

	if (used + len > LINE_MAX_BYTES || strstr(text, "=?") != NULL ||
	    (len > 0 && (text[0] == ' ' || text[len - 1] == ' ')))
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

/* Appends a header that anything may stand in. */
static void
add_text(struct strbuf *out, const char *name, const char *text)
{
	strbuf_printf(out, "%s: ", name);
	if (is_plain_text(text, strlen(name) + 2))
		strbuf_puts(out, text);
	else
		add_words(out, text, strlen(name) + 2);
	strbuf_puts(out, "\r\n");
}

/* A name is always encoded: then no comma or quote in it means anything. The address has a line of
 * its own, as both may be long. */
static void
add_from(struct strbuf *out, const char *name, const char *address)
{
	strbuf_puts(out, "From: ");
	if (name != NULL && *name != '\0') {
		add_words(out, name, strlen("From: "));
		strbuf_puts(out, "\r\n ");
	}
	strbuf_printf(out, "<%s>\r\n", address);
}

/* In English, whatever the locale of the process is. */
static void
add_date(struct strbuf *out, int64_t now)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t at = (time_t)now;
	struct tm tm;

	gmtime_r(&at, &tm);
	strbuf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
	    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* RFC 8058: one click in a mail program unsubscribes, without a page. */
static void
add_unsubscribe(struct strbuf *out, const char *url)
{
	if (url == NULL)
		return;
	strbuf_printf(out,
	    "List-Unsubscribe: <%s>\r\n"
	    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
	    url);
}

static void
add_headers(struct strbuf *out, const struct mail *m)
{
	add_date(out, m->now);
	add_from(out, m->from_name, m->from);
	strbuf_printf(out, "To: <%s>\r\n", m->to);
	add_text(out, "Subject", m->subject);
	strbuf_printf(out, "Message-ID: <%s@%s>\r\n", m->id, strchr(m->from, '@') + 1);
	add_unsubscribe(out, m->unsubscribe_url);
	strbuf_puts(out, "Auto-Submitted: auto-generated\r\n"
			 "MIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n");
}

/* ---- The body ---- */

/*
 * Whether a byte of a line stands for itself. A blank at the end of a line would get lost, a dot at
 * its beginning means something to SMTP, and "From " there to some mailboxes.
 */
static bool
is_plain_in_body(const char *s, bool is_first)
{
	if (*s == ' ' || *s == '\t')
		return s[1] != '\n' && s[1] != '\0';
	if (is_first && (*s == '.' || strncmp(s, "From ", 5) == 0))
		return false;
	return *s > ' ' && *s <= '~' && *s != '=';
}

/* Keeps room for the "=" that says that the line goes on. */
static void
add_body(struct strbuf *out, const char *text)
{
	size_t used = 0;

	for (const char *s = text; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;
		bool is_plain = is_plain_in_body(s, used == 0);

		if (c == '\n') {
			strbuf_puts(out, "\r\n");
			used = 0;
			continue;
		}
		if (used + (is_plain ? 1 : 3) > LINE_MAX_BYTES - 1) {
			strbuf_puts(out, "=\r\n");
			used = 0;
			is_plain = is_plain_in_body(s, true);
		}
		if (is_plain)
			strbuf_putc(out, *s);
		else
			strbuf_printf(out, "=%c%c", hex[c >> 4], hex[c & 15]);
		used += is_plain ? 1 : 3;
	}
	if (used > 0)
		strbuf_puts(out, "\r\n");
}

/* ---- The whole ---- */

static bool
is_token(const char *s, size_t max)
{
	const size_t len = strlen(s);

	if (len == 0 || len > max)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("<>\"\\", *s) != NULL)
			return false;
	return true;
}

static bool
is_text(const char *s)
{
	return s == NULL || utf8_is_valid(s, strlen(s));
}

enum err
mail_write(struct strbuf *out, const struct mail *m)
{
	if (!mail_address_is_fine(m->from) || !mail_address_is_fine(m->to) ||
	    !is_token(m->id, 64) || strchr(m->id, '@') != NULL ||
	    (m->unsubscribe_url != NULL && !is_token(m->unsubscribe_url, URL_BYTES_MAX)) ||
	    !is_text(m->from_name) || !is_text(m->subject) || !is_text(m->text))
		return ERR_INVALID;
	add_headers(out, m);
	strbuf_puts(out, "\r\n");
	add_body(out, m->text);
	return ERR_OK;
}
