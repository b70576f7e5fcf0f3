/*
 * One upload from the bytes that were posted to pictures that are there: reads the form, makes each
 * file a clean picture with its smaller versions, reserves room, puts the bytes, publishes the row.
 * It blocks and belongs to no request; a picture at a time is in memory.
 */
#ifndef PICS_PICS_UPLOAD_H
#define PICS_PICS_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "pics/pics.h"
#include "pics/upload_form.h"

/* Of one file. */
struct pics_result {
	const char *name; /* as the sender calls it; may be "" */
	enum pics_outcome outcome;
	const char *sentence; /* why not; NULL: it is stored */
	struct picture picture;
};

/* All texts live in its arena. */
struct pics_upload {
	struct arena arena;

	/* Who and how; filled before the run. */
	int64_t user_id, quota;
	enum pics_source source;
	const char *csrf;	  /* what a form must bring along; NULL: nothing */
	const char *content_type; /* NULL: none was sent */
	int fd;			  /* of the body, or -1 and these: */
	const char *body;
	size_t len;
	/* With what is not in a form: title, alt text, visibility; a form's own fields win. */
	const char *title, *alt, *visibility;

	/* What came of it. */
	enum err err;	      /* of all of it: a form that cannot be read, no file in it */
	const char *sentence; /* about err */
	struct pics_result results[PICS_FILES_MAX + 1];
	size_t nresults, nstored;
};

struct pics_upload *pics_upload_new(void);
/* In a task. Results are complete afterwards, whatever went wrong. */
void pics_upload_run(struct pics_upload *);
void pics_upload_free(struct pics_upload *);

/* What the answer's status says: ERR_OK if something was stored, else the first thing wrong. */
enum err pics_upload_err(const struct pics_upload *);

#endif
