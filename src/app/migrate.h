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
/*
 * Whether every file of `dir` has been applied as it is; changes nothing. ERR_OK: *n is their
 * number; else `problem` says which one has not.
 */
enum err migrate_check(struct db_sync *, const char *dir, size_t *n, struct strbuf *problem);

#endif
