/* How the simulator answers: the few things every handler says to Kore. */
#ifndef REPLY_H
#define REPLY_H

#include <kore/kore.h>
#include <kore/http.h>

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

/* All return what the handler returns to Kore. */
int reply_bytes(struct http_request *, int status, const char *type, const void *, size_t len);
/* Releases the JSON. */
int reply_json(struct http_request *, int status, json_t *);
/* {"error":"<word>","message":"<sentence>"}, for txt, pics and control. */
int reply_problem(struct http_request *, int status, const char *word, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* An HTML page; empties the buffer. */
int reply_page(struct http_request *, int status, struct strbuf *);
int reply_redirect(struct http_request *, int status, const char *url);

/* Leaves out a header whose value holds CR or LF, which Kore would send as it is. */
void reply_header(struct http_request *, const char *name, const char *value);
/* True when the method is one of those; HEAD counts as GET. Else 405 has been answered. */
bool reply_allows(struct http_request *, int methods);
/* The request header, NULL when it was not sent. */
const char *reply_request_header(struct http_request *, const char *name);
/* The token of "Authorization: Bearer <token>", else NULL. */
const char *reply_bearer(struct http_request *);
/* The form in the body; its content type must say so. As form_read(). */
enum err reply_form(struct http_request *, json_t **form);

#endif
