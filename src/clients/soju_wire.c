#include "clients/soju_wire.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop_note.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"

#define LINE_MAX_BYTES 16384 /* soju's own are of 4096 at most, and tags may come with them */
#define READ_BYTES 8192
#define BUSY_MS 10  /* until a socket whose queue is full is tried again */
#define STOP_MS 250 /* so often is looked whether the program ends */

struct soju_wire {
	bool is_irc;
	int fd;
	CURL *curl; /* NULL: the socket is used as it is */
	int64_t until_us;
	bool ends_at_stop;
	struct strbuf out, in;
	size_t sent; /* of `out` */
	size_t read; /* of `in`, up to the end of the last line given */
	bool is_closed;
};

static int
left_ms(const struct soju_wire *w)
{
	const int64_t left = (w->until_us - clock_monotonic_us() + 999) / 1000;

	if (w->ends_at_stop && stop_note_read() != STOP_NONE)
		return 0;
	return left > 0 ? (int)left : 0;
}

/* ---- Opening ---- */

static struct soju_wire *
no_wire(struct soju_wire *w, enum err *e, enum err is, const char **why, const char *reason)
{
	*e = is;
	*why = reason;
	soju_wire_close(w);
	return NULL;
}

/* The path of a socket, or NULL where the address is of another kind. */
static const char *
socket_path(const char *address)
{
	if (strncmp(address, "unix://", 7) == 0)
		address += 7;
	return *address == '/' ? address : NULL;
}

/* A full queue of the listener is told at once, and there is nothing to poll for. */
static int
connect_socket(const struct soju_wire *w, const struct sockaddr_un *to)
{
	while (connect(w->fd, (const struct sockaddr *)to, sizeof(*to)) != 0) {
		if (errno == EISCONN)
			break;
		if ((errno != EAGAIN && errno != EINTR) || left_ms(w) == 0)
			return errno;
		poll(NULL, 0, BUSY_MS);
	}
	return 0;
}

static struct soju_wire *
open_socket(struct soju_wire *w, const char *path, enum err *e, const char **why)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int failed;

	if (strlen(path) >= sizeof(to.sun_path))
		return no_wire(
		    w, e, ERR_INVALID, why, "the path of soju's admin socket is too long");
	memcpy(to.sun_path, path, strlen(path) + 1);
	w->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return no_wire(w, e, ERR_INTERNAL, why, "no socket can be made");
	failed = connect_socket(w, &to);
	if (failed == EACCES || failed == EPERM)
		return no_wire(
		    w, e, ERR_FORBIDDEN, why, "soju's admin socket may not be opened by us");
	if (failed == EAGAIN || failed == EINTR)
		return no_wire(w, e, ERR_TIMEOUT, why, "soju's admin socket is busy");
	if (failed != 0)
		return no_wire(w, e, ERR_UPSTREAM, why, "nobody listens on soju's admin socket");
	return w;
}

/* http:// or https:// in place of IRC's schemes: libcurl only connects, and never says a word. */
static const char *
url_for_curl(struct arena *a, const char *address)
{
	const bool is_tls = strncmp(address, "ircs://", 7) == 0;
	const char *host = address + (is_tls ? 7 : 15), *after, *port = "";
	struct url u;

	if (!is_tls && strncmp(address, "irc+insecure://", 15) != 0)
		return NULL;
	after = strrchr(host, ']') != NULL ? strrchr(host, ']') : host;
	if (strchr(after, ':') == NULL)
		port = is_tls ? ":6697" : ":6667";
	address = arena_printf(
	    a, "%s://%.*s%s", is_tls ? "https" : "http", (int)strcspn(host, "/"), host, port);
	if (url_parse(&u, a, address) != ERR_OK || host[strcspn(host, "/")] != '\0')
		return NULL;
	return address;
}

/* Called by libcurl about once a second; anything but 0 ends the attempt. */
static int
look_at_stop(void *arg, curl_off_t to_get, curl_off_t got, curl_off_t to_send, curl_off_t sent)
{
	(void)to_get;
	(void)got;
	(void)to_send;
	(void)sent;
	return left_ms(arg) == 0;
}

static unsigned
set_options(struct soju_wire *w, const char *url, const char *ca_file)
{
	CURL *c = w->curl;
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_URL, url);
	failed |= curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms(w));
	failed |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	failed |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_at_stop);
	failed |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, w);
	failed |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	failed |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	failed |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L);
	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	failed |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (ca_file != NULL && *ca_file != '\0') {
		failed |= curl_easy_setopt(c, CURLOPT_CAINFO, ca_file);
		failed |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	return failed;
}

static struct soju_wire *
open_curl(struct soju_wire *w, const char *url, const char *ca_file, enum err *e, const char **why)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	CURLcode code;

	w->is_irc = true;
	w->curl = curl_easy_init();
	if (w->curl == NULL || set_options(w, url, ca_file) != 0)
		return no_wire(w, e, ERR_INTERNAL, why, "libcurl refused its options");
	code = curl_easy_perform(w->curl);
	if (code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK)
		return no_wire(w, e, ERR_TIMEOUT, why, "no connection to soju in time");
	if (code != CURLE_OK)
		return no_wire(w, e, ERR_UPSTREAM, why, curl_easy_strerror(code));
	if (curl_easy_getinfo(w->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd < 0)
		return no_wire(w, e, ERR_UPSTREAM, why, "the connection to soju is gone");
	w->fd = fd;
	return w;
}

struct soju_wire *
soju_wire_open(const struct soju_door_target *t, struct arena *a, enum err *e, const char **why)
{
	struct soju_wire *w = xcalloc(1, sizeof(*w));
	const char *path = socket_path(t->address), *url;

	w->fd = -1;
	w->until_us = clock_monotonic_us() + (int64_t)t->timeout_ms * 1000;
	w->ends_at_stop = t->ends_at_stop;
	*e = ERR_OK;
	if (path != NULL)
		return open_socket(w, path, e, why);
	url = url_for_curl(a, t->address);
	if (url == NULL)
		return no_wire(w, e, ERR_INVALID, why, "the address of soju is none");
	return open_curl(w, url, t->ca_file, e, why);
}

bool
soju_wire_is_irc(const struct soju_wire *w)
{
	return w->is_irc;
}

void
soju_wire_close(struct soju_wire *w)
{
	if (w == NULL)
		return;
	if (w->curl != NULL)
		curl_easy_cleanup(w->curl); /* and its socket */
	else if (w->fd >= 0)
		close(w->fd);
	if (w->out.s != NULL)
		OPENSSL_cleanse(w->out.s, w->out.size);
	strbuf_free(&w->out);
	strbuf_free(&w->in);
	free(w);
}

/* ---- Bytes; the number of them, 0: not now, -1: it is closed ---- */

static ssize_t
send_some(struct soju_wire *w, const char *bytes, size_t len)
{
	size_t n = 0;
	ssize_t got;
	CURLcode code;

	if (w->curl != NULL) {
		code = curl_easy_send(w->curl, bytes, len, &n);
		if (code != CURLE_OK && code != CURLE_AGAIN)
			return -1;
		return (ssize_t)n;
	}
	got = send(w->fd, bytes, len, MSG_NOSIGNAL);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return got;
}

static ssize_t
receive_some(struct soju_wire *w, char *bytes, size_t size)
{
	size_t n = 0;
	ssize_t got;
	CURLcode code;

	if (w->curl != NULL) {
		code = curl_easy_recv(w->curl, bytes, size, &n);
		if (code == CURLE_AGAIN)
			return 0;
		return code == CURLE_OK && n > 0 ? (ssize_t)n : -1;
	}
	got = recv(w->fd, bytes, size, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return got > 0 ? got : -1;
}

/* What was said may be a password: it is not left in memory. */
static void
flush(struct soju_wire *w)
{
	ssize_t n;

	while (w->sent < w->out.len) {
		n = send_some(w, w->out.s + w->sent, w->out.len - w->sent);
		if (n < 0)
			w->is_closed = true;
		if (n <= 0)
			return;
		w->sent += (size_t)n;
	}
	if (w->out.s != NULL)
		OPENSSL_cleanse(w->out.s, w->out.len);
	strbuf_clear(&w->out);
	w->sent = 0;
}

/* What was read is forgotten first: the buffer never holds more than a line and a piece. */
static bool
fill(struct soju_wire *w)
{
	char bytes[READ_BYTES];
	ssize_t n;

	if (w->read > 0) {
		memmove(w->in.s, w->in.s + w->read, w->in.len - w->read);
		strbuf_cut(&w->in, w->in.len - w->read);
		w->read = 0;
	}
	n = receive_some(w, bytes, sizeof(bytes));
	if (n < 0)
		w->is_closed = true;
	if (n <= 0)
		return false;
	strbuf_add(&w->in, bytes, (size_t)n);
	return true;
}

static enum err
wait_for(const struct soju_wire *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int left = left_ms(w);

	if (w->sent < w->out.len)
		p.events |= POLLOUT;
	if (left == 0)
		return ERR_TIMEOUT;
	if (w->ends_at_stop && left > STOP_MS)
		left = STOP_MS;
	if (poll(&p, 1, left) < 0 && errno != EINTR)
		return ERR_UPSTREAM;
	return ERR_OK;
}

/* ---- Lines ---- */

void
soju_wire_put(struct soju_wire *w, const char *before, const char *line)
{
	strbuf_reserve(&w->out, strlen(before) + strlen(line) + 3);
	strbuf_puts(&w->out, before);
	strbuf_puts(&w->out, line);
	strbuf_puts(&w->out, "\r\n");
}

/* The next whole line of what has come; NULL: there is none yet. */
static char *
take_line(struct soju_wire *w)
{
	char *from, *end;

	if (w->read >= w->in.len)
		return NULL;
	from = w->in.s + w->read;
	end = memchr(from, '\n', w->in.len - w->read);
	if (end == NULL)
		return NULL;
	w->read = (size_t)(end - w->in.s) + 1;
	*end = '\0';
	if (end > from && end[-1] == '\r')
		end[-1] = '\0';
	return from;
}

/*
 * What came before the end is still read: the last line tells why it was the end. Whoever never
 * stops talking runs out of time like whoever never begins.
 */
enum err
soju_wire_line(struct soju_wire *w, char **line)
{
	enum err e;

	for (;;) {
		*line = take_line(w);
		if (*line != NULL)
			return ERR_OK;
		if (w->in.len - w->read > LINE_MAX_BYTES)
			return ERR_UPSTREAM;
		flush(w);
		if (left_ms(w) == 0)
			return ERR_TIMEOUT;
		if (fill(w))
			continue;
		if (w->is_closed)
			return ERR_UPSTREAM;
		e = wait_for(w);
		if (e != ERR_OK)
			return e;
	}
}
