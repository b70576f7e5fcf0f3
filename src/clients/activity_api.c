#include "clients/activity_api.h"

#include "base/json_read.h"
#include "base/rfc3339.h"
#include "base/url.h"

enum err
activity_api_request(struct call_request *req, struct arena *a, const struct activity_api *api,
    int64_t day, const char *after)
{
	int year, month, mday;

	if (!call_is_word(api->secret) || rfc3339_date(day, &year, &month, &mday) != ERR_OK)
		return ERR_INVALID;
	*req = (struct call_request){ .method = CALL_GET, .timeout_ms = api->timeout_ms };
	req->url = arena_printf(a, "%s/api/activity?day=%04d-%02d-%02d%s%s", api->base, year, month,
	    mday, after != NULL ? "&after=" : "", after != NULL ? url_encode(a, after) : "");
	call_header(req, a, "accept", "application/json");
	if (*api->secret != '\0')
		call_header(req, a, "authorization", "Bearer %s", api->secret);
	return ERR_OK;
}

static enum err
read_subs(struct activity_page *p, struct arena *a, const struct json *subs)
{
	p->subs = arena_array(a, subs->n + 1, sizeof(*p->subs));
	for (size_t i = 0; i < subs->n; i++) {
		if (subs->items[i].kind != JSON_KIND_TEXT)
			return ERR_UPSTREAM;
		p->subs[p->n++] = subs->items[i].text;
	}
	return ERR_OK;
}

enum err
activity_api_reply(struct activity_page *p, struct arena *a, const struct call_reply *reply)
{
	const struct json *root, *subs;
	enum err e = call_reply_err(reply);

	*p = (struct activity_page){ 0 };
	if (e != ERR_OK)
		return e;
	if (json_read_parse(&root, a, reply->body, reply->body_len) != ERR_OK ||
	    json_read_array(root, "subs", &subs) != ERR_OK ||
	    json_read_text(root, "next", &p->next) == ERR_INVALID)
		return ERR_UPSTREAM;
	if (p->next != NULL && *p->next == '\0')
		return ERR_UPSTREAM;
	return read_subs(p, a, subs);
}
