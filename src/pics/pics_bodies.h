/* The folder where Kore keeps what is posted while it arrives (http_body_disk_path). */
#ifndef PICS_PICS_BODIES_H
#define PICS_PICS_BODIES_H

#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/*
 * Before the fork: makes RUN_DIR/bodies, also for the user that workers become (RUN_AS, "" for
 * none). ERR_INVALID: `problems` got a sentence, with its line end.
 */
enum err pics_bodies_open(const char *run_dir, const char *user, struct strbuf *problems);
/* Where it is; "" before. */
const char *pics_bodies_path(void);
/* Deletes what workers that died left there, if it is older than an hour at `now`. */
void pics_bodies_sweep(int64_t now);

#endif
