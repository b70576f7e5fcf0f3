/* The pages of those who look after bouncers: all of them, one, and what is said through them. */
#ifndef BOUNCER_BOUNCER_ADMIN_VIEW_H
#define BOUNCER_BOUNCER_ADMIN_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer_admin_store.h"
#include "web/part_view.h"

#define BOUNCER_ADMIN_PATH "/admin/bouncers"
#define BOUNCER_ADMIN_NOTICE_PATH BOUNCER_ADMIN_PATH "/notice"
#define BOUNCER_ADMIN_PER_PAGE 50
#define BOUNCER_ADMIN_NOTICES_PER_PAGE 20
#define BOUNCER_SUSPENDED_WHY_MAX 300 /* characters */

/* What ?state= may be: the states, and one word more. */
#define BOUNCER_ADMIN_STATES (BOUNCER_STATE__MAX + 1)
extern const char *const bouncer_admin_state_words[BOUNCER_ADMIN_STATES];

/* ---- GET /admin/bouncers ---- */

/* clang-format off */
#define ADMIN_BOUNCERS(F)                                                                       \
	F(PART, frame, frame)                                                                   \
	F(PART, which, tabs)                                                                    \
	F(PART, text, field) F(PART, state, field) F(PART, by, field)                           \
	F(BOOL, is_in_trouble) /* the tab is kept by the form */                                \
	F(TEXT, all_href)    /* where the list is not limited */                                \
	F(BOOL, has_rows)                                                                       \
	F(PART, table, table)                                                                   \
	F(PART, none, empty)                                                                    \
	F(TEXT, first_href) F(TEXT, next_href)
VIEW_DECLARE(admin_bouncers, ADMIN_BOUNCERS)
/* clang-format on */

struct admin_bouncers_facts {
	const struct bouncer_admin_filter *filter;
	const struct bouncer_admin *rows;
	size_t n; /* one more than a page: there is another one */
	int64_t now;
};

/* All but the frame. */
void admin_bouncers_view_init(
    struct admin_bouncers_view *, const struct admin_bouncers_facts *, struct arena *);

/* ---- GET /admin/bouncers/{name} ---- */

/* clang-format off */
#define ADMIN_BOUNCER_FACT(F) F(TEXT, label) F(TEXT, text) F(TEXT, exact) F(TEXT, unknown)
VIEW_DECLARE(admin_bouncer_fact, ADMIN_BOUNCER_FACT)

/* A button; `csrf` is of the path that it posts to. */
#define ADMIN_BOUNCER_ACT(F)                                                                    \
	F(TEXT, path) F(TEXT, csrf) F(TEXT, label) F(TEXT, about)                               \
	F(BOOL, is_bad) F(BOOL, wants_why)
VIEW_DECLARE(admin_bouncer_act, ADMIN_BOUNCER_ACT)

#define ADMIN_BOUNCER(F)                                                                        \
	F(PART, frame, frame)                                                                   \
	F(TEXT, name)                                                                           \
	F(PART, state, badge) F(PART, up, badge)                                                \
	F(TEXT, suspended_why)                                                                  \
	F(TEXT, failure)                                                                        \
	F(LIST, now, admin_bouncer_fact)    /* how it is */                                     \
	F(LIST, kept, admin_bouncer_fact)   /* what it is */                                    \
	F(LIST, acts, admin_bouncer_act)                                                        \
	F(TEXT, no_acts)	     /* why nothing can be done */                              \
	F(TEXT, notice_href)
VIEW_DECLARE(admin_bouncer, ADMIN_BOUNCER)
/* clang-format on */

/* All but the frame and the tokens of the acts. */
void admin_bouncer_view_init(
    struct admin_bouncer_view *, const struct bouncer_admin *, int64_t now, struct arena *);
/* "/admin/bouncers/alice/restart" */
const char *bouncer_admin_act_path(struct arena *, const char *name, enum bouncer_admin_act);
/* Why it could not be done, a sentence. */
const char *bouncer_admin_refusal(const struct bouncer *, enum bouncer_admin_act, struct arena *);

/* ---- GET and POST /admin/bouncers/notice ---- */

/* What is wrong with the text of a notice, a sentence; NULL: nothing. */
const char *bouncer_notice_problem(const char *text);

/* clang-format off */
#define ADMIN_NOTICE(F)                                                                         \
	F(PART, frame, frame)                                                                   \
	F(TEXT, problem)                                                                        \
	F(PART, text, field) F(PART, bouncer, field)                                            \
	F(TEXT, preview)	  /* as people will read it; absent: not asked for */           \
	F(TEXT, reaches)	  /* whom */                                                    \
	F(TEXT, only) F(TEXT, once) F(TEXT, csrf)                                               \
	F(BOOL, can_send)                                                                       \
	F(BOOL, has_rows)                                                                       \
	F(PART, sent, table)                                                                    \
	F(TEXT, newest_href) F(TEXT, older_href)
VIEW_DECLARE(admin_notice, ADMIN_NOTICE)
/* clang-format on */

struct admin_notice_facts {
	const char *text, *bouncer;	   /* as typed; NULL: nothing */
	const char *problem;		   /* NULL: none */
	const struct bouncer_sojus *sojus; /* NULL: there is nothing to preview */
	const struct bouncer_notice *sent;
	size_t n;	/* one more than a page: there are more */
	bool are_older; /* not the newest */
};

/* All but frame and tokens. */
void admin_notice_view_init(
    struct admin_notice_view *, const struct admin_notice_facts *, struct arena *);

#endif
