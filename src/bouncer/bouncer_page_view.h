/* The page of a bouncer: how far it is while it is made, then how it and its networks are. */
#ifndef BOUNCER_BOUNCER_PAGE_VIEW_H
#define BOUNCER_BOUNCER_PAGE_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer_status_view.h"
#include "bouncer/bouncer_store.h"
#include "web/part_view.h"

/* Networks on a page, channels of each that are listed, outages that are. */
#define BOUNCER_PAGE_NETWORKS 20
#define BOUNCER_PAGE_CHANNELS 40
#define BOUNCER_PAGE_OUTAGES 10
#define BOUNCER_PAGE_DAYS 30

/* clang-format off */
#define BOUNCER_CHANNEL(F) F(TEXT, name) F(BOOL, is_detached)
VIEW_DECLARE(bouncer_channel, BOUNCER_CHANNEL)

#define BOUNCER_OUTAGE(F) F(TEXT, words)
VIEW_DECLARE(bouncer_outage, BOUNCER_OUTAGE)

/* What it was like in the last 30 days: a strip, and behind it the outages in words. */
#define BOUNCER_PAST(F)                                                                         \
	F(INT, number) F(TEXT, label) F(HTML, strip)                                            \
	F(TEXT, availability)		/* "99.98% of the time that is known" */                \
	F(TEXT, unknown)		/* nothing was seen yet */                              \
	F(LIST, outages, bouncer_outage) F(TEXT, outages_words) F(TEXT, left)
VIEW_DECLARE(bouncer_past, BOUNCER_PAST)

#define BOUNCER_LINE(F)                                                                         \
	F(INT, number) F(TEXT, id) /* as soju has it */                                         \
	F(TEXT, name) F(TEXT, address) /* absent: its name is its address */                    \
	F(TEXT, tone) F(TEXT, word) F(PART, since, time)                                        \
	F(TEXT, reason) F(TEXT, error)	/* why it is not connected, then soju's own words */    \
	F(TEXT, nick)                                                                           \
	F(PART, age, time)                                                                      \
	F(LIST, channels, bouncer_channel) F(TEXT, channels_words) F(TEXT, channels_left)       \
	F(PART, past, bouncer_past)                                                             \
	F(BOOL, is_changeable)                                                                  \
	F(TEXT, edit_href) F(TEXT, drop_href)                                                   \
	F(TEXT, switch_action) F(TEXT, switch_csrf) F(TEXT, switch_label)
VIEW_DECLARE(bouncer_line, BOUNCER_LINE)

#define BOUNCER_STEP(F) F(TEXT, words) F(BOOL, is_done) F(BOOL, is_now) F(BOOL, is_stuck)
VIEW_DECLARE(bouncer_step, BOUNCER_STEP)

#define BOUNCER_DEVICE(F) F(TEXT, label) F(PART, used, time)
VIEW_DECLARE(bouncer_device, BOUNCER_DEVICE)

#define BOUNCER_PAGE(F)                                                                         \
	F(PART, frame, frame)                                                                   \
	F(TEXT, name) F(TEXT, refresh_s)                                                        \
	F(PART, status, bouncer_status)                                                         \
	/* While it is made, or after that failed. */                                           \
	F(BOOL, is_being_made) F(LIST, steps, bouncer_step)                                     \
	F(TEXT, trouble) F(TEXT, tries)                                                         \
	F(BOOL, has_failed) F(TEXT, retry_action) F(TEXT, retry_csrf)                           \
	F(TEXT, again_href) F(TEXT, cancel_href)                                                \
	/* While it can be had back. */                                                         \
	F(BOOL, is_deleted) F(BOOL, can_undo) F(TEXT, undo_action)                           \
	F(TEXT, undo_csrf)                                                                      \
	/* Once it is ready. */                                                                 \
	F(BOOL, is_ready) F(BOOL, is_usable)                                                    \
	F(TEXT, change_words)		/* something that was asked for is not done yet */      \
	F(TEXT, refused)		/* the network that was asked for with it is not there */ \
	F(PART, networks_count, figure) F(PART, clients, figure) F(PART, messages, figure)      \
	F(TEXT, connect_href) F(TEXT, add_href) F(TEXT, room) F(BOOL, is_full)                  \
	F(LIST, networks, bouncer_line) F(PART, pager, pager)                                   \
	F(BOOL, is_empty) F(TEXT, networks_unknown) F(TEXT, channels_trouble)                   \
	F(PART, past, bouncer_past)                                                             \
	F(BOOL, is_down) /* so it runs since no time */                                         \
	F(TEXT, history) F(PART, since, time) F(TEXT, span) F(TEXT, restarts) F(TEXT, version)  \
	F(PART, made, time) F(LIST, devices, bouncer_device) F(TEXT, devices_words)             \
	F(BOOL, is_by_hand) F(TEXT, restart_href) F(TEXT, password_href) F(TEXT, delete_href)
VIEW_DECLARE(bouncer_page, BOUNCER_PAGE)
/* clang-format on */

struct bouncer_page_words {
	const struct bouncer_page_facts *facts;
	int64_t page;		   /* of the networks, 1 first */
	int64_t soju_history_days; /* of a soju that several share; 0: not told */
	/* The form tokens of the addresses below the bouncer's; see bouncer_way_http.h. */
	const char *enable_csrf, *disable_csrf, *retry_csrf, *undo_csrf;
	int64_t now;
};

/* All but the frame; texts live in the arena. */
void bouncer_page_view_init(
    struct bouncer_page_view *, const struct bouncer_page_words *, struct arena *);

#endif
