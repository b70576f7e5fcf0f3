/* Makes one call and waits for its answer: for tasks and subcommands, never in the event loop. */
#ifndef CLIENTS_CALL_SYNC_H
#define CLIENTS_CALL_SYNC_H

#include "base/arena.h"
#include "base/call.h"

/*
 * The calling thread keeps its connections open from call to call. The answer's body lives in the
 * arena. Never fails otherwise than by reply->result.
 */
void call_sync_run(const struct call_request *, struct arena *, struct call_reply *);

#endif
