/*
 * Hands mail over to the server of SMTP_URL, by libcurl: for tasks and subcommands, as it blocks.
 * One connection carries several mails.
 *
 * TLS is wanted of every server (smtps, or STARTTLS), and its certificate must prove its name. A
 * server on this machine alone may do without, unless SMTP_CA_FILE names who must have signed it.
 * Neither addresses nor the password ever reach the log.
 */
#ifndef MAIL_MAIL_SEND_H
#define MAIL_MAIL_SEND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "base/mail_server.h"
#include "base/strbuf.h"

#define MAIL_TIMEOUT_MS 20000 /* of one mail, connecting included */

struct mail_sender;

/* As settings say it; `ca_file` "": the system's certificates. NULL: libcurl has no memory. Free
 * with mail_sender_close(). */
struct mail_sender *mail_sender_open(
    const struct mail_server *, const char *ca_file, int timeout_ms);
void mail_sender_close(struct mail_sender *); /* NULL is fine */

/* What came of it. */
struct mail_sent {
	struct call_reply reply; /* result, and as status what the server said last (250, 550 …) */
	bool is_refused;	 /* this mail or its address, for ever: no use to try again */
	bool is_of_server;	 /* any other mail would have met with the same */
	bool is_unsure;		 /* all was handed over, but whether it was taken is not known */
	bool is_cut_off;	 /* the program ends: it was not waited for */
};

/* `from` and `to` are addresses that mail_address_is_fine() has passed, `mail` is of mail_write().
 * reply.detail lives in the arena. Counted as a call to the service "smtp". */
void mail_sender_send(struct mail_sender *, const char *from, const char *to,
    const struct strbuf *mail, struct arena *, struct mail_sent *);
/* Connects, proves who we are, and sends nothing. */
void mail_sender_try(struct mail_sender *, struct arena *, struct mail_sent *);

#endif
