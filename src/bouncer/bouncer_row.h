/* A row of bouncers as every store reads it: the list of columns and its reader. */
#ifndef BOUNCER_BOUNCER_ROW_H
#define BOUNCER_BOUNCER_ROW_H

#include "base/arena.h"
#include "bouncer/bouncer.h"
#include "db/db_row.h"

#define BOUNCER_TIME(column) "floor(extract(epoch FROM " column "))::bigint"

/* Of `bouncers b`: numbers first, then texts; BOUNCER_INTS and BOUNCER_TEXTS of them. */
#define BOUNCER_INTS 18
#define BOUNCER_TEXTS 8
/* clang-format off */
#define BOUNCER_COLS                                                                               \
	"b.id, b.user_id, " BOUNCER_TIME("b.created_at") ", " BOUNCER_TIME("b.state_at")           \
	", " BOUNCER_TIME("b.ready_at") ", b.max_networks::bigint, b.history_days::bigint"         \
	", " BOUNCER_TIME("b.suspended_at") ", b.wanted, b.applied, b.attempts::bigint"            \
	", " BOUNCER_TIME("b.delete_after") ", " BOUNCER_TIME("b.sampled_at")                      \
	", " BOUNCER_TIME("b.networks_at") ", b.is_up::int::bigint, b.clients::bigint, " BOUNCER_TIME("b.running_since")              \
	", b.restarts, b.name, b.soju_username, b.provisioner, b.state, b.failed_in"               \
	", b.suspended_why, b.failure, b.version"
/* clang-format on */

/* Reads these columns and goes on behind them; what is bad is marked in the row, as always. */
void bouncer_row_read(struct db_row *, struct arena *, struct bouncer *);

#endif
