/* What people upload in their IRC clients, as their bouncer hands it on. */
#ifndef PICS_PICS_SOJU_HTTP_H
#define PICS_PICS_SOJU_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

/*
 * POST /soju/{bouncer}/{key}, at the internal address: the target of soju's `file-upload http`.
 * The key, which `portal upload-url` prints, is all that proves the bouncer; the header
 * Soju-Username is believed of it, and the portal says whose account that is. The body is the
 * picture. 201 with its address in Location, which soju hands to the client; else soju shows the
 * text of the answer.
 */
int pics_soju(struct http_request *);

#endif
