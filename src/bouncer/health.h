/* The samples of each minute: how every bouncer and its networks are, kept for pages and figures.
 */
#ifndef BOUNCER_HEALTH_H
#define BOUNCER_HEALTH_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "bouncer/soju_ops.h"
#include "db/db_sync.h"

/* One round over all bouncers; the job of each minute. */
enum err health_round(struct db_sync *, struct arena *, int64_t now);

/*
 * Keeps what soju has just told about one bouncer, for a page that changed something and shows it
 * at once; unless it was asked again meanwhile. Not a sample: days are left alone.
 */
enum err health_keep_status(
    struct db_sync *, struct arena *, int64_t bouncer_id, const struct soju_status_list *);

#endif
