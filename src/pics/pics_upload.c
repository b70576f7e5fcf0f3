/* See pics_upload.h. */
#include "pics/pics_upload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/xmalloc.h"
#include "blob/blob.h"
#include "content/content_facts.h"
#include "db/db_row.h"
#include "db/db_sync.h"
#include "metrics/metrics.h"
#include "pics/pics_store.h"

/* Statements of uploads wait for each other at the account's room. */
#define STATEMENT_MS 10000
/* Of a thread that works on a picture: the last to get a core; all others have 0. */
#define NICE 19

struct pics_upload *
pics_upload_new(void)
{
	struct pics_upload *u = xcalloc(1, sizeof(*u));

	u->fd = -1;
	return u;
}

void
pics_upload_free(struct pics_upload *u)
{
	if (u->fd != -1)
		close(u->fd);
	arena_free(&u->arena);
	free(u);
}

/* ---- One file ---- */

/* A file on its way, and what is said with it. */
struct one {
	struct pics_upload *upload;
	const struct upload_file *file;
	struct image_limits limits;
	struct image_made made;
	struct picture *picture;
	int64_t process_us;
};

static const struct image_bytes *
part_of(const struct image_made *made, enum pics_part part)
{
	const struct image_bytes *const parts[PICS_PART__MAX] = {
		[PICS_FULL] = &made->clean,
		[PICS_VIEW] = &made->view,
		[PICS_THUMB] = &made->thumb,
	};

	return parts[part];
}

/* A number that is not asked for is NULL. */
static enum err
run(const struct db_query *q, int64_t *number)
{
	struct db_sync *db = db_sync_thread(STATEMENT_MS);
	PGresult *res = NULL;
	enum err e = db != NULL ? db_sync_run(db, q, &res) : ERR_UNAVAILABLE;

	if (e == ERR_OK && number != NULL)
		e = db_row_only_int(res, number);
	PQclear(res);
	return e;
}

/*
 * A picture keeps a core busy for a good part of a second: whoever waits for a page goes first. On
 * Linux it is the thread that is meant; it stays so, which suits all that threads of pics do.
 */
static void
give_way(void)
{
	(void)setpriority(PRIO_PROCESS, 0, NICE);
}

static enum pics_outcome
make(struct one *o)
{
	const int64_t begun_us = clock_monotonic_us();
	enum image_problem problem;
	char id[CONTENT_ID_SIZE];

	give_way();
	problem = image_make(&o->made, o->file->bytes, o->file->len, &o->limits);
	o->process_us = clock_monotonic_us() - begun_us;
	metrics_observe(HISTOGRAM_PIC_PROCESSING, NULL, o->process_us);
	if (problem != IMAGE_FINE)
		return pics_outcome_of_image(problem);
	content_id_new(id);
	o->picture->public_id = arena_strdup(&o->upload->arena, id);
	o->picture->format = o->made.format;
	o->picture->width = o->made.width;
	o->picture->height = o->made.height;
	o->picture->frames = o->made.frames;
	for (int i = 0; i < PICS_PART__MAX; i++)
		o->picture->bytes[i] = (int64_t)part_of(&o->made, (enum pics_part)i)->len;
	digest_sha256(o->picture->hash, o->made.clean.bytes, o->made.clean.len);
	return PICS_STORED;
}

static enum pics_outcome
reserve(struct one *o)
{
	struct db_query q = { .arena = &o->upload->arena };
	enum err e;

	pics_store_reserve(&q, o->picture, o->upload->source, o->upload->quota);
	e = run(&q, &o->picture->id);
	if (e == ERR_CONFLICT)
		return PICS_ERASED; /* there is no such account any more */
	if (e != ERR_OK)
		return PICS_DATABASE_DOWN;
	return o->picture->id != 0 ? PICS_STORED : PICS_NO_ROOM;
}

static enum pics_outcome
put(struct one *o, enum pics_part part)
{
	const struct image_bytes *bytes = part_of(&o->made, part);
	struct strbuf why = { 0 };
	enum err e = ERR_OK;

	if (bytes->bytes != NULL)
		e = blob_put(pics_blob_key(&o->upload->arena, o->picture->public_id, part),
		    bytes->bytes, bytes->len, image_format_types[bytes->format], &why);
	if (e != ERR_OK)
		log_error("pics", "a picture could not be put: %s", strbuf_text(&why));
	strbuf_free(&why);
	switch (e) {
	case ERR_OK:
		return PICS_STORED;
	case ERR_TOO_LARGE:
		return PICS_TOO_LARGE;
	case ERR_FULL:
		return PICS_STORAGE_FULL;
	default:
		return PICS_STORAGE_DOWN;
	}
}

/* If this fails, too, the job finds the row after a while. */
static void
abandon(struct one *o)
{
	struct db_query q = { .arena = &o->upload->arena };

	pics_store_abandon(&q, o->picture->id);
	run(&q, NULL);
}

static enum pics_outcome
publish(struct one *o)
{
	struct db_query q = { .arena = &o->upload->arena };

	pics_store_publish(&q, o->picture, (int64_t)o->file->len, o->process_us);
	if (run(&q, &o->picture->created_at) != ERR_OK)
		return PICS_DATABASE_DOWN;
	return o->picture->created_at != 0 ? PICS_STORED : PICS_ERASED;
}

static enum pics_outcome
store(struct one *o)
{
	enum pics_outcome outcome = make(o);

	if (outcome == PICS_STORED)
		outcome = reserve(o);
	if (outcome != PICS_STORED)
		return outcome;
	for (int i = 0; i < PICS_PART__MAX && outcome == PICS_STORED; i++)
		outcome = put(o, (enum pics_part)i);
	if (outcome == PICS_STORED)
		outcome = publish(o);
	if (outcome != PICS_STORED)
		abandon(o);
	return outcome;
}

static void
count(const struct one *o, enum pics_outcome outcome)
{
	const bool is_known = o->picture->public_id != NULL;
	const struct content_fact fact = {
		.kind = is_known ? (size_t)o->picture->format : PICS_KIND_NONE,
		.visibility = o->picture->visibility,
		.outcome = pics_content_outcome(outcome),
		.bytes = (int64_t)o->file->len,
		.process_us = o->process_us,
	};

	content_facts_add(&fact);
	if (outcome != PICS_STORED) {
		metrics_count(METRIC_PIC_REFUSED, pics_outcome_words[outcome], NULL);
		return;
	}
	metrics_count(METRIC_PIC_UPLOADED, NULL, NULL);
	for (int i = 0; i < PICS_PART__MAX; i++)
		metrics_add(METRIC_PIC_BYTES, NULL, NULL, (uint64_t)o->picture->bytes[i]);
}

/* ---- All of it ---- */

/* The words with the pictures, the same for all of one form. */
static enum err
read_words(struct pics_upload *u, const struct form_data *fields, struct picture *words)
{
	const char *title = form_data_text(fields, "title"), *alt = form_data_text(fields, "alt");
	const char *visibility = form_data_text(fields, "visibility");

	u->title = title != NULL ? title : u->title;
	u->alt = alt != NULL ? alt : u->alt;
	u->visibility = visibility != NULL ? visibility : u->visibility;
	return pics_read_words(words, &u->arena, u->title, u->alt, u->visibility, &u->sentence);
}

static void
take_file(struct pics_upload *u, const struct upload_file *file, const struct picture *words)
{
	struct pics_result *result = &u->results[u->nresults++];
	struct one o = { .upload = u, .file = file, .picture = &result->picture };

	pics_limits(&o.limits, &settings);
	result->name = file->name;
	result->picture = *words;
	result->outcome = store(&o);
	result->sentence = pics_outcome_sentence(result->outcome, &o.limits, u->quota, &u->arena);
	u->nstored += result->outcome == PICS_STORED;
	count(&o, result->outcome);
	image_made_free(&o.made);
}

static void
refuse_more(struct pics_upload *u, size_t n)
{
	struct pics_result *result = &u->results[u->nresults++];

	result->name = arena_printf(&u->arena, "%zu more", n);
	result->outcome = PICS_TOO_MANY;
	result->sentence = pics_outcome_sentence(PICS_TOO_MANY, NULL, u->quota, &u->arena);
	metrics_count(METRIC_PIC_REFUSED, pics_outcome_words[PICS_TOO_MANY], NULL);
}

static bool
is_ours(const struct pics_upload *u, const struct form_data *fields)
{
	return u->csrf == NULL || digest_equal_text(form_data_text(fields, "csrf"), u->csrf);
}

static enum err
read_form(struct pics_upload *u, struct upload_form *form, struct picture *words)
{
	enum err e =
	    upload_form_read(form, &u->arena, u->content_type, u->body, u->len, &u->sentence);

	if (e != ERR_OK)
		return e;
	if (!is_ours(u, &form->fields)) {
		u->sentence = "The form is not from this sign-in. Load the page again and send it "
			      "once more.";
		return ERR_FORBIDDEN;
	}
	if (form->nfiles == 0) {
		u->sentence = "No picture was sent. Choose at least one.";
		return ERR_INVALID;
	}
	return read_words(u, &form->fields, words);
}

static void
take_body(struct pics_upload *u)
{
	struct upload_form form;
	struct picture words = { .user_id = u->user_id };

	u->err = read_form(u, &form, &words);
	for (size_t i = 0; u->err == ERR_OK && i < form.nfiles; i++)
		take_file(u, &form.files[i], &words);
	if (u->err == ERR_OK && form.nmore > 0)
		refuse_more(u, form.nmore);
}

void
pics_upload_run(struct pics_upload *u)
{
	void *map = NULL;

	if (u->fd != -1) {
		map = mmap(NULL, u->len, PROT_READ, MAP_PRIVATE, u->fd, 0);
		if (map == MAP_FAILED) {
			log_error("pics", "an upload cannot be mapped: %s", strerror(errno));
			u->err = ERR_INTERNAL;
			return;
		}
		u->body = map;
	}
	take_body(u);
	if (map != NULL)
		munmap(map, u->len);
}

enum err
pics_upload_err(const struct pics_upload *u)
{
	if (u->err != ERR_OK || u->nstored > 0 || u->nresults == 0)
		return u->err;
	return pics_outcome_err(u->results[0].outcome);
}
