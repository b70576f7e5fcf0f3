#include "base/log_out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How much more is gathered before a full pipe is tried again. */
#define RETRY_BYTES 4096

static int fd = STDOUT_FILENO;
static enum { WAITING, ASKING, NEVER_WAITING, SOCKET } manner = WAITING;
static atomic_uint_fast64_t dropped;

static char buffer[LOG_OUT_BUFFER_BYTES];
static size_t used, flush_at = LOG_OUT_FLUSH_BYTES;

void
log_out_open(void)
{
	struct stat st;
	int own;

	manner = ASKING;
	if (fstat(STDOUT_FILENO, &st) == -1)
		return;
	if (S_ISSOCK(st.st_mode)) {
		manner = SOCKET;
	} else if (S_ISFIFO(st.st_mode)) {
		own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (own == -1)
			return;
		fd = own;
		manner = NEVER_WAITING;
	}
}

static bool
has_room(int patience_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, patience_ms) == 1 && p.revents & POLLOUT;
}

/* How many bytes went out; 0 if none can for now, or ever. */
static size_t
put(const char *s, size_t len)
{
	ssize_t n;

	if (manner == ASKING && !has_room(0))
		return 0;
	do
		n = manner == SOCKET ? send(fd, s, len, MSG_DONTWAIT | MSG_NOSIGNAL)
				     : write(fd, s, len);
	while (n == -1 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

void
log_out_now(const char *line, size_t len)
{
	if (put(line, len) < len)
		atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
}

/* Of what begins at `s`, the whole lines that go into one write. */
static size_t
piece_length(const char *s, size_t left)
{
	size_t len = PIPE_BUF;

	if (left <= PIPE_BUF)
		return left;
	while (len > 0 && s[len - 1] != '\n')
		len--;
	return len > 0 ? len : PIPE_BUF;
}

void
log_out_flush(void)
{
	size_t done = 0, want, n;

	do {
		want = piece_length(buffer + done, used - done);
		n = want > 0 ? put(buffer + done, want) : 0;
		done += n;
	} while (n == want && done < used);
	used -= done;
	memmove(buffer, buffer + done, used);
	flush_at = used > 0 ? used + RETRY_BYTES : 0;
	if (flush_at < LOG_OUT_FLUSH_BYTES)
		flush_at = LOG_OUT_FLUSH_BYTES;
}

void
log_out_later(const char *line, size_t len)
{
	if (used + len > sizeof(buffer))
		log_out_flush();
	if (used + len > sizeof(buffer)) {
		atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
		return;
	}
	memcpy(buffer + used, line, len);
	used += len;
	if (used >= flush_at)
		log_out_flush();
}

void
log_out_finish(int patience_ms)
{
	log_out_flush();
	while (used > 0 && has_room(patience_ms)) {
		size_t before = used;

		log_out_flush();
		if (used == before)
			return;
	}
}

uint64_t
log_out_take_dropped(void)
{
	return atomic_exchange_explicit(&dropped, 0, memory_order_relaxed);
}
