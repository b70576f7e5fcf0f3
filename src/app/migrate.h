/*
 * `portal migrate`: numbered plain SQL from migrations/<database>/, each applied once, in order, in
 * a transaction of its own, under an advisory lock. A file that was applied must not change: its
 * SHA-256 is kept and compared.
 */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "db/db_sync.h"

/*
 * Brings the database at `url` to the newest file of `dir`; says on standard output what it did and
 * on standard error what is wrong. Blocks; for subcommands.
 */
enum err migrate_run(const char *url, const char *dir);

/* The files of a folder, with their checksums. */
struct migrations;

/* Freed with migrate_free(). ERR_INVALID: *all is NULL, and `problem` says what cannot be read. */
enum err migrate_read(struct migrations **all, const char *dir, struct strbuf *problem);
void migrate_free(struct migrations *); /* NULL is fine */
size_t migrate_count(const struct migrations *);
const char *migrate_newest(const struct migrations *); /* "0007_name.sql" */
/*
 * Whether every one of them has been applied as it is; changes nothing. ERR_OK: *nnewer is how many
 * others the database has, of a newer version. ERR_NOT_FOUND: one is missing, ERR_CONFLICT: one was
 * changed, ERR_UNAVAILABLE: the database does not say; then `problem` tells more.
 */
enum err migrate_compare(
    const struct migrations *, struct db_sync *, size_t *nnewer, struct strbuf *problem);

#endif
