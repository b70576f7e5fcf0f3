/*
 * Whether the database of the role has the migrations of this version: found out by one process
 * (app/schema_watch.h) or by /readyz, kept in memory that all of them share. While the database is
 * behind, pages do not ask it at all (web_step.c): each statement would only fail.
 */
#ifndef DB_DB_SCHEMA_H
#define DB_DB_SCHEMA_H

enum db_schema {
	DB_SCHEMA_UNKNOWN, /* nobody could look yet */
	DB_SCHEMA_CURRENT,
	DB_SCHEMA_BEHIND, /* a migration is missing */
};

/* `newest` is the name of the last migration and is kept. Called once, before the fork. */
void db_schema_init(const char *newest);
/* DB_SCHEMA_UNKNOWN, and nothing to set, before db_schema_init(). */
enum db_schema db_schema_state(void);
void db_schema_set(enum db_schema);
/* "0007_name.sql"; "" before db_schema_init(). */
const char *db_schema_newest(void);

#endif
