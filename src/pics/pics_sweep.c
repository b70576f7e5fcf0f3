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
/* A picture whose bytes cannot be deleted is tried again; after so many the storage is away, and
 * each more of them would only be waited for. */
#define RETRY_S 600
#define FAILURES_MAX 5

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

/* One run of the job. */
struct sweep {
	struct db_sync *db;
	size_t ndeleted, nfailed;
};

/* What cannot be deleted waits, so that it does not keep what came after it. */
static enum err
forget(struct sweep *s, const struct pics_remains *r, struct arena *a)
{
	struct db_query q = { .arena = a };

	if (delete_bytes(r, a) == ERR_OK) {
		s->ndeleted++;
		pics_store_forget(&q, r->id);
	} else {
		s->nfailed++;
		pics_store_postpone(&q, r->id, RETRY_S);
	}
	return db_sync_run(s->db, &q, NULL);
}

static enum err
take_some(struct sweep *s, size_t *n)
{
	struct arena a = { 0 };
	struct db_query q = { .arena = &a };
	struct pics_remains_list list = { 0 };
	PGresult *res = NULL;
	enum err e;

	pics_store_remains(&q, AT_ONCE);
	e = db_sync_run(s->db, &q, &res);
	if (e == ERR_OK)
		e = pics_store_remains_read(&list, &a, res);
	for (size_t i = 0; i < list.n && e == ERR_OK && s->nfailed < FAILURES_MAX; i++)
		e = forget(s, &list.v[i], &a);
	*n = list.n;
	PQclear(res);
	arena_free(&a);
	return e;
}

enum err
pics_sweep(struct db_sync *db, struct arena *a)
{
	struct db_query q = { .arena = a };
	struct sweep s = { .db = db };
	size_t n = AT_ONCE;
	enum err e;

	pics_store_give_up(&q, PENDING_S);
	e = db_sync_run(db, &q, NULL);
	for (int i = 0; i < ROUNDS_MAX && n == AT_ONCE && e == ERR_OK; i++)
		e = s.nfailed < FAILURES_MAX ? take_some(&s, &n) : ERR_UNAVAILABLE;
	if (s.ndeleted > 0)
		log_info("pics", "deleted the bytes of %zu pictures", s.ndeleted);
	return e == ERR_OK && s.nfailed > 0 ? ERR_UNAVAILABLE : e;
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
