/*
 * A batch as JSON: the portal's own for its database, and those of txt and pics for the portal
 * (POST /api/requests at its internal address):
 *
 *	{"sender":"0b5f…","service":"txt","number":7,
 *	 "requests":[{"day":20786,"route":"paste_show","class":2,"sum_us":5120,"buckets":[2,0,…]}],
 *	 "errors":[{"day":20786,"route":"not_found","cause":"not_found: take_steps","status":404,
 *	   "errors":3,"first_at":1795910400,"last_at":1795910460,"request":"5c1f09ae-1f"}]}
 */
#ifndef TRACK_TRACK_REPORT_H
#define TRACK_TRACK_REPORT_H

#include "base/err.h"
#include "base/json_read.h"
#include "base/strbuf.h"
#include "track/track_batch.h"

/* Appends it; `service` is the role's word. */
void track_report_write(struct strbuf *, const struct track_batch *, const char *service);
/*
 * Whether it is such a report of txt or pics, as a program of ours writes it: ERR_INVALID if not.
 * The database then takes it.
 */
enum err track_report_check(const struct json *root);

#endif
