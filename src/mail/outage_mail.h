/*
 * What somebody is told about networks that their bouncers have been without for long: plain words,
 * and what to do. Pure.
 */
#ifndef MAIL_OUTAGE_MAIL_H
#define MAIL_OUTAGE_MAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define OUTAGE_MAIL_LISTED_MAX 20 /* networks in one mail; of more the number is said */

/* A network that is not connected. */
struct outage {
	const char *bouncer, *network, *address;
	const char *error; /* in soju's words; NULL: it gave none */
	int64_t since;
};

/* An account that is due a mail, with all of its outages in the order of their bouncers. */
struct outage_account {
	int64_t user_id;
	const char *email;
	const struct outage *outages;
	size_t n; /* ≥ 1 */
};

struct outage_mail_facts {
	const char *site_name, *public_url; /* without a final slash */
	const char *unsubscribe_url;
	int64_t now;
};

const char *outage_mail_subject(
    struct arena *, const struct outage_account *, const struct outage_mail_facts *);
/* Lines end in LF. */
const char *outage_mail_text(
    struct arena *, const struct outage_account *, const struct outage_mail_facts *);

#endif
