/* See pics_find_http.h. */
#include "pics/pics_find_http.h"

#include <string.h>

#include "pics/pics_store.h"
#include "web/web_path.h"

static enum err
ask(struct web_flow *f, struct db_query *q, size_t part)
{
	struct pics_page *p = (struct pics_page *)f;
	char *id;
	enum err e = web_path_part(&id, &f->arena, f->req->path, part);

	if (e != ERR_OK)
		return e;
	id[strcspn(id, ".")] = '\0';
	if (!content_id_is_valid(id))
		return ERR_NOT_FOUND;
	pics_store_find(q, id, &p->picture.user_id);
	return ERR_OK;
}

enum err
pics_find_ask(struct web_flow *f, struct db_query *q)
{
	return ask(f, q, 0);
}

enum err
pics_find_api_ask(struct web_flow *f, struct db_query *q)
{
	return ask(f, q, 2);
}

bool
pics_is_owner(const struct web_flow *f)
{
	const struct picture *p = &((const struct pics_page *)f)->picture;

	return f->session.user_id != 0 && f->session.user_id == p->user_id;
}

static enum err
read_if(struct web_flow *f, const PGresult *res, bool must_own)
{
	struct picture *p = &((struct pics_page *)f)->picture;
	enum err e = pics_store_find_read(p, &f->arena, res);

	if (e == ERR_OK && !pics_is_owner(f) && (must_own || p->visibility == VISIBILITY_PRIVATE))
		return ERR_NOT_FOUND;
	return e;
}

enum err
pics_find_read(struct web_flow *f, const PGresult *res)
{
	return read_if(f, res, false);
}

enum err
pics_find_own_read(struct web_flow *f, const PGresult *res)
{
	return read_if(f, res, true);
}
