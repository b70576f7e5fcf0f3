/* See bouncer_page_view.h. */
#include "bouncer/bouncer_page_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "bouncer/bouncer_page_parts.h"
#include "bouncer/bouncers_view.h"

VIEW_DEFINE(bouncer_step, BOUNCER_STEP)
VIEW_DEFINE(bouncer_device, BOUNCER_DEVICE)
VIEW_DEFINE(bouncer_page, BOUNCER_PAGE)

#define VERSION_POINTS 60
#define LABEL_POINTS 60

static bool
is_own_soju(const struct bouncer *b)
{
	return strcmp(b->provisioner, "kubernetes") == 0;
}

/* ---- while it is made ---- */

/* How many of the steps below are behind a state. */
static int
steps_done(enum bouncer_state state)
{
	switch (state) {
	case BOUNCER_DATABASE:
		return 2;
	case BOUNCER_APPLIED:
		return 3;
	case BOUNCER_READY:
		return 4;
	default:
		return 1;
	}
}

static void
steps_init(struct bouncer_page_view *v, const struct bouncer *b, struct arena *a)
{
	static const char *const own[] = { "Asked for", "A database for what is said",
		"Its soju is started", "Its soju answers, and your network is added" };
	static const char *const shared[] = { "Asked for", "A place in soju’s database",
		"Your user is made", "soju answers, and your network is added" };
	const char *const *words = is_own_soju(b) ? own : shared;
	const bool has_failed = b->state == BOUNCER_FAILED;
	const int done = steps_done(has_failed ? b->failed_in : b->state);

	v->steps.n = sizeof(own) / sizeof(own[0]);
	v->steps.v = arena_array(a, v->steps.n, sizeof(*v->steps.v));
	for (int i = 0; i < (int)v->steps.n; i++)
		v->steps.v[i] = (struct bouncer_step_view){ .words = words[i],
			.is_done = i < done,
			.is_now = i == done && !has_failed,
			.is_stuck = i == done && has_failed };
}

static void
making_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct bouncer *b = &w->facts->bouncer;

	v->is_being_made = true;
	v->refresh_s = "3";
	v->has_failed = b->state == BOUNCER_FAILED;
	steps_init(v, b, a);
	v->trouble = b->failure != NULL ? text_safe(a, b->failure) : NULL;
	if (b->attempts > 0 && !v->has_failed)
		v->tries = arena_printf(a, "It was tried %s so far, and goes on by itself.",
		    human_plural(a, b->attempts, "time", "times"));
	v->again_href = bouncer_href(a, b->name, "");
	v->cancel_href = bouncer_href(a, b->name, "/delete");
	if (!v->has_failed)
		return;
	v->retry_action = bouncer_href(a, b->name, "/retry");
	v->retry_csrf = w->retry_csrf;
}

/* ---- once it is ready ---- */

static void
messages_init(
    struct figure_view *f, const struct bouncer_page_facts *p, int64_t now, struct arena *a)
{
	const struct source_state *s = &p->soju_state;
	const char *why = source_failure_reason(s->failure);

	if (s->answered_at == 0) {
		f->unknown = why != NULL ? why : "the bouncer’s database was not asked yet";
		return;
	}
	if (p->soju.messages < 0) {
		f->unknown = p->soju.is_counting ? "not counted yet"
						 : "this bouncer’s history cannot be counted";
		return;
	}
	f->value = human_count(a, p->soju.messages);
	if (now - s->answered_at > SOURCE_FRESH_S)
		time_view_init(&f->age, s->answered_at, now, a);
}

static const char *
history_words(const struct bouncer *b, int64_t soju_days, struct arena *a)
{
	if (is_own_soju(b) && b->history_days > 0)
		return arena_printf(
		    a, "Kept for %s", human_plural(a, b->history_days, "day", "days"));
	if (!is_own_soju(b) && soju_days > 0)
		return arena_printf(a, "Kept for %s", human_plural(a, soju_days, "day", "days"));
	return NULL;
}

static void
about_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct bouncer *b = &w->facts->bouncer;
	const struct kube_answer *k = &w->facts->kube;
	const bool has_kube =
	    strcmp(b->provisioner, "soju") != 0 && w->facts->kube_state.answered_at > 0;
	/* Restarts are changes of the time since when it runs. */
	int64_t restarts = b->running_since > 0 ? b->restarts : -1;
	int64_t since = b->is_up == 1 && b->suspended_at == 0 ? b->running_since : 0;

	v->is_down = b->is_up == 0 || b->suspended_at > 0;
	if (since <= 0 && !v->is_down && has_kube)
		since = k->running_since;
	if (restarts < 0 && has_kube)
		restarts = k->restarts;
	v->history = history_words(b, w->soju_history_days, a);
	if (since > 0) {
		time_view_init(&v->since, since, w->now, a);
		v->span = human_span(a, since, w->now);
	}
	if (restarts >= 0)
		v->restarts = restarts == 0 ? "none" : human_count(a, restarts);
	if (b->version != NULL)
		v->version = text_short(a, text_safe(a, b->version), VERSION_POINTS);
	time_view_init(&v->made, b->created_at, w->now, a);
}

static void
devices_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct soju_answer *s = &w->facts->soju;

	if (w->facts->soju_state.answered_at == 0 || !s->tells_devices)
		return;
	v->devices_words =
	    s->ndevices > 0 ? human_plural(a, (int64_t)s->ndevices, "certificate", "certificates")
			    : "none signs in with a certificate";
	v->devices.n = s->ndevices;
	v->devices.v = arena_array(a, s->ndevices, sizeof(*v->devices.v));
	for (size_t i = 0; i < s->ndevices; i++) {
		struct bouncer_device_view *d = &v->devices.v[i];

		*d = (struct bouncer_device_view){
			.label = text_short(a, text_safe(a, s->devices[i].label), LABEL_POINTS)
		};
		if (s->devices[i].used_at > 0)
			time_view_init(&d->used, s->devices[i].used_at, w->now, a);
	}
}

static int64_t
count_of(const struct bouncer_page_facts *f, enum soju_link link)
{
	int64_t n = 0;

	for (size_t i = 0; i < f->nnetworks; i++)
		n += f->networks[i].link == link;
	return n;
}

/* As its soju told, or else as its soju's database has them; -1: not known. */
static int64_t
known_networks(const struct bouncer_page_facts *f)
{
	if (f->nnetworks > 0 || f->bouncer.networks_at > 0)
		return (int64_t)f->nnetworks;
	if (f->soju_state.answered_at > 0)
		return (int64_t)f->soju.nnetworks + f->soju.networks_left;
	return -1;
}

/* What the plan allows is said before it is reached. */
static void
room_init(struct bouncer_page_view *v, const struct bouncer_page_facts *f, struct arena *a)
{
	const int64_t have = known_networks(f), most = f->bouncer.max_networks;

	if (most < 0 || have < 0)
		return;
	v->is_full = have >= most;
	v->room = arena_printf(a,
	    have > most	 ? "%s, and your plan has room for %s. Those that are "
			   "there stay; none can be added."
	    : v->is_full ? "%s of %s that your plan has room for: none can be added."
			 : "%s of %s that your plan has room for.",
	    human_count(a, have), human_plural(a, most, "network", "networks"));
}

static void
channels_trouble_init(
    struct bouncer_page_view *v, const struct bouncer_page_facts *f, struct arena *a)
{
	const char *why = source_failure_reason(f->soju_state.failure);

	if (f->soju_state.answered_at == 0 && f->nnetworks > 0)
		v->channels_trouble = arena_printf(a, "Which channels these are is not known: %s.",
		    why != NULL ? why : "the bouncer’s database was not asked yet");
	else if (why != NULL && f->soju_state.answered_at > 0)
		v->channels_trouble =
		    arena_printf(a, "Channels and messages are as they were last known: %s.", why);
	if (f->nnetworks == 0 && f->soju_state.answered_at == 0 && f->bouncer.networks_at == 0)
		v->networks_unknown =
		    arena_printf(a, "The networks appear here as soon as they are known%s%s.",
			why != NULL ? ": " : "", why != NULL ? why : "");
}

static void
ways_init(struct bouncer_page_view *v, const struct bouncer *b, struct arena *a)
{
	v->is_by_hand = strcmp(b->provisioner, "none") == 0;
	v->connect_href = bouncer_href(a, b->name, "/connect");
	if (v->is_by_hand)
		return;
	v->delete_href = bouncer_href(a, b->name, "/delete");
	if (!v->is_usable)
		return;
	v->add_href = v->is_full ? NULL : bouncer_href(a, b->name, "/networks/new");
	v->restart_href = bouncer_href(a, b->name, "/restart");
	v->password_href = bouncer_href(a, b->name, "/connect#password");
}

/* The network that was asked for with it, which nothing else here would tell of. */
static void
refused_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	if (w->facts->refusal == NULL)
		return;
	v->refused = arena_printf(
	    a, "The network that you asked for was not added: %s", text_safe(a, w->facts->refusal));
	v->retry_action = bouncer_href(a, w->facts->bouncer.name, "/retry");
	v->retry_csrf = w->retry_csrf;
}

static void
ready_init(struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct bouncer_page_facts *f = w->facts;
	const struct bouncer *b = &f->bouncer;
	int64_t networks = (int64_t)f->nnetworks;
	const int64_t known = (int64_t)f->soju.nnetworks + f->soju.networks_left;

	v->is_ready = true;
	v->refresh_s = "10";
	v->is_usable = bouncer_is_usable(b) && strcmp(b->provisioner, "none") != 0;
	if (b->applied < b->wanted)
		v->change_words = b->failure != NULL
				      ? arena_printf(a,
					    "A change is not made yet: %s It is tried "
					    "again by itself.",
					    text_safe(a, b->failure))
				      : "A change is being made; it takes a moment.";
	refused_init(v, w, a);
	bouncer_networks_figure(&v->networks_count, b, count_of(f, SOJU_LINK_CONNECTED),
	    count_of(f, SOJU_LINK_DISABLED), networks, a);
	if (networks == 0 && b->networks_at == 0 && f->soju_state.answered_at > 0)
		v->networks_count = (struct figure_view){ .value = human_count(a, known),
			.note = known > 0 ? "whether they are connected is not reported" : NULL };
	bouncer_clients_figure(&v->clients, b, w->now, a);
	messages_init(&v->messages, f, w->now, a);
	room_init(v, f, a);
	ways_init(v, b, a);
	bouncer_lines_init(v, w, a);
	channels_trouble_init(v, f, a);
	bouncer_past_init(&v->past, f, "", "The bouncer", w->now, a);
	about_init(v, w, a);
	devices_init(v, w, a);
}

void
bouncer_page_view_init(
    struct bouncer_page_view *v, const struct bouncer_page_words *w, struct arena *a)
{
	const struct bouncer *b = &w->facts->bouncer;

	v->name = b->name;
	v->refresh_s = "10";
	bouncer_status_view_init(&v->status, b, w->now, a);
	switch (b->state) {
	case BOUNCER_READY:
		ready_init(v, w, a);
		break;
	case BOUNCER_DELETING:
		v->is_deleted = true;
		v->undo_action = bouncer_href(a, b->name, "/undo");
		v->undo_csrf = w->undo_csrf;
		v->can_undo = b->delete_after > w->now;
		v->delete_href = bouncer_href(a, b->name, "/delete");
		break;
	case BOUNCER_REMOVING:
		v->trouble = b->failure != NULL ? text_safe(a, b->failure) : NULL;
		break;
	default:
		making_init(v, w, a);
	}
}
