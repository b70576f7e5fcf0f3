#include "web/web_origin.h"

#include <string.h>

#include "base/settings.h"
#include "base/url.h"

static bool
is_ours(struct web_flow *f, const char *origin)
{
	struct url theirs, ours;

	return url_parse(&theirs, &f->arena, origin) == ERR_OK &&
	       url_parse(&ours, &f->arena, settings.public_url) == ERR_OK &&
	       url_same_origin(&theirs, &ours);
}

bool
web_origin_is_foreign(struct web_flow *f)
{
	const char *site = web_flow_request_header(f, "sec-fetch-site");
	const char *origin = web_flow_request_header(f, "origin");

	if (site != NULL)
		return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	return origin != NULL && !is_ours(f, origin);
}
