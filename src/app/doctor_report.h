/*
 * What `portal doctor` says about what it found: a line each, "ok", "not set up" or "wrong" with
 * how to mend it. Pure: doctor.c asks the services, this judges. Lines hold no secrets.
 */
#ifndef APP_DOCTOR_REPORT_H
#define APP_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/doctor_pool.h"
#include "base/call.h"
#include "base/err.h"
#include "base/strbuf.h"

#define DOCTOR_POSTGRES_OLDEST 15

/* All zero is an empty report. */
struct doctor_report {
	const char *database; /* what the role's own is called; NULL: the accounts database */
	struct strbuf text;   /* lines; freed by the caller */
	int nwrong;
};

/* `what` is the thing looked at: "accounts database". Line ends within the text become spaces. */
void doctor_report_ok(struct doctor_report *, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_report_unset(struct doctor_report *, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_report_wrong(struct doctor_report *, const char *what, const char *mend,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One connection to the role's database. */
struct doctor_server {
	const char *error; /* why there is none; NULL: there is one, and the rest is known */
	int version;	   /* PQserverVersion(): 150014 */
	bool is_superuser;
	bool may_create;	 /* databases or roles, or may pass over what protects them */
	struct doctor_pool pool; /* if is_pooled */
	bool is_pooled;		 /* another process than the one we speak to answers */
	bool has_time_limit;	 /* a statement_timeout stands */
	const char *identity;	 /* the same for the same database of the same server */
	bool is_migrated;	 /* every migration is applied, and none was changed */
	size_t nmigrations;	 /* if is_migrated */
	size_t nnewer;		 /* if is_migrated: others that this version does not know */
	int64_t room;		 /* how many connections the server has for this role */
	const char *not_applied; /* unless is_migrated: what is missing */
};

/* What the portal may open at once. */
struct doctor_needs {
	int nworkers;
	int64_t pages, tasks; /* connections of each worker: by DATABASE_URL, by the direct way */
};

/* `direct` is the connection of DATABASE_DIRECT_URL; NULL: that is the same address. */
void doctor_report_accounts(struct doctor_report *, const struct doctor_server *,
    const struct doctor_server *direct, const struct doctor_needs *);

/* The connection of DATABASE_REPLICA_URL. */
void doctor_report_replica(struct doctor_report *, const struct doctor_server *);

/* The soju database of one bouncer. */
struct doctor_soju {
	const char *error; /* as above */
	enum err version_err, networks_err;
	int64_t version;
	bool reads_passwords, may_write;
};

void doctor_report_soju(struct doctor_report *, const char *what, const struct doctor_soju *);

/* How a service answered one call. */
struct doctor_answer {
	const char *what;    /* "txt" */
	const char *setting; /* that holds its address */
	const char *denied;  /* how to mend 401 and 403 */
	enum err err;	     /* of the client's reader; ERR_OK: well */
	const struct call_reply *reply;
	const char *reason; /* a word of the reader, or NULL */
};

/* `well` is said when the answer is good. */
void doctor_report_answer(struct doctor_report *, const struct doctor_answer *, const char *well);

/* What Stripe said to a key that settings let pass; `is_live` is of the answer. */
void doctor_report_stripe(
    struct doctor_report *, const struct doctor_answer *, const char *key, bool is_live);

#endif
