/*
 * Reads one row of a result, column by column in the order of the statement's list:
 *
 *	struct db_row r = db_row_at(res, i);
 *	a->id = db_row_int(&r);
 *	a->name = db_row_text(&r, arena);
 *
 * A value that is not what the reader says is a mistake of ours: logged, and marked in `bad`, so
 * that the store returns ERR_INTERNAL through db_row_end().
 */
#ifndef DB_ROW_H
#define DB_ROW_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct db_row {
	const PGresult *res;
	int row, col;
	bool bad;
};

struct db_row db_row_at(const PGresult *, int row);
/* True if the next column is NULL; does not move on. */
bool db_row_is_null(const struct db_row *);
/* Moves past a column. */
void db_row_skip(struct db_row *);
/* A copy in the arena; NULL for NULL. */
char *db_row_text(struct db_row *, struct arena *);
/* The raw bytes of a bytea in text format (\x…); NULL and len 0 for NULL. */
void *db_row_bytes(struct db_row *, struct arena *, size_t *len);
/* NULL is marked bad; use db_row_int_or where a column may be NULL. */
int64_t db_row_int(struct db_row *);
int64_t db_row_int_or(struct db_row *, int64_t when_null);
bool db_row_bool(struct db_row *);
bool db_row_bool_or(struct db_row *, bool when_null);
/* The index of the text in words[n]; a word that is not among them is marked bad, result 0. */
int db_row_word(struct db_row *, const char *const *words, int n);
/* The number of a result of one row and one column; NULL is 0. ERR_INTERNAL: another shape. */
enum err db_row_only_int(const PGresult *, int64_t *);
/* The truth of a result of one row and one column. ERR_INTERNAL: another shape, or NULL. */
enum err db_row_only_bool(const PGresult *, bool *);
/* ERR_INTERNAL if any column was bad or columns are left over. */
enum err db_row_end(const struct db_row *);

#endif
