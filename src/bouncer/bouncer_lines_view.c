/* See bouncer_page_view.h: the networks of a bouncer, each with state, channels and past. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "bouncer/bouncer_page_parts.h"

VIEW_DEFINE(bouncer_channel, BOUNCER_CHANNEL)
VIEW_DEFINE(bouncer_line, BOUNCER_LINE)

#define NAME_POINTS 60
#define ERROR_POINTS 300

/* What wants a look first. */
static int
rank(const struct bouncer_network *n)
{
	static const int ranks[SOJU_LINK__MAX] = {
		[SOJU_LINK_DISCONNECTED] = 0, [SOJU_LINK_CONNECTED] = 1, [SOJU_LINK_DISABLED] = 2
	};

	return ranks[n->link];
}

static int
compare(const void *a, const void *b)
{
	const struct bouncer_network *x = a, *y = b;

	return rank(x) != rank(y) ? rank(x) - rank(y) : strcmp(x->name, y->name);
}

static const char *
shown(struct arena *a, const char *name)
{
	return text_short(a, text_safe(a, name), NAME_POINTS);
}

/* ---- channels, as soju's database has them ---- */

static const struct soju_network *
known_of(const struct soju_answer *s, const char *name)
{
	for (size_t i = 0; i < s->nnetworks; i++)
		if (strcmp(s->networks[i].name, name) == 0)
			return &s->networks[i];
	return NULL;
}

static void
channels_init(struct bouncer_line_view *v, const struct soju_network *n, struct arena *a)
{
	const size_t listed =
	    n->nchannels < BOUNCER_PAGE_CHANNELS ? n->nchannels : BOUNCER_PAGE_CHANNELS;
	const int64_t all = (int64_t)n->nchannels + n->channels_left;

	v->channels.n = listed;
	v->channels.v = arena_array(a, listed, sizeof(*v->channels.v));
	for (size_t i = 0; i < listed; i++)
		v->channels.v[i] =
		    (struct bouncer_channel_view){ .name = shown(a, n->channels[i].name),
			    .is_detached = n->channels[i].is_detached };
	v->channels_words = all > 0 ? human_plural(a, all, "channel", "channels")
				    : "No channel yet: join one from your IRC client.";
	if (all > (int64_t)listed)
		v->channels_left = arena_printf(a, "And %s that are not listed here.",
		    human_plural(a, all - (int64_t)listed, "channel", "channels"));
}

/* ---- one network ---- */

static void
link_init(
    struct bouncer_line_view *v, const struct bouncer_network *n, int64_t now, struct arena *a)
{
	static const struct {
		const char *word, *tone;
	} links[SOJU_LINK__MAX] = {
		[SOJU_LINK_CONNECTED] = { "Connected", "good" },
		[SOJU_LINK_DISCONNECTED] = { "Not connected", "bad" },
		[SOJU_LINK_DISABLED] = { "Switched off", "off" },
	};

	v->word = links[n->link].word;
	v->tone = links[n->link].tone;
	if (n->since > 0)
		time_view_init(&v->since, n->since, now, a);
	if (now - n->sampled_at > BOUNCER_SAMPLE_OLD_S)
		time_view_init(&v->age, n->sampled_at, now, a);
	if (n->link != SOJU_LINK_DISCONNECTED)
		return;
	v->reason = soju_admin_plain_error(a, n->error);
	if (n->error != NULL)
		v->error = text_short(a, text_safe(a, n->error), ERROR_POINTS);
}

static void
ways_init(struct bouncer_line_view *v, const struct bouncer_page_words *w, const char *name,
    enum soju_link link, struct arena *a)
{
	const char *bouncer = w->facts->bouncer.name;
	const bool is_off = link == SOJU_LINK_DISABLED;
	const char *query = arena_printf(a, "?name=%s", url_encode(a, name));

	v->edit_href = bouncer_href(a, bouncer, arena_printf(a, "/networks/edit%s", query));
	v->drop_href = bouncer_href(a, bouncer, arena_printf(a, "/networks/remove%s", query));
	v->switch_action =
	    bouncer_href(a, bouncer, is_off ? "/networks/enable" : "/networks/disable");
	v->switch_csrf = is_off ? w->enable_csrf : w->disable_csrf;
	v->switch_label = is_off ? "Switch on" : "Switch off";
}

/* Its name travels back in forms as it is; on the page it stands as `called`. */
static void
line_init(struct bouncer_line_view *v, const struct bouncer_page_words *w,
    const struct bouncer_network *n, bool is_changeable, struct arena *a)
{
	const struct bouncer_page_facts *f = w->facts;
	const struct soju_network *known =
	    f->soju_state.answered_at > 0 ? known_of(&f->soju, n->name) : NULL;

	v->id = n->name;
	v->name = shown(a, n->name);
	v->address = strcmp(n->name, n->address) != 0 ? shown(a, n->address) : NULL;
	v->nick = n->nick != NULL ? shown(a, n->nick) : NULL;
	link_init(v, n, w->now, a);
	if (known != NULL)
		channels_init(v, known, a);
	else if (n->channels >= 0)
		v->channels_words = human_plural(a, n->channels, "channel", "channels");
	bouncer_past_init(&v->past, f, n->name, v->name, w->now, a);
	v->is_changeable = is_changeable;
	if (is_changeable)
		ways_init(v, w, n->name, n->link, a);
}

/* Where no sample told of networks, those in soju's database, whose state is not known. */
static void
unsampled_line(struct bouncer_line_view *v, const struct soju_network *n, struct arena *a)
{
	v->id = n->name;
	v->name = shown(a, n->name);
	v->address = strcmp(n->name, n->address) != 0 ? shown(a, n->address) : NULL;
	v->word = n->is_enabled ? "Switched on" : "Switched off";
	v->tone = n->is_enabled ? NULL : "off";
	v->past.unknown = "Whether it is connected is not reported here.";
	channels_init(v, n, a);
}

static size_t
first_of_page(const struct bouncer_page_words *w, size_t n, int64_t *page)
{
	const int64_t pages =
	    n == 0 ? 1 : ((int64_t)n + BOUNCER_PAGE_NETWORKS - 1) / BOUNCER_PAGE_NETWORKS;

	*page = w->page < 1 ? 1 : w->page > pages ? pages : w->page;
	return (size_t)(*page - 1) * BOUNCER_PAGE_NETWORKS;
}

void
bouncer_lines_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct bouncer_page_facts *f = w->facts;
	const bool is_sampled = f->nnetworks > 0;
	const bool is_known = f->soju_state.answered_at > 0;
	const size_t all = is_sampled ? f->nnetworks : is_known ? f->soju.nnetworks : 0;
	int64_t page;
	const size_t first = first_of_page(w, all, &page);

	if (is_sampled)
		qsort(f->networks, f->nnetworks, sizeof(*f->networks), compare);
	v->networks.n = all - first < BOUNCER_PAGE_NETWORKS ? all - first : BOUNCER_PAGE_NETWORKS;
	v->networks.v = arena_array(a, v->networks.n, sizeof(*v->networks.v));
	for (size_t i = 0; i < v->networks.n; i++) {
		struct bouncer_line_view *line = &v->networks.v[i];

		if (is_sampled)
			line_init(line, w, &f->networks[first + i], v->is_usable, a);
		else
			unsampled_line(line, &f->soju.networks[first + i], a);
		line->number = line->past.number = (int64_t)(first + i) + 1;
	}
	pager_view_init(&v->pager, bouncer_href(a, f->bouncer.name, ""), page,
	    BOUNCER_PAGE_NETWORKS, (int64_t)all, a);
	v->is_empty = all == 0 && (f->bouncer.networks_at > 0 || is_known);
}
