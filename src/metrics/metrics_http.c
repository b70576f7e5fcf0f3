#include "metrics/metrics_http.h"

#include "base/clock.h"
#include "metrics/metrics.h"
#include "metrics/metrics_accept.h"
#include "web/web_flow.h"

static enum err
metrics_render(struct web_flow *f, struct strbuf *out)
{
	const enum metrics_format format = metrics_accept(web_flow_request_header(f, "accept"));

	f->type = metrics_types[format];
	metrics_write(out, format, clock_now());
	return ERR_OK;
}

int
metrics_index(struct http_request *req)
{
	static const struct web_page_def def = { .name = "metrics",
		.methods = WEB_GET,
		.is_anonymous = true,
		.type = "text/plain; charset=utf-8", /* of an error; else one of metrics_types */
		.size = sizeof(struct web_flow),
		.render = metrics_render };

	return web_flow_run(req, &def);
}
