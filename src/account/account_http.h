/* The account, as its owner sees it. */
#ifndef ACCOUNT_ACCOUNT_HTTP_H
#define ACCOUNT_ACCOUNT_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int account_show(struct http_request *);	/* GET /account */
int account_mail_update(struct http_request *); /* POST /account/mail */

#endif
