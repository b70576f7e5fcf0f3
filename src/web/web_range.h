/* What part of a file a request asks for (RFC 9110, 13 and 14). Pure. */
#ifndef WEB_WEB_RANGE_H
#define WEB_WEB_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum web_range_kind {
	WEB_RANGE_ALL,	/* the whole file, 200 */
	WEB_RANGE_PART, /* 206 */
	WEB_RANGE_NONE, /* nothing of it lies in the file, 416 */
	WEB_RANGE_SAME	/* the visitor has it already, 304 */
};

/* Bytes from..until, the last one not included. */
struct web_range {
	enum web_range_kind kind;
	int64_t from, until;
};

/* The request's headers, NULL where one was not sent. */
struct web_range_ask {
	const char *range, *if_range, *if_none_match;
};

/*
 * `etag` is strong, with its quotes. One range is served; several, other units and what cannot be
 * read are answered with the whole file, as the standard allows.
 */
struct web_range web_range_choose(const struct web_range_ask *, const char *etag, int64_t size);

#endif
