/* What all pages of one bouncer begin with: the name in the path, and the bouncer behind it. */
#ifndef BOUNCER_BOUNCER_WAY_HTTP_H
#define BOUNCER_BOUNCER_WAY_HTTP_H

#include "bouncer/bouncer_status_view.h"
#include "bouncer/bouncer_store.h"
#include "web/frame_view.h"
#include "web/web_flow.h"

/* Their state begins with it. */
struct bouncer_flow {
	struct web_flow flow;
	const char *name; /* in the path: one that bouncers have */
	struct bouncer bouncer;
};

/* ERR_NOT_FOUND: what stands in the path is no name. */
enum err bouncer_path_name(struct web_flow *, const char **name);

/* The step that finds it: 404 for that of another account. */
enum err bouncer_find_ask(struct web_flow *, struct db_query *);
enum err bouncer_find_read(struct web_flow *, const PGresult *);
/* The same for pages that change something in its soju: 409 while that cannot be. */
enum err bouncer_usable_read(struct web_flow *, const PGresult *);
enum err bouncer_need_usable(struct web_flow *, const struct bouncer *);
/* The error page that comes leads on to the bouncer's own. */
void bouncer_lead_on(struct web_flow *, const char *name);
/* "You have no such bouncer." */
enum err bouncer_fail_missing(struct web_flow *);

/* The frame of a page about it, which stands below its own page in the crumbs. */
void bouncer_frame(struct bouncer_flow *, struct frame_view *, const char *title);

bool bouncer_is_post(const struct web_flow *);
/* What whoever is signed in is called: a name, or the address. */
const char *bouncer_called(const struct web_flow *);
/* What was just done, as the address of the bouncer's own page says it. */
enum bouncer_news {
	BOUNCER_NEWS_ADDED,
	BOUNCER_NEWS_CHANGED,
	BOUNCER_NEWS_ENABLED,
	BOUNCER_NEWS_DISABLED,
	BOUNCER_NEWS_REMOVED,
	BOUNCER_NEWS_RESTART,
	BOUNCER_NEWS_UNDONE,
	BOUNCER_NEWS_RETRY,
	BOUNCER_NEWS__MAX
};
extern const char *const bouncer_news_words[BOUNCER_NEWS__MAX];
/* Leads to that page, which then says it. */
void bouncer_tell(struct bouncer_flow *, enum bouncer_news);

/* Path and form token of an address below the bouncer's. */
const char *bouncer_at(struct bouncer_flow *, const char *rest);
const char *bouncer_csrf(struct bouncer_flow *, const char *rest);

#endif
