/*
 * Where the lines of the log go: standard output, which is never waited for while we serve. Who
 * reads it may stop reading; a worker that waited for him would stop all of its visitors.
 *
 * Lines of requests and jobs are gathered in a buffer of the process and written many at once. They
 * stay there while standard output takes nothing; once the buffer is full, new ones are dropped
 * and counted. A line that is not to wait is dropped if it cannot be written at once. Every write
 * is of whole lines and at most 4096 bytes, so that lines of several processes never mix in a pipe.
 * Lines in the buffer are lost with a process that is killed: at most those of half a second.
 */
#ifndef BASE_LOG_OUT_H
#define BASE_LOG_OUT_H

#include <stddef.h>
#include <stdint.h>

#define LOG_OUT_BUFFER_BYTES (256 * 1024)
#define LOG_OUT_FLUSH_BYTES (16 * 1024)

/*
 * From now on nothing waits for standard output; in the parent, before the fork. Until then (also
 * in subcommands) writing waits as usual. A pipe is opened a second time for that, since the flag
 * would otherwise be set for everybody who has it; where that is not allowed it is asked before
 * each write whether there is room, and then two processes may both believe so and one wait.
 */
void log_out_open(void);

/* `line`: whole, at most LOG_LINE_BYTES. At once; thread-safe. */
void log_out_now(const char *line, size_t len);
/* Into the buffer; in the event loop only. Written with LOG_OUT_FLUSH_BYTES or log_out_flush(). */
void log_out_later(const char *line, size_t len);
/* Writes as much as standard output takes now; in the event loop only. */
void log_out_flush(void);
/* For the end of the process: as log_out_flush(), and waits up to `patience_ms` for room. */
void log_out_finish(int patience_ms);
/* How many lines were dropped since the last call; thread-safe. */
uint64_t log_out_take_dropped(void);

#endif
