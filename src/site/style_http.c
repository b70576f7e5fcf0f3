#include "site/style_http.h"

#include "base/clock.h"
#include "site/style_view.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#ifdef PORTAL_DEV
static const bool is_dev = true;
#else
static const bool is_dev = false;
#endif

struct style_page {
	struct web_flow flow;
	struct style_view view;
};

/* As to somebody who is signed in, whoever it is: the navigation is part of it. */
static enum err
style_render(struct web_flow *f, struct strbuf *out)
{
	struct style_view *v = &((struct style_page *)f)->view;

	if (!is_dev)
		return ERR_NOT_FOUND;
	style_view_init(v, clock_now(), &f->arena);
	web_page_frame(f, &v->frame, "Every part");
	v->frame.more_css_href = web_asset_href("charts.css");
	v->frame.account = "alice@example.org";
	style_view_nav(v, &f->arena);
	return web_template_render(&style_view_type, v, out);
}

int
style_index(struct http_request *req)
{
	static const struct web_page_def def = { .name = "style",
		.methods = WEB_GET,
		.size = sizeof(struct style_page),
		.render = style_render };

	return web_flow_run(req, &def);
}
