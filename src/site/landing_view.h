/* The front page: what the service offers, its plans, and the way in. */
#ifndef SITE_LANDING_VIEW_H
#define SITE_LANDING_VIEW_H

#include "base/arena.h"
#include "base/view.h"
#include "web/frame_view.h"

#define LANDING_OFFER(F) F(TEXT, title) F(TEXT, sentence)
VIEW_DECLARE(landing_offer, LANDING_OFFER)

#define LANDING_PLAN(F) F(TEXT, name) F(TEXT, sentence) F(LIST, points, landing_offer)
VIEW_DECLARE(landing_plan, LANDING_PLAN)

#define LANDING(F) F(PART, frame, frame) F(LIST, offers, landing_offer) F(LIST, plans, landing_plan)
VIEW_DECLARE(landing, LANDING)

/* Everything but the frame. */
void landing_view_init(struct landing_view *, struct arena *);

#endif
