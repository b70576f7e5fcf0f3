/* The dashboard in words: every figure with its age when it is not fresh, or why it is unknown. */
#ifndef DASHBOARD_DASHBOARD_VIEW_H
#define DASHBOARD_DASHBOARD_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"
#include "dashboard/dashboard.h"
#include "web/part_view.h"

/* Lists longer than this continue behind a "more"; what is only counted, in a line after it. */
#define DASHBOARD_LIST_SHOWN 20

/* `full` is there when a name was shortened. */
#define DASHBOARD_CHANNEL(F) F(TEXT, name) F(TEXT, full) F(BOOL, is_detached)
VIEW_DECLARE(dashboard_channel, DASHBOARD_CHANNEL)

/* clang-format off */
#define DASHBOARD_NETWORK(F)                                                                    \
	F(TEXT, name) F(TEXT, full) /* NULL: the address stands for it */                       \
	F(TEXT, address) F(TEXT, port) F(TEXT, address_full)                                    \
	F(BOOL, is_enabled)                                                                     \
	F(TEXT, count) F(BOOL, has_channels)                                                    \
	F(LIST, channels, dashboard_channel)                                                    \
	F(LIST, more, dashboard_channel) F(TEXT, more_words) F(TEXT, rest_words)
VIEW_DECLARE(dashboard_network, DASHBOARD_NETWORK)
/* clang-format on */

/* clang-format off */
/*
 * How a bouncer stands. tone: "good", "busy", "bad", "off" or "unknown", a class of the style sheet.
 */
#define DASHBOARD_STATUS(F)                                                                     \
	F(TEXT, word) F(TEXT, tone)                                                             \
	F(PART, since, time) F(TEXT, span)                                                      \
	F(TEXT, sentence)                                                                       \
	F(TEXT, restarts) F(PART, ended, time)                                                  \
	F(PART, age, time) F(TEXT, trouble)
VIEW_DECLARE(dashboard_status, DASHBOARD_STATUS)

#define DASHBOARD_BOUNCER(F)                                                                    \
	F(INT, id) F(TEXT, name) F(TEXT, full) F(TEXT, href)                                    \
	F(PART, status, dashboard_status)                                                       \
	F(BOOL, has_figures) /* it is usable */                                                 \
	F(PART, networks_count, figure) F(PART, channels_count, figure) F(PART, messages, figure) \
	F(TEXT, trouble) F(TEXT, waiting)                                                       \
	F(LIST, networks, dashboard_network)                                                    \
	F(LIST, more, dashboard_network) F(TEXT, more_words) F(TEXT, rest_words)                \
	F(BOOL, is_empty) F(BOOL, has_networks)
VIEW_DECLARE(dashboard_bouncer, DASHBOARD_BOUNCER)

#define DASHBOARD_CONTENT(F)                                                                    \
	F(TEXT, title)                                                                          \
	F(PART, count, figure) F(PART, storage, figure)                                         \
	F(BOOL, is_known) /* and not empty */                                                   \
	F(BOOL, is_empty) F(TEXT, empty)                                                        \
	F(TEXT, href) F(TEXT, link)	/* to make the first one */                             \
	F(TEXT, all_href) F(TEXT, all)	/* to see them; absent: the service has no address */   \
	F(TEXT, trouble)
VIEW_DECLARE(dashboard_content, DASHBOARD_CONTENT)

#define DASHBOARD(F)                                                                            \
	F(PART, frame, frame)                                                                   \
	F(TEXT, payment) /* one failed; what to do about it is on the page of billing */         \
	F(LIST, bouncers, dashboard_bouncer)                                                    \
	F(BOOL, can_make) /* a bouncer, by oneself */                                           \
	F(LIST, content, dashboard_content)                                                     \
	F(PART, total, figure)                                                                  \
	F(TEXT, plan) F(TEXT, plan_sentence)
VIEW_DECLARE(dashboard, DASHBOARD)
/* clang-format on */

/*
 * Everything but the frame, which web_page.c fills. `now` is Unix seconds; texts live in the arena.
 * ERR_OK always: what is not known is said on the page.
 */
enum err dashboard_view_init(
    struct dashboard_view *, const struct dashboard *, int64_t now, struct arena *);

#endif
