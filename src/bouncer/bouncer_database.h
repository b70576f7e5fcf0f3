/*
 * A database and a role of its own for each bouncer that has a soju of its own, made through
 * SOJU_DATABASE_ADMIN_URL. Each step may be done again after a crash at any point. The role is
 * marked by a comment as the portal's, so that a role of somebody else that happens to be called
 * the same is never touched; the database is its if the role owns it.
 *
 * All of it blocks and is called from tasks only.
 */
#ifndef BOUNCER_BOUNCER_DATABASE_H
#define BOUNCER_BOUNCER_DATABASE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct bouncer_database {
	struct arena *arena;
	const char *bouncer; /* its name */
	int timeout_ms;	     /* of each statement */
	const char *why;     /* of an error, for the log, without names or secrets */
};

/*
 * ERR_CONFLICT: a role or database of that name belongs to somebody else; ERR_INVALID: the settings
 * give no database for each bouncer; ERR_FORBIDDEN: SOJU_DATABASE_ADMIN_URL may not make it; other
 * errors: try again later.
 */
enum err bouncer_database_make(struct bouncer_database *);
/* With all that is in it, whoever is connected. What is gone is fine. Errors as above. */
enum err bouncer_database_drop(struct bouncer_database *);
/*
 * Gives the role of SOJU_DATABASE_URL what conf/soju_grants.sql allows. ERR_NOT_FOUND: soju has not
 * made its tables yet.
 */
enum err bouncer_database_grant(struct bouncer_database *);

/*
 * How the bouncer's soju connects: server, port and sslmode of SOJU_DATABASE_URL, with the
 * bouncer's own role and password. In the arena; ERR_INVALID as above.
 */
enum err bouncer_database_url(const char **url, struct bouncer_database *);

/* The role that owns the database: soju_NAME. */
const char *bouncer_database_role(struct arena *, const char *bouncer);

/*
 * The statements of the text of conf/soju_grants.sql, at most `max`, for that role, which is quoted
 * already; psql's own lines are left out. Returns their number; in the arena. A statement ends with
 * the line that ends with ";". For bouncer_database_grant().
 */
size_t bouncer_database_grants(
    const char **statements, size_t max, struct arena *, const char *file_text, const char *role);

/*
 * Whether SOJU_DATABASE_ADMIN_URL may do all this, for the doctor. ERR_FORBIDDEN: *why says what
 * it lacks; other errors: it cannot be asked.
 */
enum err bouncer_database_check(struct arena *, const char **why);

#endif
