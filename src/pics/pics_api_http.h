/* Pictures for people's programs, with an API token. */
#ifndef PICS_PICS_API_HTTP_H
#define PICS_PICS_API_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

/*
 * /api/pictures
 *	POST	a form with files, or one picture as the body; ?title=&alt=&visibility=
 *		201, Location and a line with the address for each, or JSON if that is accepted
 *	GET	JSON; ?q=&sort=&page=
 */
int pics_api(struct http_request *);
/* /api/pictures/{id}: GET JSON, DELETE. */
int pics_api_one(struct http_request *);

#endif
