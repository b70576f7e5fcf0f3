/* The job that sends mail about outages. */
#ifndef MAIL_OUTAGE_MAIL_RUN_H
#define MAIL_OUTAGE_MAIL_RUN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "db/db_sync.h"

/*
 * One round: claims who is due, some at a time, and sends to each. What was not sent is due again
 * half an hour later; a mail that its server refuses for ever (5xx), or that may have been taken,
 * is not sent again on that day. A server that fails in a way that others would meet as well ends
 * the round with that error, and `error` says why. Nothing is done without SMTP_URL, or with
 * OUTAGE_MAIL_HOURS 0.
 */
enum err outage_mail_round(struct db_sync *, struct arena *, struct strbuf *error, int64_t now);

#endif
