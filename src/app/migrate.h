/*
 * `portal migrate`: numbered plain SQL from migrations/<database>/, each applied once, in order, in
 * a transaction of its own, under an advisory lock. A file that was applied must not change: its
 * SHA-256 is kept and compared.
 */
#ifndef APP_MIGRATE_H
#define APP_MIGRATE_H

#include "base/err.h"

/*
 * Brings the database at `url` to the newest file of `dir`; says on standard output what it did and
 * on standard error what is wrong. Blocks; for subcommands.
 */
enum err migrate_run(const char *url, const char *dir);

#endif
