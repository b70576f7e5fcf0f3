/* Makes one call and waits for its answer: for tasks and subcommands, never in the event loop. */
#ifndef CLIENTS_CALL_SYNC_H
#define CLIENTS_CALL_SYNC_H

#include "base/arena.h"
#include "base/call.h"
#include "base/strbuf.h"

/*
 * The calling thread keeps its connections open from call to call. The answer's body lives in the
 * arena. Never fails otherwise than by reply->result.
 */
void call_sync_run(const struct call_request *, struct arena *, struct call_reply *);
/*
 * The same for large answers: the body is added to the buffer, which is not copied; reply->body
 * points into it. Of a call that fails some of the body may have been added.
 */
void call_sync_into(
    const struct call_request *, struct strbuf *, struct arena *, struct call_reply *);

#endif
