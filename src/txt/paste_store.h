/* Pastes in the database. What has expired is not there, whether the job has deleted it or not. */
#ifndef TXT_PASTE_STORE_H
#define TXT_PASTE_STORE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "txt/paste.h"

struct paste_made {
	bool is_made;	    /* false: there is no room for it */
	int64_t expires_at; /* 0: never */
	int64_t used;	    /* bytes that were stored before */
};

/* Stores it if that leaves at most `quota` bytes; one row. */
void paste_store_create(
    struct db_query *, int64_t user_id, const struct paste_draft *, int64_t quota);
enum err paste_store_create_read(const PGresult *, struct paste_made *);

/* One paste with its text, if this account (0: nobody) may see it; *found NULL: there is none. */
void paste_store_show(struct db_query *, const char *public_id, int64_t user_id);
enum err paste_store_show_read(struct paste **found, struct arena *, const PGresult *);

enum paste_sort { SORT_MADE, SORT_SIZE, SORT_VIEWS, SORT_TITLE, SORT__MAX };
struct paste_search {
	const char *words; /* in the title; "": all */
	enum paste_sort sort;
	bool is_descending;
	int64_t limit, offset;
};
/* The account's own, without texts. The total counts at most PASTE_SEARCH_MAX when searching. */
#define PASTE_SEARCH_MAX 10000
void paste_store_list(struct db_query *, int64_t user_id, const struct paste_search *);
enum err paste_store_list_read(struct paste_list *, struct arena *, const PGresult *);
/* Of those ids the account's own: for the question before they are deleted. */
void paste_store_some(struct db_query *, int64_t user_id, const char *ids);

/* Deletes those of the account; one row, how many. `ids` is an array: "{a,b}". */
void paste_store_delete(struct db_query *, int64_t user_id, const char *ids);
/* Deletes what has expired; one row, how many. */
void paste_store_expire(struct db_query *, int at_most);

/* Keeps the text in colours; nothing happens if the paste is gone. */
void paste_store_keep_colours(
    struct db_query *, int64_t id, int version, const char *html, int64_t process_us);

#endif
