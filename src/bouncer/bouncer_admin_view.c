#include "bouncer/bouncer_admin_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OWNER_POINTS 40
#define ERROR_POINTS 70
#define VERSION_POINTS 30

VIEW_DEFINE(admin_bouncers, ADMIN_BOUNCERS)
VIEW_DEFINE(admin_bouncer_fact, ADMIN_BOUNCER_FACT)
VIEW_DEFINE(admin_bouncer_act, ADMIN_BOUNCER_ACT)
VIEW_DEFINE(admin_bouncer, ADMIN_BOUNCER)
VIEW_DEFINE(admin_notice, ADMIN_NOTICE)

/* ---- Words ---- */

#define SUSPENDED BOUNCER_STATE__MAX

const char *const bouncer_admin_state_words[BOUNCER_ADMIN_STATES] = {
	[BOUNCER_REQUESTED] = "requested",
	[BOUNCER_DATABASE] = "database",
	[BOUNCER_APPLIED] = "applied",
	[BOUNCER_READY] = "ready",
	[BOUNCER_FAILED] = "failed",
	[BOUNCER_DELETING] = "deleting",
	[BOUNCER_REMOVING] = "removing",
	[SUSPENDED] = "suspended",
};

static const struct {
	const char *label;
	enum tone tone;
} states[BOUNCER_ADMIN_STATES] = {
	[BOUNCER_REQUESTED] = { "Asked for", TONE_BUSY },
	[BOUNCER_DATABASE] = { "Has its database", TONE_BUSY },
	[BOUNCER_APPLIED] = { "Is being started", TONE_BUSY },
	[BOUNCER_READY] = { "Ready", TONE_GOOD },
	[BOUNCER_FAILED] = { "Failed", TONE_BAD },
	[BOUNCER_DELETING] = { "Deleted, can be undone", TONE_OFF },
	[BOUNCER_REMOVING] = { "Is being taken away", TONE_OFF },
	[SUSPENDED] = { "Suspended", TONE_OFF },
};

static const char *const provisioners[BOUNCER_BY__MAX] = {
	[BOUNCER_BY_NONE] = "Made by hand",
	[BOUNCER_BY_SOJU] = "Shared soju",
	[BOUNCER_BY_KUBERNETES] = "Kubernetes",
};

static const char *
provisioner_label(const struct bouncer *b, struct arena *a)
{
	for (int i = 0; i < BOUNCER_BY__MAX; i++)
		if (strcmp(bouncer_admin_provisioner_words[i], b->provisioner) == 0)
			return provisioners[i];
	return text_safe(a, b->provisioner);
}

/* One that is being taken away or has failed is that first. */
static struct badge_view
state_badge(const struct bouncer *b)
{
	const bool is_suspended = b->suspended_at != 0 && b->state < BOUNCER_FAILED;
	const int i = is_suspended ? (int)SUSPENDED : (int)b->state;

	return (struct badge_view){ states[i].label, tone_words[states[i].tone] };
}

static bool
is_fresh(const struct bouncer *b, int64_t now)
{
	return b->sampled_at != 0 && now - b->sampled_at <= BOUNCER_ADMIN_FRESH_S;
}

/* NULL: not known. */
static struct badge_view
up_badge(const struct bouncer *b, int64_t now)
{
	if (b->is_up < 0 || !is_fresh(b, now))
		return (struct badge_view){ NULL, NULL };
	if (b->is_up)
		return (struct badge_view){ "Up", tone_words[TONE_GOOD] };
	return (struct badge_view){
		"Down",
		tone_words[b->suspended_at != 0 || b->state != BOUNCER_READY ? TONE_OFF : TONE_BAD]
	};
}

/* Of one that could be used: whether it can be, if that is known. */
static struct badge_view
list_badge(const struct bouncer *b, int64_t now)
{
	const struct badge_view up = up_badge(b, now);

	return bouncer_is_usable(b) && up.label != NULL ? up : state_badge(b);
}

static const char *
owner_words(const struct bouncer_admin *b, struct arena *a)
{
	const char *words = b->owner_name;

	if (b->owner_sub == NULL)
		return "gone";
	if (words == NULL || *words == '\0')
		words = b->owner_email;
	if (words == NULL || *words == '\0')
		words = b->owner_sub;
	return text_short(a, text_safe(a, words), OWNER_POINTS);
}

static bool
are_networks_known(const struct bouncer_admin *b, int64_t now)
{
	return is_fresh(&b->bouncer, now) && (b->networks > 0 || b->bouncer.networks_at != 0);
}

/* NULL: not known. */
static const char *
networks_words(const struct bouncer_admin *b, int64_t now, struct arena *a)
{
	if (!are_networks_known(b, now))
		return NULL;
	return arena_printf(a, "%s of %s", human_count(a, b->networks_up),
	    human_count(a, b->networks - b->networks_off));
}

static const char *
clients_words(const struct bouncer *b, int64_t now, struct arena *a)
{
	return b->clients >= 0 && is_fresh(b, now) ? human_count(a, b->clients) : NULL;
}

/* ---- Addresses ---- */

static const char *
bouncer_href(const char *name, struct arena *a)
{
	return arena_printf(a, BOUNCER_ADMIN_PATH "/%s", url_encode(a, name));
}

const char *
bouncer_admin_act_path(struct arena *a, const char *name, enum bouncer_admin_act act)
{
	return arena_printf(
	    a, BOUNCER_ADMIN_PATH "/%s/%s", url_encode(a, name), bouncer_admin_act_words[act]);
}

/* The word of ?state=; NULL: all. */
static const char *
state_word(const struct bouncer_admin_filter *f)
{
	if (f->is_suspended)
		return bouncer_admin_state_words[SUSPENDED];
	return f->state < BOUNCER_STATE__MAX ? bouncer_admin_state_words[f->state] : NULL;
}

/* The list with the same limits, behind `after` (NULL: from the beginning). */
static const char *
list_href(
    const struct bouncer_admin_filter *f, bool is_in_trouble, const char *after, struct arena *a)
{
	struct strbuf q = { 0 };
	const char *href = BOUNCER_ADMIN_PATH;

	if (is_in_trouble)
		url_add_field(&q, "trouble", "on");
	if (state_word(f) != NULL)
		url_add_field(&q, "state", state_word(f));
	if (f->by < BOUNCER_BY__MAX)
		url_add_field(&q, "by", bouncer_admin_provisioner_words[f->by]);
	if (f->text != NULL)
		url_add_field(&q, "text", f->text);
	if (after != NULL)
		url_add_field(&q, "after", after);
	if (q.len > 0)
		href = arena_printf(a, BOUNCER_ADMIN_PATH "?%s", strbuf_text(&q));
	strbuf_free(&q);
	return href;
}

/* ---- The list ---- */

enum {
	COL_NAME,
	COL_OWNER,
	COL_STATE,
	COL_SINCE,
	COL_ERROR,
	COL_NETWORKS,
	COL_CLIENTS,
	COL_VERSION
};
static const struct table_column columns[] = {
	{ "Bouncer", NULL, false },
	{ "Owner", NULL, false },
	{ "State", NULL, false },
	{ "Since", NULL, false },
	{ "Last error", NULL, false },
	{ "Networks up", NULL, true },
	{ "Clients", NULL, true },
	{ "soju", NULL, false },
};

static void
cell_badge(struct table_cell_view *cell, struct badge_view badge)
{
	cell->text = badge.label;
	cell->tone = badge.tone;
}

static void
row_init(
    struct table_view *v, size_t i, const struct bouncer_admin *b, int64_t now, struct arena *a)
{
	const struct bouncer *c = &b->bouncer;
	struct table_cell_view *name = table_view_cell(v, i, COL_NAME);

	name->text = text_safe(a, c->name);
	name->href = bouncer_href(c->name, a);
	table_view_cell(v, i, COL_OWNER)->text = owner_words(b, a);
	cell_badge(table_view_cell(v, i, COL_STATE), list_badge(c, now));
	table_view_cell(v, i, COL_CLIENTS)->text = clients_words(c, now, a);
	table_view_cell(v, i, COL_NETWORKS)->text = networks_words(b, now, a);
	table_view_cell(v, i, COL_VERSION)->text =
	    text_short(a, text_safe(a, c->version), VERSION_POINTS);
	table_view_cell(v, i, COL_ERROR)->text =
	    c->failure != NULL ? text_short(a, text_safe(a, c->failure), ERROR_POINTS) : "–";
	table_view_cell(v, i, COL_SINCE)->text = human_time(a, c->state_at);
}

static void
tabs_init(struct tabs_view *v, const struct bouncer_admin_filter *f, struct arena *a)
{
	v->label = "Which bouncers";
	v->tabs.v = arena_array(a, 2, sizeof(*v->tabs.v));
	v->tabs.n = 2;
	v->tabs.v[0] = (struct link_view){ .label = "All",
		.href = list_href(f, false, NULL, a),
		.is_current = !f->is_in_trouble };
	v->tabs.v[1] = (struct link_view){ .label = "Only in trouble",
		.href = list_href(f, true, NULL, a),
		.is_current = f->is_in_trouble };
}

static void
form_init(struct admin_bouncers_view *v, const struct bouncer_admin_filter *f, struct arena *a)
{
	static const char *const words[] = { "", "ready", "requested", "database", "applied",
		"failed", "suspended", "deleting", "removing" };
	static const char *const labels[] = { "All", "Ready", "Asked for", "Has its database",
		"Is being started", "Failed", "Suspended", "Deleted, can be undone",
		"Is being taken away" };
	static const char *const by_words[] = { "", "none", "soju", "kubernetes" };
	static const char *const by_labels[] = { "All", "Made by hand", "Shared soju",
		"Kubernetes" };

	field_view_line(&v->text, "text", "Name or owner", "search", f->text);
	field_view_choice(&v->state, "state", "State", words, labels, COUNT(words),
	    state_word(f) != NULL ? state_word(f) : "", a);
	field_view_choice(&v->by, "by", "Made by", by_words, by_labels, COUNT(by_words),
	    f->by < BOUNCER_BY__MAX ? bouncer_admin_provisioner_words[f->by] : "", a);
	/* Of a filter all is optional, and nobody needs to read it. */
	v->text.is_required = v->state.is_required = v->by.is_required = false;
	v->is_in_trouble = f->is_in_trouble;
}

static bool
is_limited(const struct bouncer_admin_filter *f)
{
	return state_word(f) != NULL || f->by < BOUNCER_BY__MAX || f->text != NULL;
}

static void
none_init(struct admin_bouncers_view *v, const struct bouncer_admin_filter *f)
{
	if (is_limited(f) || f->after != NULL)
		v->none = (struct empty_view){ .title = "Nothing found",
			.sentence = "No bouncer fits, or the list does not go on as far as this.",
			.href = BOUNCER_ADMIN_PATH,
			.link = "Show all" };
	else if (f->is_in_trouble)
		v->none = (struct empty_view){ .title = "No trouble",
			.sentence = "No bouncer has failed, is down or is tried in vain." };
	else
		v->none = (struct empty_view){ .title = "There are no bouncers yet",
			.sentence = "Each stands here as soon as somebody asks for one." };
}

void
admin_bouncers_view_init(
    struct admin_bouncers_view *v, const struct admin_bouncers_facts *f, struct arena *a)
{
	const size_t n = f->n < BOUNCER_ADMIN_PER_PAGE ? f->n : BOUNCER_ADMIN_PER_PAGE;
	const bool is_in_trouble = f->filter->is_in_trouble;

	tabs_init(&v->which, f->filter, a);
	form_init(v, f->filter, a);
	if (is_limited(f->filter))
		v->all_href = BOUNCER_ADMIN_PATH;
	v->has_rows = n > 0;
	table_view_init(&v->table, "Bouncers, by name", columns, COUNT(columns), n, a);
	for (size_t i = 0; i < n; i++)
		row_init(&v->table, i, &f->rows[i], f->now, a);
	if (f->filter->after != NULL)
		v->first_href = list_href(f->filter, is_in_trouble, NULL, a);
	if (f->n > BOUNCER_ADMIN_PER_PAGE)
		v->next_href = list_href(f->filter, is_in_trouble, f->rows[n - 1].bouncer.name, a);
	none_init(v, f->filter);
}

/* ---- One ---- */

#define FACTS_MAX 16

struct facts {
	struct admin_bouncer_fact_view *v;
	size_t n;
	struct arena *arena;
	int64_t now;
};

static void
facts_begin(struct facts *f, struct arena *a, int64_t now)
{
	*f =
	    (struct facts){ .v = arena_array(a, FACTS_MAX, sizeof(*f->v)), .arena = a, .now = now };
}

/* `text` NULL: `unknown` is said. */
static void
fact(struct facts *f, const char *label, const char *text, const char *unknown)
{
	f->v[f->n++] =
	    (struct admin_bouncer_fact_view){ .label = label, .text = text, .unknown = unknown };
}

static void
fact_time(struct facts *f, const char *label, int64_t at, const char *never)
{
	fact(f, label, at != 0 ? human_ago(f->arena, at, f->now) : NULL, never);
	if (at != 0)
		f->v[f->n - 1].exact = human_time(f->arena, at);
}

/* Not known, because it was not asked for, or not for a while. */
static const char *
why_unknown(const struct bouncer *b, int64_t now)
{
	if (b->sampled_at == 0)
		return "unknown: it was never sampled";
	return is_fresh(b, now) ? "unknown" : "unknown: the last sample is too old";
}

static void
now_init(struct admin_bouncer_view *v, const struct bouncer_admin *b, int64_t now, struct arena *a)
{
	const struct bouncer *c = &b->bouncer;
	const char *unknown = why_unknown(c, now);
	const char *untold = is_fresh(c, now) ? "unknown: its soju has not told yet" : unknown;
	struct facts f;

	facts_begin(&f, a, now);
	fact_time(&f, "In this state since", c->state_at, "unknown");
	fact(&f, "Clients connected", clients_words(c, now, a),
	    is_fresh(c, now) ? "unknown: its soju is shared" : unknown);
	fact(&f, "Networks up", networks_words(b, now, a), untold);
	fact(&f, "Networks switched off",
	    are_networks_known(b, now) ? human_count(a, b->networks_off) : NULL, untold);
	fact(&f, "soju", text_safe(a, c->version), unknown);
	fact_time(&f, "Running since", c->running_since, unknown);
	fact(&f, "Restarts", c->restarts >= 0 ? human_count(a, c->restarts) : NULL, unknown);
	fact_time(&f, "Last sample", c->sampled_at, "never");
	if (c->failure != NULL || c->attempts > 0)
		fact(&f, "Attempts in vain", human_count(a, c->attempts), NULL);
	if (c->applied < c->wanted || c->state < BOUNCER_READY)
		fact_time(&f, "Next attempt", b->next_try_at, "unknown");
	v->now.v = f.v;
	v->now.n = f.n;
}

static const char *
limit_words(int64_t n, const char *one, const char *many, struct arena *a)
{
	return n >= 0 ? human_plural(a, n, one, many) : NULL;
}

static void
kept_init(struct admin_bouncer_view *v, const struct bouncer_admin *b, int64_t now, struct arena *a)
{
	const struct bouncer *c = &b->bouncer;
	struct facts f;

	facts_begin(&f, a, now);
	fact(&f, "Owner", text_safe(a, b->owner_name), "not told");
	fact(&f, "E-mail", text_safe(a, b->owner_email), "not told");
	fact(&f, "Sub", text_safe(a, b->owner_sub), "the account is gone");
	fact(&f, "Made by", provisioner_label(c, a), NULL);
	fact(&f, "User in soju", text_safe(a, c->soju_username), NULL);
	fact(&f, "Networks allowed", limit_words(c->max_networks, "network", "networks", a),
	    "no limit was ever set");
	fact(&f, "History", limit_words(c->history_days, "day", "days", a), "as its soju has it");
	fact_time(&f, "Asked for", c->created_at, NULL);
	fact_time(&f, "First ready", c->ready_at, "never");
	fact_time(&f, "Restart asked for", b->restarted_at, "never");
	if (c->suspended_at != 0)
		fact_time(&f, "Suspended", c->suspended_at, NULL);
	if (c->delete_after != 0)
		fact_time(&f, "Can be undone until", c->delete_after, NULL);
	if (b->has_notice)
		fact(&f, "Notice", "one has still to be sent through it", NULL);
	v->kept.v = f.v;
	v->kept.n = f.n;
}

static const struct {
	const char *label, *about;
	bool is_bad;
} acts[BOUNCER_ACT__MAX] = {
	[BOUNCER_ACT_RESTART] = { "Restart",
	    "Everybody who is connected is cut off for a moment, and its networks see it leave and "
	    "come back.",
	    true },
	[BOUNCER_ACT_SUSPEND] = { "Suspend",
	    "It is switched off until it is resumed. Nothing of it is deleted.", true },
	[BOUNCER_ACT_RESUME] = { "Resume", "It is switched on again.", false },
	[BOUNCER_ACT_RETRY] = { "Try again", "Now, from where it stopped.", false },
};

static void
acts_init(struct admin_bouncer_view *v, const struct bouncer *b, struct arena *a)
{
	v->acts.v = arena_array(a, BOUNCER_ACT__MAX, sizeof(*v->acts.v));
	for (int i = 0; i < BOUNCER_ACT__MAX; i++)
		if (bouncer_admin_may(b, (enum bouncer_admin_act)i))
			v->acts.v[v->acts.n++] = (struct admin_bouncer_act_view){
				.path =
				    bouncer_admin_act_path(a, b->name, (enum bouncer_admin_act)i),
				.label = acts[i].label,
				.about = acts[i].about,
				.is_bad = acts[i].is_bad,
				.wants_why = i == BOUNCER_ACT_SUSPEND
			};
	if (strcmp(b->provisioner, "none") == 0)
		v->no_acts = "It was made by hand, so nothing here can change it.";
	else if (v->acts.n == 0)
		v->no_acts = "It is being taken away; nothing can be done about it any more.";
}

void
admin_bouncer_view_init(
    struct admin_bouncer_view *v, const struct bouncer_admin *b, int64_t now, struct arena *a)
{
	const struct bouncer *c = &b->bouncer;

	v->name = text_safe(a, c->name);
	v->state = state_badge(c);
	v->up = up_badge(c, now);
	v->suspended_why = text_safe(a, c->suspended_why);
	v->failure = text_safe(a, c->failure);
	now_init(v, b, now, a);
	kept_init(v, b, now, a);
	acts_init(v, c, a);
	if (strcmp(c->provisioner, bouncer_admin_provisioner_words[BOUNCER_BY_KUBERNETES]) == 0)
		v->notice_href = arena_printf(
		    a, BOUNCER_ADMIN_NOTICE_PATH "?bouncer=%s", url_encode(a, c->name));
}

const char *
bouncer_admin_refusal(const struct bouncer *b, enum bouncer_admin_act act, struct arena *a)
{
	static const char *const done[BOUNCER_ACT__MAX] = { "restarted", "suspended", "resumed",
		"tried again" };

	if (strcmp(b->provisioner, "none") == 0)
		return "This bouncer was made by hand, so nothing here can change it.";
	if (act == BOUNCER_ACT_RESUME && b->suspended_at == 0)
		return "This bouncer is not suspended (any more).";
	if (act == BOUNCER_ACT_SUSPEND && b->suspended_at != 0)
		return "This bouncer is suspended already.";
	if (act == BOUNCER_ACT_RESTART && b->suspended_at != 0)
		return "This bouncer is suspended: resume it instead.";
	if (act == BOUNCER_ACT_RETRY)
		return "Nothing of this bouncer has failed (any more).";
	return arena_printf(a, "This bouncer cannot be %s as it is now: its state is “%s”.",
	    done[act], states[b->state].label);
}

/* ---- Notices ---- */

const char *
bouncer_notice_problem(const char *text)
{
	const size_t len = strlen(text);

	if (strspn(text, " ") == len)
		return "There is no text.";
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "The text must be one line, without line breaks and other control "
			       "characters.";
	if (len > BOUNCER_NOTICE_MAX)
		return "The text is too long: 350 bytes are the most, and letters with accents "
		       "and the like take two to four.";
	return NULL;
}

static const char *
reaches_words(const struct bouncer_sojus *s, const char *bouncer, struct arena *a)
{
	if (!s->is_there)
		return "There is no bouncer of this name, so nobody would read it.";
	if (s->is_shared)
		return "This bouncer shares its soju with others, so a notice to it would be read "
		       "by all of them. Only a notice to all is possible.";
	if (s->own + s->shared == 0)
		return "Nobody can be told anything at the moment: no soju that is looked after "
		       "here is running.";
	if (bouncer != NULL)
		return arena_printf(
		    a, "Whoever is connected to %s reads it.", text_safe(a, bouncer));
	return arena_printf(a, "Whoever is connected to one of %s, in %s, reads it.",
	    human_plural(a, s->bouncers, "bouncer", "bouncers"),
	    human_plural(a, s->own + s->shared, "soju", "sojus"));
}

enum { COL_TEXT, COL_TO, COL_WHO, COL_WHEN, COL_WAITING };
static const struct table_column notice_columns[] = {
	{ "Text", NULL, false },
	{ "To", NULL, false },
	{ "By", NULL, false },
	{ "Sent", NULL, false },
	{ "Still to be told", NULL, true },
};

static void
sent_init(struct admin_notice_view *v, const struct admin_notice_facts *f, struct arena *a)
{
	const size_t most = BOUNCER_ADMIN_NOTICES_PER_PAGE, n = f->n < most ? f->n : most;

	v->has_rows = n > 0;
	table_view_init(
	    &v->sent, "Notices, the newest first", notice_columns, COUNT(notice_columns), n, a);
	for (size_t i = 0; i < n; i++) {
		const struct bouncer_notice *s = &f->sent[i];

		table_view_cell(&v->sent, i, COL_TEXT)->text = text_safe(a, s->text);
		table_view_cell(&v->sent, i, COL_TO)->text =
		    s->bouncer != NULL ? text_safe(a, s->bouncer) : "all";
		table_view_cell(&v->sent, i, COL_WHO)->text =
		    text_short(a, text_safe(a, s->actor), OWNER_POINTS);
		table_view_cell(&v->sent, i, COL_WHEN)->text = human_time(a, s->created_at);
		table_view_cell(&v->sent, i, COL_WAITING)->text = arena_printf(
		    a, "%s of %s", human_count(a, s->waiting), human_count(a, s->sojus));
	}
	if (f->are_older)
		v->newest_href = BOUNCER_ADMIN_NOTICE_PATH;
	if (f->n > most)
		v->older_href = arena_printf(
		    a, BOUNCER_ADMIN_NOTICE_PATH "?before=%" PRId64, f->sent[most - 1].id);
}

void
admin_notice_view_init(
    struct admin_notice_view *v, const struct admin_notice_facts *f, struct arena *a)
{
	field_view_line(&v->text, "text", "Text", "text", f->text);
	v->text.hint = "One line of at most 350 bytes, such as “soju is restarted at 20:00 UTC.”";
	v->text.is_required = true;
	v->text.error = f->problem;
	field_view_line(&v->bouncer, "bouncer", "Only to the bouncer", "text", f->bouncer);
	v->bouncer.hint = "Its name. Empty: to all.";
	v->text.autocomplete = v->bouncer.autocomplete = "off";
	v->problem = f->problem;
	if (f->problem == NULL && f->sojus != NULL) {
		v->preview = text_safe(a, f->text);
		v->only = f->bouncer;
		v->reaches = reaches_words(f->sojus, f->bouncer, a);
		v->can_send = f->sojus->own + f->sojus->shared > 0;
	}
	sent_init(v, f, a);
}
