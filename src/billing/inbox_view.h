/* The pages of the inbox: the list, one event, and the question before many are sent again. */
#ifndef BILLING_INBOX_VIEW_H
#define BILLING_INBOX_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "billing/inbox_store.h"
#include "web/part_view.h"

#define INBOX_PATH "/admin/stripe"
#define INBOX_EVENTS_PATH INBOX_PATH "/events"
#define INBOX_REPLAY_PATH INBOX_PATH "/replay"
#define INBOX_PER_PAGE 50

/* What stands on an admin page of billing where there is no billing. */
void inbox_view_unset(struct empty_view *);

/* ---- GET /admin/stripe ---- */

/* clang-format off */
#define INBOX(F)                                                                                \
	F(PART, frame, frame)                                                                   \
	F(BOOL, is_set_up)                                                                      \
	F(TEXT, world)	     /* "test mode" */                                                  \
	F(TEXT, note)	     /* what to know before it is read */                               \
	F(PART, states, tabs)                                                                   \
	F(TEXT, oldest)	     /* how long the oldest has waited */                               \
	F(TEXT, state) F(TEXT, type) F(TEXT, sought) /* what the list is limited to */          \
	F(TEXT, all_href)    /* where it is not */                                              \
	F(BOOL, has_rows)                                                                       \
	F(PART, events, table)                                                                  \
	F(PART, none, empty)                                                                    \
	F(TEXT, newest_href) F(TEXT, older_href)                                                \
	F(BOOL, has_more_to_do) /* there is something to send again */                          \
	F(PART, from, field) F(PART, until, field) F(PART, which, field) F(PART, of_type, field)
VIEW_DECLARE(inbox, INBOX)
/* clang-format on */

struct inbox_facts {
	const struct inbox_filter *filter;
	const struct inbox_event *events;
	size_t n; /* one more than a page: there is another one */
	struct inbox_counts counts;
	bool is_set_up, has_secret;
	int64_t now;
};

/* All but the frame. */
void inbox_view_init(struct inbox_view *, const struct inbox_facts *, struct arena *);

/* ---- GET /admin/stripe/events/{id} ---- */

/* clang-format off */
#define INBOX_EVENT(F)                                                                          \
	F(PART, frame, frame)                                                                   \
	F(TEXT, id) F(TEXT, type)                                                               \
	F(PART, state, badge)                                                                   \
	F(TEXT, source) F(TEXT, world) F(TEXT, api_version)                                     \
	F(TEXT, object_id) F(TEXT, object_href) /* all that came about it */                    \
	F(PART, created, time) F(PART, received, time)                                          \
	F(PART, ended, time) F(PART, due, time) /* one of them */                               \
	F(TEXT, attempts) F(TEXT, effect) F(TEXT, error)                                        \
	F(TEXT, body)	     /* masked */                                                       \
	F(TEXT, no_body)     /* why there is none */                                            \
	F(TEXT, csrf)	     /* none: it cannot be sent again */
VIEW_DECLARE(inbox_event, INBOX_EVENT)
/* clang-format on */

/* All but frame and token. */
void inbox_event_view_init(
    struct inbox_event_view *, const struct inbox_event *, int64_t now, struct arena *);

/* ---- GET /admin/stripe/replay ---- */

/* All but frame and token; `from` and `until` as they were given, both days included. */
void inbox_view_confirm(struct confirm_view *, const struct inbox_range *, const char *from,
    const char *until, int64_t n, struct arena *);

#endif
