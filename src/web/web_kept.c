#include "web/web_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/keep.h"
#include "base/xmalloc.h"

#define BODY_BYTES_MAX 32768

static void
free_body(void *value)
{
	strbuf_free(value);
	free(value);
}

static struct keep_store store = { .free = free_body };

static bool
make_key(struct keep_key *k, const struct web_flow *f)
{
	const char *qs = f->req->query_string != NULL ? f->req->query_string : "";

	*k = (struct keep_key){ .kind = f->def };
	return keep_key_add(k, f->session.token_hash, sizeof(f->session.token_hash)) &&
	       keep_key_add(k, f->req->path, strlen(f->req->path)) &&
	       keep_key_add(k, qs, strlen(qs));
}

static bool
is_keepable(const struct web_flow *f)
{
	return f->def->keep_ms > 0 && f->req->method & WEB_GET && f->session.user_id != 0 &&
	       keep_is_on();
}

const struct strbuf *
web_kept_find(const struct web_flow *f)
{
	struct keep_key k;

	if (!is_keepable(f) || !make_key(&k, f))
		return NULL;
	return keep_find(&store, &k, clock_monotonic_us());
}

/* What was true when the request began is what the page shows at least. */
void
web_kept_put(const struct web_flow *f, struct strbuf *body)
{
	struct keep_key k;
	struct strbuf *kept;

	if (!is_keepable(f) || f->status != HTTP_STATUS_OK || f->nheaders > 0 ||
	    body->len > BODY_BYTES_MAX || !make_key(&k, f))
		return;
	kept = xcalloc(1, sizeof(*kept));
	*kept = *body;
	*body = (struct strbuf){ 0 };
	keep_put(&store, &k, kept, f->session.user_id, f->started_us, f->def->keep_ms);
}
