#include "source/source_refresh.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/xmalloc.h"
#include "source/source_run.h"

struct refresh;

/* One wait on one refresh. */
struct source_link {
	struct refresh *refresh;
	struct source_wait *wait;
	struct source_link *next;	    /* of the wait */
	TAILQ_ENTRY(source_link) neighbour; /* of the refresh */
};

struct refresh {
	TAILQ_ENTRY(refresh) neighbour;
	TAILQ_HEAD(source_links, source_link) links;
	struct arena arena; /* the subject's texts */
	struct source_subject subject;
	bool is_running;
	enum source_outcome outcome;
};

/* Oldest first. A kind has a few dozen at most, so looking through them all is quick. */
static TAILQ_HEAD(refresh_list, refresh) refreshes = TAILQ_HEAD_INITIALIZER(refreshes);
static int running[SOURCE__MAX], queued[SOURCE__MAX];
static source_background_fn *run_in_background;

void
source_refresh_init(source_background_fn *background)
{
	run_in_background = background;
}

static struct refresh *
find(const struct source_subject *s)
{
	struct refresh *r;

	TAILQ_FOREACH(r, &refreshes, neighbour)
	if (r->subject.user_id == s->user_id && r->subject.kind == s->kind &&
	    r->subject.bouncer_id == s->bouncer_id)
		return r;
	return NULL;
}

static struct refresh *
new_refresh(const struct source_subject *s)
{
	struct refresh *r = xcalloc(1, sizeof(*r));

	r->subject = *s;
	r->subject.sub = arena_strdup(&r->arena, s->sub);
	r->subject.bouncer_name = arena_strdup(&r->arena, s->bouncer_name);
	r->subject.soju_username = arena_strdup(&r->arena, s->soju_username);
	TAILQ_INIT(&r->links);
	TAILQ_INSERT_TAIL(&refreshes, r, neighbour);
	queued[s->kind]++;
	return r;
}

/* Takes it off the list; nobody finds it any more. */
static void
take_out(struct refresh *r)
{
	TAILQ_REMOVE(&refreshes, r, neighbour);
	if (r->is_running)
		running[r->subject.kind]--;
	else
		queued[r->subject.kind]--;
}

static void
free_refresh(struct refresh *r)
{
	arena_free(&r->arena);
	free(r);
}

/* In a thread: touches nothing that the event loop looks at before done(). */
static void
work(void *arg)
{
	struct refresh *r = arg;

	r->outcome = source_run(&r->subject);
}

static void done(void *arg);

static void
run(struct refresh *r)
{
	queued[r->subject.kind]--;
	running[r->subject.kind]++;
	r->is_running = true;
	run_in_background(work, done, r);
}

static void
run_next(enum source_kind kind)
{
	struct refresh *r = TAILQ_FIRST(&refreshes);

	while (r != NULL && (r->is_running || r->subject.kind != kind))
		r = TAILQ_NEXT(r, neighbour);
	if (r != NULL)
		run(r);
}

static void
unlink_wait(struct source_wait *wait, struct source_link *l)
{
	struct source_link **at = &wait->links;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	TAILQ_REMOVE(&l->refresh->links, l, neighbour);
	wait->pending--;
	free(l);
}

/* Whoever is woken may start, cancel and free what it likes: the list is read anew each time. */
static void
wake_all(struct refresh *r)
{
	struct source_wait *wait;

	while (!TAILQ_EMPTY(&r->links)) {
		wait = TAILQ_FIRST(&r->links)->wait;
		unlink_wait(wait, TAILQ_FIRST(&r->links));
		if (r->outcome != SOURCE_TAKEN)
			wait->has_news = true;
		if (wait->pending == 0 && wait->has_news)
			wait->wake(wait->arg);
	}
}

static void
done(void *arg)
{
	struct refresh *r = arg;
	enum source_kind kind = r->subject.kind;

	take_out(r);
	run_next(kind);
	wake_all(r);
	free_refresh(r);
}

static void
add_link(struct refresh *r, struct source_wait *wait)
{
	struct source_link *l = xmalloc(sizeof(*l));

	*l = (struct source_link){ .refresh = r, .wait = wait, .next = wait->links };
	wait->links = l;
	wait->pending++;
	TAILQ_INSERT_TAIL(&r->links, l, neighbour);
}

bool
source_refresh_start(const struct source_subject *s, const struct source_state *state, int64_t now,
    struct source_wait *wait)
{
	struct refresh *r;

	if (run_in_background == NULL || !source_is_due(state, now) ||
	    !source_is_configured(s->kind))
		return false;
	r = find(s);
	if (r == NULL) {
		if (state->is_refreshing && state->answered_at > 0)
			return false;
		if (queued[s->kind] >= SOURCE_REFRESH_QUEUED_MAX)
			return false;
		r = new_refresh(s);
	}
	add_link(r, wait);
	if (!r->is_running && running[s->kind] < SOURCE_REFRESH_RUNNING_MAX)
		run(r);
	return true;
}

/* What is queued stays: refreshes belong to no request, and the next view wants the answer. */
void
source_refresh_cancel(struct source_wait *wait)
{
	while (wait->links != NULL)
		unlink_wait(wait, wait->links);
}

int
source_refresh_running(enum source_kind kind)
{
	return running[kind];
}

int
source_refresh_queued(enum source_kind kind)
{
	return queued[kind];
}
