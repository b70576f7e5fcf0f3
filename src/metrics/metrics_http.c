#include "metrics/metrics_http.h"

#include "base/clock.h"
#include "metrics/metrics.h"
#include "web/web_flow.h"

static enum err
metrics_render(struct web_flow *f, struct strbuf *out)
{
	(void)f;
	metrics_write(out, clock_now());
	return ERR_OK;
}

int
metrics_index(struct http_request *req)
{
	static const struct web_page_def def = { .name = "metrics",
		.methods = WEB_GET,
		.is_anonymous = true,
		.type = "text/plain; version=0.0.4; charset=utf-8",
		.size = sizeof(struct web_flow),
		.render = metrics_render };

	return web_flow_run(req, &def);
}
