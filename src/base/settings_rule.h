/*
 * What a row of the table of settings says, and what is known while settings are read. Shared by
 * the table (settings_table.c), the checks (settings_check.c) and the reading (settings.c) and by
 * nobody else; the program uses base/settings.h.
 */
#ifndef BASE_SETTINGS_RULE_H
#define BASE_SETTINGS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/settings.h"

/* What a value is; settings_check.c has one check for each. */
enum setting_kind {
	KIND_TEXT,	  /* one line, of at most `max` bytes */
	KIND_ROLE,	  /* a word of role_words */
	KIND_LEVEL,	  /* debug, info, warn, error */
	KIND_SWITCH,	  /* on, off */
	KIND_NUMBER,	  /* whole, from 0 to `max` */
	KIND_FILE,	  /* the path of a file that can be read */
	KIND_SITE,	  /* the portal's own address: https, no path */
	KIND_LINK,	  /* a http or https address that pages link to */
	KIND_UPSTREAM,	  /* a http or https address that we call */
	KIND_ISSUER,	  /* https, kept to the byte */
	KIND_KUBE,	  /* https, with a token in each request */
	KIND_BIND,	  /* address and port, into two neighbours in the struct */
	KIND_NETWORKS,	  /* a list with commas */
	KIND_DATABASE,	  /* a postgresql URL */
	KIND_KEY,	  /* 64 hexadecimal digits */
	KIND_SECRET,	  /* long enough not to be guessed, fit for a header */
	KIND_NAME,	  /* letters, digits and "-._", of at most `max` bytes */
	KIND_S3,	  /* https, and nothing in its path that would have to be encoded */
	KIND_CURRENCY,	  /* three letters, kept in lower case */
	KIND_STRIPE,	  /* a secret or restricted key of Stripe */
	KIND_WEBHOOK,	  /* the signing secret of a webhook endpoint of Stripe */
	KIND_PROVISIONER, /* none, soju, kubernetes */
	KIND_SOCKET,	  /* the path of a socket, {bouncer} in it */
	KIND_IRC,	  /* an ircs or irc+insecure address, {bouncer} in it */
	KIND_METRICS,	  /* a http or https address, {bouncer} in it */
	KIND_HOST,	  /* the name of a host, {bouncer} in it */
	KIND__MAX
};

enum {
	BASE = 1,   /* read by subcommands too */
	NEEDED = 2, /* must be given */
	SECRET = 4, /* may come from NAME_FILE; its value is never shown */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t place;	      /* of its member in struct settings */
	const char *fallback; /* NULL: none */
	int flags;
	int64_t max; /* bytes of a text, or the largest number; 0: no limit */
};

#define AT(member) offsetof(struct settings, member)

extern const struct setting settings_table[];
extern const size_t settings_table_rows;

/* What is known while settings are read. */
struct reading {
	struct settings s;
	struct arena arena;
	struct strbuf *problems;
	bool is_fine;
};

/* Every text member is a const char * at the place its row names. */
static inline const char **
settings_text_at(struct reading *r, size_t place)
{
	return (const char **)(void *)((char *)&r->s + place);
}

/* Adds "NAME <sentence>." to the problems. */
void settings_problem(struct reading *, const struct setting *, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts the value into its place if it is of its kind; else tells the problem. */
void settings_check(struct reading *, const struct setting *, const char *value);

#endif
