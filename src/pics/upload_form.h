/*
 * What was posted to be stored: the files of a form, or one picture alone, and the words with them.
 * Nothing is copied: a file is where the body holds it.
 */
#ifndef PICS_UPLOAD_FORM_H
#define PICS_UPLOAD_FORM_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/form_data.h"
#include "pics/pics.h"

struct upload_file {
	const char *name; /* as the sender calls it; only ever shown */
	const unsigned char *bytes;
	size_t len;
};

struct upload_form {
	struct upload_file files[PICS_FILES_MAX];
	size_t nfiles, nmore;	 /* taken; sent beyond PICS_FILES_MAX */
	struct form_data fields; /* the texts */
};

/*
 * Reads a body with its Content-Type: multipart/form-data, in which every part with a file name
 * that is not empty is a file; anything else is one file. All but the bytes of files lives in the
 * arena. ERR_INVALID, ERR_TOO_LARGE: it is broken, and `sentence` tells the sender why.
 */
enum err upload_form_read(struct upload_form *, struct arena *, const char *content_type,
    const char *body, size_t len, const char **sentence);

#endif
