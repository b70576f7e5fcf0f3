/* The picture that an address names, for whoever may see it. */
#ifndef PICS_PICS_FIND_HTTP_H
#define PICS_PICS_FIND_HTTP_H

#include "pics/pics.h"
#include "web/web_flow.h"

/* Begins every page that is about one picture. */
struct pics_page {
	struct web_flow flow;
	struct picture picture;
};

/*
 * The steps' two hooks. The id is what stands first in the path, or in part 2 for the API, up to a
 * dot. ERR_NOT_FOUND: there is none, or it is private and not that of who asks.
 */
enum err pics_find_ask(struct web_flow *, struct db_query *);
enum err pics_find_api_ask(struct web_flow *, struct db_query *);
enum err pics_find_read(struct web_flow *, const PGresult *);
/* The same for what only the owner may see and do. */
enum err pics_find_own_read(struct web_flow *, const PGresult *);

bool pics_is_owner(const struct web_flow *);

#endif
