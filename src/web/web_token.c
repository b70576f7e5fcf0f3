#include "web/web_token.h"

#include "base/bearer.h"
#include "base/clock.h"

const char *
web_token_text(struct web_flow *f)
{
	return bearer_text(web_flow_request_header(f, "authorization"));
}

enum err
web_token_look(struct web_flow *f)
{
	enum err e = web_limit_look(
	    LIMIT_TOKEN, &f->client.any, clock_monotonic_us() / 1000, &f->retry_after_s);

	web_flow_explain_limit(f, LIMIT_TOKEN, e);
	return e;
}

enum err
web_token_refuse(struct web_flow *f, const char *sentence)
{
	enum err e = web_limit_address(
	    LIMIT_TOKEN, &f->client.any, clock_monotonic_us() / 1000, &f->retry_after_s);

	web_flow_explain_limit(f, LIMIT_TOKEN, e);
	if (e != ERR_OK)
		return e;
	web_flow_header(f, "www-authenticate", "Bearer");
	return web_flow_fail_advised(f, ERR_UNAUTHORIZED, sentence);
}
