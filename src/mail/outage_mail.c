#include "mail/outage_mail.h"

#include "base/human.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/url.h"
#include "clients/soju_admin.h"

#define NAME_POINTS 60
#define ADDRESS_POINTS 100
#define ERROR_POINTS 300

/* What strangers chose, in one line. */
static const char *
safe(struct arena *a, const char *text, size_t points)
{
	return text_short(a, text_safe(a, text), points);
}

const char *
outage_mail_subject(
    struct arena *a, const struct outage_account *account, const struct outage_mail_facts *f)
{
	if (account->n > 1)
		return arena_printf(a, "%s of your bouncers are not connected",
		    human_plural(a, (int64_t)account->n, "network", "networks"));
	return arena_printf(a, "%s is not connected to %s, for %s now",
	    safe(a, account->outages->bouncer, NAME_POINTS),
	    safe(a, account->outages->network, NAME_POINTS),
	    human_span(a, account->outages->since, f->now));
}

static void
add_outage(
    struct strbuf *out, struct arena *a, const struct outage *o, const struct outage_mail_facts *f)
{
	strbuf_printf(out, "%s\n", safe(a, o->network, NAME_POINTS));
	strbuf_printf(out, "  of your bouncer %s, at %s\n", safe(a, o->bouncer, NAME_POINTS),
	    safe(a, o->address, ADDRESS_POINTS));
	strbuf_printf(out, "  Not connected since %s, for %s.\n", human_time(a, o->since),
	    human_span(a, o->since, f->now));
	strbuf_printf(
	    out, "  Why: %s\n", safe(a, soju_admin_plain_error(a, o->error), ERROR_POINTS));
	strbuf_printf(out, "  See and change it: %s/bouncers/%s\n\n", f->public_url,
	    url_encode(a, o->bouncer));
}

const char *
outage_mail_text(
    struct arena *a, const struct outage_account *account, const struct outage_mail_facts *f)
{
	const size_t n = account->n < OUTAGE_MAIL_LISTED_MAX ? account->n : OUTAGE_MAIL_LISTED_MAX;
	struct strbuf out = { 0 };
	const char *text;

	strbuf_puts(&out, account->n == 1
			      ? "Hello,\n\nyour bouncer is not connected to this network:\n\n"
			      : "Hello,\n\nyour bouncers are not connected to these networks:\n\n");
	for (size_t i = 0; i < n; i++)
		add_outage(&out, a, &account->outages[i], f);
	if (account->n > n)
		strbuf_printf(&out, "And %s more.\n\n", human_count(a, (int64_t)(account->n - n)));
	strbuf_puts(&out,
	    "Your bouncer goes on trying by itself, so if the network is only away for a while,\n"
	    "there is nothing to do. If the reason above speaks of a password, a nick or an\n"
	    "address, change it on the page of the bouncer. A network that you do not need any\n"
	    "more can be switched off or removed there; then you will not be told about it.\n\n");
	strbuf_printf(&out,
	    "-- \n%s sends at most one such mail a day. To get none any more:\n%s\n",
	    safe(a, f->site_name, NAME_POINTS), f->unsubscribe_url);
	text = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}
