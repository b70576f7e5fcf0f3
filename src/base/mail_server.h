/* Where mail is handed over, as SMTP_URL says it, and addresses that mail can be sent to. */
#ifndef BASE_MAIL_SERVER_H
#define BASE_MAIL_SERVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

#define MAIL_ADDRESS_BYTES_MAX 254 /* RFC 5321, 4.5.3.1 */

struct mail_server {
	const char *url;	     /* scheme, host and port alone, as libcurl takes it */
	const char *host;	     /* an IPv6 address with its brackets */
	const char *user, *password; /* NULL: it wants none */
	bool is_smtps;		     /* TLS from the first byte on; else STARTTLS */
	bool is_loopback;
};

/*
 * Reads smtp[s]://[user:password@]host[:port], user and password percent-encoded where they hold
 * anything but letters, digits and "-._~". ERR_INVALID: anything else, a path and a query included.
 */
enum err mail_server_parse(struct mail_server *, struct arena *, const char *url);

/*
 * Whether it is one plain address, local@domain in ASCII without quoting, blanks and anything that
 * means something in a header or to an SMTP server. Stricter than RFC 5321: what is refused gets no
 * mail.
 */
bool mail_address_is_fine(const char *);

#endif
