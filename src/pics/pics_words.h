/* How pictures and what became of uploads are told: for programs in JSON, for people in words. */
#ifndef PICS_PICS_WORDS_H
#define PICS_PICS_WORDS_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "pics/pics.h"
#include "pics/pics_upload.h"

/* Addresses of ours: absolute if `site` is PUBLIC_URL, paths if it is "". */
const char *pics_page_url(struct arena *, const char *site, const struct picture *);
const char *pics_file_url(struct arena *, const char *site, const struct picture *);
const char *pics_part_url(struct arena *, const char *site, const struct picture *, enum pics_part);

/* An object; the buffer may hold something already. */
void pics_write_json(struct strbuf *, struct arena *, const char *site, const struct picture *);
/*
 * What came of an upload: {"pictures":[…],"refused":[{"name":…,"reason":…,"error":…}]} with a line
 * end; {"error":…} if it could not be read at all.
 */
void pics_write_upload(
    struct strbuf *, struct arena *, const char *site, const struct pics_upload *);
/* The same in lines: the address of each file; of a refused one its name and the sentence. */
void pics_write_lines(
    struct strbuf *, struct arena *, const char *site, const struct pics_upload *);

/* What a picture is called: its title made harmless, or "Untitled". */
const char *pics_name(struct arena *, const struct picture *);
/* "800 × 600 PNG, 45.7 kB", of an animation with its frames. */
const char *pics_facts(struct arena *, const struct picture *);

#endif
