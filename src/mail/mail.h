/*
 * A mail as bytes (RFC 5322, MIME), from texts that strangers may have chosen. Pure; mail_send.h
 * hands it over.
 *
 *	Lines end in CRLF and are no longer than 78 bytes, but for those with addresses. What is not
 *	ASCII stands in headers as RFC 2047 has it, in the body as quoted-printable. No text
 *	can begin a header or end the body, whatever it holds.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct mail {
	const char *from_name; /* NULL: the address alone */
	const char *from, *to; /* addresses */
	const char *subject;
	const char *text;	     /* lines end in LF */
	const char *unsubscribe_url; /* NULL: none */
	const char *id;		     /* of this mail alone: letters and digits */
	int64_t now;		     /* Unix seconds */
};

/*
 * Appends the mail. ERR_INVALID, and nothing is appended: an address that mail_address_is_fine()
 * refuses, an id or an address to unsubscribe at that holds anything but printable ASCII, a text
 * that is no UTF-8.
 */
enum err mail_write(struct strbuf *, const struct mail *);

#endif
