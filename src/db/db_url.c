#include "db/db_url.h"

#include <libpq-fe.h>
#include <string.h>

#include "base/strbuf.h"

void
db_url_add_pair(struct strbuf *out, const char *key, const char *value)
{
	strbuf_printf(out, "%s='", key);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *value);
	}
	strbuf_puts(out, "' ");
}

const char *
db_url_given(const PQconninfoOption *options, const char *key)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, key) == 0)
			return options->val;
	return NULL;
}

static void
add_default(struct strbuf *out, const PQconninfoOption *options, const char *key, const char *value)
{
	if (db_url_given(options, key) == NULL)
		db_url_add_pair(out, key, value);
}

char *
db_url_conninfo(struct arena *a, const char *url, int timeout_ms)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL), *o;
	struct strbuf out = { 0 };
	char *conninfo;

	if (options == NULL)
		return NULL;
	for (o = options; o->keyword != NULL; o++)
		if (o->val != NULL)
			db_url_add_pair(&out, o->keyword, o->val);
	add_default(&out, options, "connect_timeout", "2");
	add_default(&out, options, "gssencmode", "disable");
	add_default(&out, options, "tcp_user_timeout", "5000");
	add_default(&out, options, "keepalives_idle", "5");
	add_default(&out, options, "keepalives_interval", "2");
	add_default(&out, options, "keepalives_count", "3");
	add_default(&out, options, "application_name", "portal");
	if (timeout_ms > 0)
		add_default(&out, options, "options",
		    arena_printf(a, "-c statement_timeout=%d", timeout_ms));
	conninfo = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	PQconninfoFree(options);
	return conninfo;
}
