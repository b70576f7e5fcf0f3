/*
 * Who is due a mail about an outage. Some are claimed at once, for a while, in the statement that
 * finds them; each then begins its day before its mail is sent, so that a crash rather loses that
 * one mail than sends two. Both stand in users.outage_mailed_at.
 */
#ifndef MAIL_OUTAGE_MAIL_STORE_H
#define MAIL_OUTAGE_MAIL_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "mail/outage_mail.h"

struct outage_account_list {
	struct outage_account *v;
	size_t n;
};

/*
 * Claims up to n accounts, which are due again in `after_s` seconds if nothing comes of it: of
 * usable bouncers, networks that are known to have been disconnected for `hours` or more. Not asked
 * for by the banned, by tests, by who wants none, has no verified address, or was told within the
 * last day. What was not sampled lately is not known to be down.
 */
void outage_mail_store_claim(struct db_query *, int64_t hours, int64_t n, int64_t after_s);
enum err outage_mail_store_claim_rows(
    struct outage_account_list *, struct arena *, const PGresult *);
/* Its mail is about to be sent: none is due before a day has gone by. */
void outage_mail_store_begin(struct db_query *, int64_t user_id);
/* It was not sent: due again `after_s` seconds from now. */
void outage_mail_store_release(struct db_query *, int64_t user_id, int64_t after_s);

/* Whether the account wants such mail. One that is gone is fine. */
void outage_mail_store_stop(struct db_query *, int64_t user_id);

#endif
