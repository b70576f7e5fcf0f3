/*
 * Files that are part of the program: kodev embeds everything under assets/ (templates too). Style
 * sheets, scripts and icons are served under their hash and may be kept for ever; templates are not
 * served.
 */
#ifndef WEB_WEB_ASSET_H
#define WEB_WEB_ASSET_H

#include <kore/kore.h>
#include <kore/http.h>
#include <stddef.h>

#include "base/err.h"

int asset_show(struct http_request *);	  /* /assets/<hash>/<file> */
int asset_favicon(struct http_request *); /* /favicon.ico */
int asset_robots(struct http_request *);  /* /robots.txt */

/* Joins the style sheets and hashes what is served. ERR_NOT_FOUND: a file is not embedded (logged).
 */
enum err web_asset_init(void);
/* "/assets/<hash>/portal.css"; "" if there is no such file. */
const char *web_asset_href(const char *file);
/* The NUL-terminated bytes of an embedded file; NULL if there is none of that name. */
const char *web_asset_embedded(const char *file, size_t *len);

#endif
