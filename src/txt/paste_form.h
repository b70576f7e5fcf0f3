/* The posted form of a new paste: a few texts, and maybe a file. */
#ifndef TXT_PASTE_FORM_H
#define TXT_PASTE_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "txt/paste.h"

struct paste_form {
	const char *csrf;	  /* NULL: it has none */
	const char *typed;	  /* the text of the form, as it is shown again; never NULL */
	struct paste_input input; /* of the form or of the file, whichever was given */
	bool has_both;		  /* a text was typed and a file chosen */
};

/*
 * Reads multipart/form-data, or what old browsers send. Line ends of what was typed become those of
 * files. ERR_INVALID, ERR_TOO_LARGE: *sentence says what is wrong; what was read is there.
 */
enum err paste_form_read(struct paste_form *, struct arena *, const char *content_type,
    const char *bytes, size_t len, const char **sentence);

#endif
