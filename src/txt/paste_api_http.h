/*
 * Pastes for people's programs, which bring an API token. The body is the text as it is, whatever
 * type it is sent with (curl calls every --data-binary a form); the rest stands in the address:
 *
 *	POST /api/pastes?title=&syntax=&expires=&visibility=	201, the link
 *	GET /api/pastes?page=					the account's own, newest first
 *	GET, DELETE /api/pastes/{id}				one of them
 *
 * Lists and single pastes are JSON. A new paste is answered by its link in one line; by JSON if the
 * request accepts application/json.
 */
#ifndef TXT_PASTE_API_HTTP_H
#define TXT_PASTE_API_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int paste_api_index(struct http_request *); /* GET, POST /api/pastes */
int paste_api_show(struct http_request *);  /* GET, DELETE /api/pastes/{id} */

#endif
