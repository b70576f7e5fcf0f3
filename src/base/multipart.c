#include "base/multipart.h"

#include <string.h>

enum place {
	AT_START,    /* in the first boundary */
	AT_BOUNDARY, /* behind one: a line end, or the "--" of the last */
	AT_HEAD,
	AT_DATA,
	AT_CLOSED, /* behind the last */
	PLACE__MAX
};

struct multipart {
	const struct multipart_handler *handler;
	void *arg;
	enum place place;
	enum err err;
	const char *sentence;
	/* CR LF "--" and the boundary. It has no other CR, so what matched only in part can be
	 * followed by a new match, but not hold the begin of one. */
	char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1];
	size_t delimiter_len;
	size_t matched; /* bytes of the delimiter, or of what ends a boundary's line */
	char first;	/* of the two bytes behind a boundary */
	size_t nparts, head_len;
	char head[MULTIPART_HEAD_BYTES_MAX];
};

static void
fail(struct multipart *m, enum err e, const char *sentence)
{
	m->err = e;
	m->sentence = sentence;
}

static void
go_to(struct multipart *m, enum place place)
{
	m->place = place;
	m->matched = 0;
}

/* ---- What is read at each place; each returns how many bytes it took ---- */

/* The CR LF that comes before all others is not there before the first. */
static size_t
take_start(struct multipart *m, const char *bytes, size_t len)
{
	(void)len;
	if (*bytes != m->delimiter[2 + m->matched])
		fail(m, ERR_INVALID, "The form does not begin with its boundary.");
	else if (2 + ++m->matched == m->delimiter_len)
		go_to(m, AT_BOUNDARY);
	return 1;
}

static void
begin_head(struct multipart *m)
{
	m->head_len = 0;
	if (++m->nparts > MULTIPART_PARTS_MAX)
		fail(m, ERR_TOO_LARGE, "The form has too many parts.");
	go_to(m, AT_HEAD);
}

static size_t
take_boundary(struct multipart *m, const char *bytes, size_t len)
{
	(void)len;
	if (m->matched++ == 0)
		m->first = *bytes;
	else if (m->first == '\r' && *bytes == '\n')
		begin_head(m);
	else if (m->first == '-' && *bytes == '-')
		go_to(m, AT_CLOSED);
	else
		fail(m, ERR_INVALID, "A boundary of the form goes on where it should end.");
	return 1;
}

static void
begin_part(struct multipart *m)
{
	struct multipart_part part;
	const char *sentence = NULL;
	enum err e = multipart_head_read(&part, m->head, m->head_len - 2, &sentence);

	if (e == ERR_OK)
		e = m->handler->begin(m->arg, &part);
	if (e != ERR_OK)
		fail(m, e, sentence);
	go_to(m, AT_DATA);
}

/* An empty line ends it. */
static bool
is_head_over(const struct multipart *m)
{
	if (m->head_len == 2)
		return memcmp(m->head, "\r\n", 2) == 0;
	return m->head_len > 3 && memcmp(m->head + m->head_len - 4, "\r\n\r\n", 4) == 0;
}

static size_t
take_head(struct multipart *m, const char *bytes, size_t len)
{
	(void)len;
	m->head[m->head_len++] = *bytes;
	if (is_head_over(m))
		begin_part(m);
	else if (m->head_len == sizeof(m->head))
		fail(m, ERR_TOO_LARGE, "The head of a part of the form is too long.");
	return 1;
}

static void
give(struct multipart *m, const char *bytes, size_t len)
{
	enum err e = m->handler->data(m->arg, bytes, len);

	if (e != ERR_OK)
		fail(m, e, NULL);
}

static void
end_part(struct multipart *m)
{
	enum err e = m->handler->end(m->arg);

	if (e != ERR_OK)
		fail(m, e, NULL);
	go_to(m, AT_BOUNDARY);
}

static size_t
take_data(struct multipart *m, const char *bytes, size_t len)
{
	const char *cr = m->matched == 0 ? memchr(bytes, '\r', len) : bytes;

	if (cr != bytes) {
		len = cr != NULL ? (size_t)(cr - bytes) : len;
		give(m, bytes, len);
		return len;
	}
	if (*bytes != m->delimiter[m->matched]) {
		give(
		    m, m->delimiter, m->matched); /* it was data, and this byte is looked at anew */
		m->matched = 0;
		return 0;
	}
	if (++m->matched == m->delimiter_len)
		end_part(m);
	return 1;
}

/* One line end, and no more. */
static size_t
take_closed(struct multipart *m, const char *bytes, size_t len)
{
	(void)len;
	if (m->matched == 2 || *bytes != "\r\n"[m->matched])
		fail(m, ERR_INVALID, "The form goes on behind its last boundary.");
	else
		m->matched++;
	return 1;
}

/* ---- The reader ---- */

enum err
multipart_new(struct multipart **made, struct arena *arena, const char *content_type,
    const struct multipart_handler *handler, void *arg)
{
	struct multipart *m = arena_alloc(arena, sizeof(*m));

	*made = m;
	m->handler = handler;
	m->arg = arg;
	memcpy(m->delimiter, "\r\n--", 4);
	m->err = multipart_head_boundary(m->delimiter + 4, content_type, &m->sentence);
	m->delimiter_len = strlen(m->delimiter);
	return m->err;
}

enum err
multipart_feed(struct multipart *m, const char *bytes, size_t len)
{
	static size_t (*const take[PLACE__MAX])(struct multipart *, const char *, size_t) = {
		[AT_START] = take_start,
		[AT_BOUNDARY] = take_boundary,
		[AT_HEAD] = take_head,
		[AT_DATA] = take_data,
		[AT_CLOSED] = take_closed,
	};
	size_t used;

	for (; len > 0 && m->err == ERR_OK; bytes += used, len -= used)
		used = take[m->place](m, bytes, len);
	return m->err;
}

enum err
multipart_end(struct multipart *m)
{
	if (m->err == ERR_OK && (m->place != AT_CLOSED || m->matched == 1))
		fail(m, ERR_INVALID,
		    "The form ends before its last boundary; it did not arrive whole.");
	return m->err;
}

const char *
multipart_sentence(const struct multipart *m)
{
	return m->sentence;
}
