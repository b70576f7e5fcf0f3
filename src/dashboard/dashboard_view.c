/* See dashboard_view.h. First figures and ages, then each card in the order of the page. */
#include "dashboard/dashboard_view.h"

#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "billing/plan.h"

/* In code points; the whole name stands in the title attribute. */
#define NAME_POINTS 40
#define ADDRESS_POINTS 60
#define REASON_POINTS 80
#define SAMPLE_OLD_S 180 /* a bouncer is sampled every minute */

VIEW_DEFINE(dashboard_channel, DASHBOARD_CHANNEL)
VIEW_DEFINE(dashboard_network, DASHBOARD_NETWORK)
VIEW_DEFINE(dashboard_status, DASHBOARD_STATUS)
VIEW_DEFINE(dashboard_bouncer, DASHBOARD_BOUNCER)
VIEW_DEFINE(dashboard_content, DASHBOARD_CONTENT)
VIEW_DEFINE(dashboard, DASHBOARD)

/* What every part of the page is made with. */
struct maker {
	struct arena *arena;
	int64_t now;
};

static bool
is_known(const struct source_state *s)
{
	return s->answered_at > 0;
}

static bool
is_fresh(const struct source_state *s, int64_t now)
{
	return now - s->answered_at <= SOURCE_FRESH_S;
}

/* Why there is no answer; the first attempt may still be under way. */
static const char *
reason(const struct source_state *s)
{
	const char *why = source_failure_reason(s->failure);

	if (why != NULL)
		return why;
	return s->is_refreshing ? "the service is being asked" : "the service was not asked yet";
}

static void
age_init(const struct maker *m, struct time_view *age, const struct source_state *s)
{
	if (is_known(s) && !is_fresh(s, m->now))
		time_view_init(age, s->answered_at, m->now, m->arena);
}

/* Why an answer is not fresh, as the end of a sentence; NULL if it is or will be in a moment. */
static const char *
staleness(const struct maker *m, const struct source_state *s)
{
	if (!is_known(s) || is_fresh(s, m->now))
		return NULL;
	return source_failure_reason(s->failure);
}

/* `value` is shown if the source has answered. */
static void
figure_init(
    const struct maker *m, struct figure_view *f, const struct source_state *s, const char *value)
{
	if (!is_known(s)) {
		f->unknown = reason(s);
		return;
	}
	f->value = value;
	age_init(m, &f->age, s);
}

/* A stranger's name made safe and short; *full only if something was cut off. */
static const char *
name_init(const struct maker *m, const char *name, size_t points, const char **full)
{
	const char *safe = text_safe(m->arena, name != NULL && *name != '\0' ? name : "(no name)");
	const char *shown = text_short(m->arena, safe, points);

	*full = shown != safe ? safe : NULL;
	return shown;
}

/* ---- networks and channels ---- */

static const char *
more_words(const struct maker *m, size_t n, const char *one, const char *many)
{
	if (n <= DASHBOARD_LIST_SHOWN)
		return NULL;
	return human_plural(m->arena, (int64_t)(n - DASHBOARD_LIST_SHOWN), one, many);
}

/* What is known by number only; NULL if nothing is. */
static const char *
rest_words(const struct maker *m, int64_t left, const char *one, const char *many)
{
	if (left <= 0)
		return NULL;
	return arena_printf(
	    m->arena, "And %s not listed here.", human_plural(m->arena, left, one, many));
}

static void
channel_init(const struct maker *m, struct dashboard_channel_view *v, const struct soju_channel *c)
{
	v->name = name_init(m, c->name, NAME_POINTS, &v->full);
	v->is_detached = c->is_detached;
}

/* Its port apart: a narrow page breaks the line before it and not inside. */
static void
address_init(const struct maker *m, struct dashboard_network_view *v, const struct soju_network *n)
{
	const char *port;

	v->address = name_init(m, n->address, ADDRESS_POINTS, &v->address_full);
	port = strrchr(v->address, ':');
	if (port == NULL || port == v->address || port[1] == '\0' ||
	    strspn(port + 1, "0123456789") != strlen(port + 1))
		return;
	v->port = port;
	v->address = arena_strndup(m->arena, v->address, (size_t)(port - v->address));
}

static bool
has_own_name(const struct soju_network *n)
{
	return n->name == NULL || n->address == NULL || strcmp(n->name, n->address) != 0;
}

static void
channels_init(const struct maker *m, struct dashboard_network_view *v, const struct soju_network *n)
{
	size_t i, shown = n->nchannels < DASHBOARD_LIST_SHOWN ? n->nchannels : DASHBOARD_LIST_SHOWN;
	struct dashboard_channel_view *channels;

	channels = arena_array(m->arena, n->nchannels, sizeof(*channels));
	for (i = 0; i < n->nchannels; i++)
		channel_init(m, &channels[i], &n->channels[i]);
	v->has_channels = n->nchannels > 0;
	v->channels.v = channels;
	v->channels.n = shown;
	v->more.v = channels + shown;
	v->more.n = n->nchannels - shown;
	v->more_words = more_words(m, n->nchannels, "more channel", "more channels");
	v->rest_words = rest_words(m, n->channels_left, "more channel", "more channels");
}

static void
network_init(const struct maker *m, struct dashboard_network_view *v, const struct soju_network *n)
{
	const int64_t channels = (int64_t)n->nchannels + n->channels_left;

	if (has_own_name(n))
		v->name = name_init(m, n->name, NAME_POINTS, &v->full);
	address_init(m, v, n);
	v->is_enabled = n->is_enabled;
	if (channels > 0)
		v->count = human_plural(m->arena, channels, "channel", "channels");
	channels_init(m, v, n);
}

static void
networks_init(const struct maker *m, struct dashboard_bouncer_view *v, const struct soju_answer *a)
{
	size_t i, shown = a->nnetworks < DASHBOARD_LIST_SHOWN ? a->nnetworks : DASHBOARD_LIST_SHOWN;
	struct dashboard_network_view *networks;

	networks = arena_array(m->arena, a->nnetworks, sizeof(*networks));
	for (i = 0; i < a->nnetworks; i++)
		network_init(m, &networks[i], &a->networks[i]);
	v->networks.v = networks;
	v->networks.n = shown;
	v->more.v = networks + shown;
	v->more.n = a->nnetworks - shown;
	v->more_words = more_words(m, a->nnetworks, "more network", "more networks");
	v->rest_words = rest_words(m, a->networks_left, "more network", "more networks");
	v->is_empty = a->nnetworks == 0 && a->networks_left == 0;
	v->has_networks = a->nnetworks > 0;
}

/* ---- how a bouncer stands ---- */

/* What Kubernetes says about a container, for somebody who has never heard of it. */
static const char *
kube_words(const struct maker *m, const char *word)
{
	static const struct {
		const char *word, *meaning;
	} meanings[] = {
		{ "CrashLoopBackOff", "it keeps stopping soon after the start" },
		{ "OOMKilled", "it ran out of memory" },
		{ "Error", "it ended with an error" },
		{ "Completed", "it ended by itself" },
		{ "ImagePullBackOff", "its program cannot be fetched" },
		{ "ErrImagePull", "its program cannot be fetched" },
		{ "InvalidImageName", "its program cannot be fetched" },
		{ "ContainerCreating", "it is being made" },
		{ "PodInitializing", "it is being made" },
		{ "Unschedulable", "no machine has room for it" },
		{ "CreateContainerConfigError", "its settings are not complete" },
		{ "CreateContainerError", "it cannot be created" },
		{ "RunContainerError", "it cannot be started" },
		{ "ContainerCannotRun", "it cannot be started" },
		{ "DeadlineExceeded", "it took too long" },
	};
	const char *safe;

	if (word == NULL || *word == '\0')
		return "no reason is given";
	safe = text_short(m->arena, text_safe(m->arena, word), REASON_POINTS);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].word, word) == 0)
			return arena_printf(m->arena, "%s (%s)", meanings[i].meaning, safe);
	return safe;
}

static void
restarts_init(const struct maker *m, struct dashboard_status_view *v, const struct kube_answer *k)
{
	if (k->restarts <= 0)
		return;
	v->restarts = human_plural(m->arena, k->restarts, "restart", "restarts");
	if (k->last_ended_at > 0)
		time_view_init(&v->ended, k->last_ended_at, m->now, m->arena);
}

static void
running_init(const struct maker *m, struct dashboard_status_view *v, int64_t since)
{
	if (since <= 0) {
		v->sentence = "Since when is not known.";
		return;
	}
	time_view_init(&v->since, since, m->now, m->arena);
	v->span = human_span(m->arena, since, m->now);
}

static void
status_known(const struct maker *m, struct dashboard_status_view *v, const struct kube_answer *k)
{
	static const struct {
		const char *word, *tone, *sentence;
	} phases[KUBE_PHASE__MAX] = {
		[KUBE_RUNNING] = { "Running", "good", NULL },
		[KUBE_STARTING] = { "Starting", "busy", "It is not ready yet." },
		[KUBE_RESTARTING] = { "Restarting", "bad", NULL },
		[KUBE_STOPPED] = { "Stopped", "off",
		    "It is switched off and keeps no connection." },
		[KUBE_MISSING] = { "Not running", "bad",
		    "Nothing of this name runs at the moment." },
	};

	v->word = phases[k->phase].word;
	v->tone = phases[k->phase].tone;
	v->sentence = phases[k->phase].sentence;
	if (k->phase == KUBE_RUNNING)
		running_init(m, v, k->running_since);
	if (k->phase == KUBE_STARTING && k->reason != NULL)
		v->sentence =
		    arena_printf(m->arena, "It is not ready yet: %s.", kube_words(m, k->reason));
	if (k->phase == KUBE_RESTARTING)
		v->sentence = arena_printf(m->arena, "It stopped and is being started again: %s.",
		    kube_words(m, k->reason));
	restarts_init(m, v, k);
}

/* What services say of one that is not there, or not meant to run, would alarm for nothing. */
static void
status_not_usable(struct dashboard_status_view *v, enum dashboard_use use)
{
	static const struct {
		const char *word, *tone, *sentence;
	} words[DASHBOARD_USE__MAX] = {
		[DASHBOARD_MAKING] = { "Being made", "busy", "Its page shows how far it is." },
		[DASHBOARD_FAILED] = { "Not made", "bad", "Its page says what went wrong." },
		[DASHBOARD_SUSPENDED] = { "Suspended", "bad", "Its page says why." },
		[DASHBOARD_DELETED] = { "Deleted", "off",
		    "It can still be had back from its page." },
		[DASHBOARD_REMOVING] = { "Being removed", "busy",
		    "It is going, with all that it kept." },
	};

	v->word = words[use].word;
	v->tone = words[use].tone;
	v->sentence = words[use].sentence;
}

/* As the list of bouncers says it: by the last sample. */
static void
status_sampled(
    const struct maker *m, struct dashboard_status_view *v, const struct dashboard_bouncer *b)
{
	v->tone = "unknown";
	if (b->is_up == 1) {
		v->word = "Running";
		v->tone = "good";
		running_init(m, v, b->running_since);
	} else if (b->is_up == 0) {
		v->word = "Not running";
		v->tone = "bad";
		v->sentence = "Its soju does not answer. It is looked at every minute.";
	} else if (b->sampled_at > 0) {
		v->word = "Unknown";
		v->sentence = "Whether it runs could not be found out.";
	} else {
		v->word = "Ready";
		v->sentence = "It is looked at for the first time in a minute.";
	}
	if (b->sampled_at > 0 && m->now - b->sampled_at > SAMPLE_OLD_S)
		time_view_init(&v->age, b->sampled_at, m->now, m->arena);
}

static void
status_init(
    const struct maker *m, struct dashboard_status_view *v, const struct dashboard_bouncer *b)
{
	const struct source_state *s = &b->kube_state;

	v->tone = "unknown";
	if (s->failure == SOURCE_NOT_CONFIGURED) {
		v->word = "Not reported";
		v->sentence = "Whether bouncers run is not reported here.";
	} else if (!is_known(s)) {
		v->word = "Unknown";
		v->sentence = arena_printf(m->arena, "Whether it runs is unknown: %s.", reason(s));
	} else {
		status_known(m, v, &b->kube);
		age_init(m, &v->age, s);
		v->trouble = staleness(m, s);
	}
}

/* ---- a bouncer ---- */

static int64_t
count_networks(const struct soju_answer *a)
{
	return (int64_t)a->nnetworks + a->networks_left;
}

static int64_t
count_channels(const struct soju_answer *a)
{
	int64_t n = a->channels_left;

	for (size_t i = 0; i < a->nnetworks; i++)
		n += (int64_t)a->networks[i].nchannels + a->networks[i].channels_left;
	return n;
}

static void
messages_init(const struct maker *m, struct figure_view *f, const struct dashboard_bouncer *b)
{
	if (is_known(&b->soju_state) && b->soju.messages < 0) {
		f->unknown = b->soju.is_counting ? "not counted yet"
						 : "this bouncer's history cannot be counted";
		return;
	}
	figure_init(m, f, &b->soju_state, human_count(m->arena, b->soju.messages));
}

static void
bouncer_init(
    const struct maker *m, struct dashboard_bouncer_view *v, const struct dashboard_bouncer *b)
{
	const struct source_state *s = &b->soju_state;
	const char *why = staleness(m, s);

	v->id = b->id;
	v->name = name_init(m, b->name, NAME_POINTS, &v->full);
	v->href = arena_printf(m->arena, "/bouncers/%s", url_encode(m->arena, b->name));
	if (b->use != DASHBOARD_USABLE) {
		status_not_usable(&v->status, b->use);
		return;
	}
	v->has_figures = true;
	if (b->is_shared)
		status_sampled(m, &v->status, b);
	else
		status_init(m, &v->status, b);
	figure_init(m, &v->networks_count, s, human_count(m->arena, count_networks(&b->soju)));
	figure_init(m, &v->channels_count, s, human_count(m->arena, count_channels(&b->soju)));
	messages_init(m, &v->messages, b);
	if (is_known(s))
		networks_init(m, v, &b->soju);
	else
		v->waiting =
		    "The networks and their channels appear here as soon as they are known.";
	if (why != NULL)
		v->trouble = arena_printf(m->arena, "This is what was last known: %s.", why);
}

/* ---- content ---- */

struct content_words {
	const char *title, *empty, *link;
	const char *all, *all_path; /* the page of the service that lists them */
};

static void
content_init(const struct maker *m, struct dashboard_content_view *v,
    const struct content_words *words, const struct source_state *s, const struct usage_answer *a,
    const char *url)
{
	const char *why = staleness(m, s);

	v->title = words->title;
	figure_init(m, &v->count, s, human_count(m->arena, a->count));
	figure_init(m, &v->storage, s, human_bytes(m->arena, a->storage_bytes));
	v->is_known = is_known(s) && a->count > 0;
	v->is_empty = is_known(s) && a->count == 0;
	v->empty = words->empty;
	v->href = url;
	v->link = words->link;
	if (url != NULL && *url != '\0') {
		v->all = words->all;
		v->all_href = arena_printf(m->arena, "%s%s", url, words->all_path);
	}
	if (why != NULL)
		v->trouble = arena_printf(m->arena, "Last known: %s.", why);
}

/* One service silent: what the other says is still true, as a lower bound. */
static void
total_partly(const struct maker *m, struct figure_view *f, const struct source_state *known,
    const struct usage_answer *a, const char *known_words, const struct source_state *unknown,
    const char *unknown_words)
{
	f->value = arena_printf(m->arena, "at least %s", human_bytes(m->arena, a->storage_bytes));
	f->note = arena_printf(
	    m->arena, "%s only; %s unknown: %s", known_words, unknown_words, reason(unknown));
	age_init(m, &f->age, known);
}

static void
total_init(const struct maker *m, struct figure_view *f, const struct dashboard *d)
{
	const struct source_state *txt = &d->txt_state, *pics = &d->pics_state;
	int64_t bytes;

	if (is_known(txt) && is_known(pics)) {
		if (__builtin_add_overflow(d->txt.storage_bytes, d->pics.storage_bytes, &bytes))
			bytes = INT64_MAX;
		/* The sum is as old as the older of the two. */
		figure_init(m, f, txt->answered_at < pics->answered_at ? txt : pics,
		    human_bytes(m->arena, bytes));
	} else if (is_known(txt)) {
		total_partly(m, f, txt, &d->txt, "pastes", pics, "pictures");
	} else if (is_known(pics)) {
		total_partly(m, f, pics, &d->pics, "pictures", txt, "pastes");
	} else {
		f->unknown = reason(txt);
	}
}

static void
contents_init(const struct maker *m, struct dashboard_view *v, const struct dashboard *d)
{
	static const struct content_words pastes = { "Pastes",
		"No pastes yet. What is too long for a channel goes here.", "Write the first one",
		"Your pastes", "/pastes" };
	static const struct content_words pictures = { "Pictures",
		"No pictures yet. Show a channel what you see.", "Upload the first one",
		"Your pictures", "/pictures" };

	v->content.n = 2;
	v->content.v = arena_array(m->arena, v->content.n, sizeof(*v->content.v));
	content_init(m, &v->content.v[0], &pastes, &d->txt_state, &d->txt, d->txt_url);
	content_init(m, &v->content.v[1], &pictures, &d->pics_state, &d->pics, d->pics_url);
	total_init(m, &v->total, d);
}

/* ---- the plan ---- */

static void
plan_init(const struct maker *m, struct dashboard_view *v, const char *word)
{
	const struct plan *plan = plan_find(word);

	v->plan = plan != NULL ? plan->name
			       : text_short(m->arena, text_safe(m->arena, word), NAME_POINTS);
	v->plan_sentence = plan != NULL ? plan->thanks : NULL;
}

enum err
dashboard_view_init(
    struct dashboard_view *v, const struct dashboard *d, int64_t now, struct arena *arena)
{
	const struct maker m = { arena, now };

	*v = (struct dashboard_view){ .frame = v->frame };
	v->bouncers.n = d->nbouncers;
	v->bouncers.v = arena_array(arena, d->nbouncers, sizeof(*v->bouncers.v));
	for (size_t i = 0; i < d->nbouncers; i++)
		bouncer_init(&m, &v->bouncers.v[i], &d->bouncers[i]);
	v->can_make = d->can_make;
	contents_init(&m, v, d);
	plan_init(&m, v, d->plan);
	if (d->is_payment_due)
		v->payment = d->payment_failed_at == 0
				 ? "A payment failed."
				 : arena_printf(arena, "Your payment of %s failed.",
				       human_day(arena, d->payment_failed_at));
	return ERR_OK;
}
