/*
 * GET and POST /mail/unsubscribe?token=…: no mail about outages any more. Looking changes nothing,
 * since mail programs look at every link; the POST comes from the page or from a mail program (RFC
 * 8058), which knows no session and no form of ours, so the token in the address is all the proof.
 */
#ifndef MAIL_UNSUBSCRIBE_HTTP_H
#define MAIL_UNSUBSCRIBE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int unsubscribe_index(struct http_request *);

#endif
