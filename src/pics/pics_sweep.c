/* See pics_sweep.h. */
#include "pics/pics_sweep.h"

#include <inttypes.h>

#include "base/log.h"
#include "blob/blob.h"
#include "pics/pics_bodies.h"
#include "pics/pics_store.h"

/* Longer than any upload takes: then nobody is about to put bytes any more. */
#define PENDING_S 600
#define AT_ONCE 200
#define ROUNDS_MAX 25 /* of one run: 5000 pictures */

static enum err
delete_bytes(const struct pics_remains *r, struct arena *a)
{
	struct strbuf why = { 0 };
	enum err e = ERR_OK;

	for (int i = 0; i < PICS_PART__MAX && e == ERR_OK; i++)
		e = blob_delete(pics_blob_key(a, r->public_id, (enum pics_part)i), &why);
	if (e != ERR_OK)
		log_error("pics", "the bytes of picture %" PRId64 " cannot be deleted: %s", r->id,
		    strbuf_text(&why));
	strbuf_free(&why);
	return e;
}

static enum err
forget(struct db_sync *db, const struct pics_remains *r, struct arena *a)
{
	struct db_query q = { .arena = a };
	enum err e = delete_bytes(r, a);

	if (e != ERR_OK)
		return e;
	pics_store_forget(&q, r->id);
	return db_sync_run(db, &q, NULL);
}

static enum err
take_some(struct db_sync *db, size_t *n)
{
	struct arena a = { 0 };
	struct db_query q = { .arena = &a };
	struct pics_remains_list list = { 0 };
	PGresult *res = NULL;
	enum err e;

	pics_store_remains(&q, AT_ONCE);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = pics_store_remains_read(&list, &a, res);
	for (size_t i = 0; i < list.n && e == ERR_OK; i++)
		e = forget(db, &list.v[i], &a);
	*n = list.n;
	PQclear(res);
	arena_free(&a);
	return e;
}

enum err
pics_sweep(struct db_sync *db, struct arena *a)
{
	struct db_query q = { .arena = a };
	size_t n = AT_ONCE, total = 0;
	enum err e;

	pics_store_give_up(&q, PENDING_S);
	e = db_sync_run(db, &q, NULL);
	for (int i = 0; i < ROUNDS_MAX && n == AT_ONCE && e == ERR_OK; i++) {
		e = take_some(db, &n);
		total += n;
	}
	if (e == ERR_OK && total > 0)
		log_info("pics", "deleted the bytes of %zu pictures", total);
	return e;
}

enum err
pics_sweep_files(int64_t now)
{
	struct strbuf why = { 0 };
	int removed = 0;
	enum err e = blob_sweep(now, &removed, &why);

	if (e != ERR_OK)
		log_error("pics", "the folder of pictures cannot be swept: %s", strbuf_text(&why));
	if (removed > 0)
		log_info("pics", "deleted %d files that were never finished", removed);
	strbuf_free(&why);
	pics_bodies_sweep(now);
	return e;
}
