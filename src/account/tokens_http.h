/* /tokens: the API tokens of whoever is signed in. */
#ifndef ACCOUNT_TOKENS_HTTP_H
#define ACCOUNT_TOKENS_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

/* GET lists them; POST makes one and shows it. */
int tokens_index(struct http_request *);
/* GET asks whether it is meant; POST revokes. */
int tokens_destroy(struct http_request *);

#endif
