/*
 * Stripe asked from tasks and subcommands, which may wait: with patience for what passes (lost
 * connections, 409, 5xx, 429), and page by page through lists.
 *
 * A retry waits half a second, doubled each time up to 5 s, less a random part of up to a half but
 * never less than half a second, as Stripe's own libraries do; what the answer says
 * (Stripe-Should-Retry, Retry-After) comes first. Other than theirs it also retries 429 and answers
 * that are cut or no JSON. All waits of one request together stay below STRIPE_SYNC_WAIT_MS: who is
 * told to come back later than that gives up at once. Nobody waits while the process is stopping.
 */
#ifndef CLIENTS_STRIPE_SYNC_H
#define CLIENTS_STRIPE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "clients/stripe_api.h"

#define STRIPE_SYNC_WAIT_MS 60000

struct stripe_sync {
	struct stripe_api api;
	int retries; /* of one request; 0: none */
	int wait_ms; /* instead of STRIPE_SYNC_WAIT_MS; 0: that */
	/* Told of every call, to count it (clients know no metrics); NULL: nobody is. `reason` is
	 * `error` below, or NULL. */
	void (*note)(enum err, const struct call_reply *, const char *reason);
	/* The last answer that was no good: "429, rate_limit, request req_1"; "" after a good one.
	 * Holds no secret and no personal data. */
	char error[200];
};

/* One object. Errors of stripe_api_reply(). */
enum err stripe_sync_get(struct stripe_sync *, struct arena *, const char *path, const char *query,
    const struct json **object);

/*
 * A list, newest first, page by page:
 *
 *	struct stripe_list l = { .path = "invoices", .query = "created%5Bgte%5D=1" };
 *
 *	while ((e = stripe_sync_page(s, arena, &l)) == ERR_OK && l.data != NULL)
 *		… l.data->items[0 … l.data->n-1] …
 *
 * The arena may be emptied between pages; `path` and `query` must outlive the list. A page that is
 * too large is asked for again with half as many objects. ERR_UPSTREAM also for pages that lead
 * nowhere (none on it, yet there are more; in a circle): a list is never cut short in silence.
 */
struct stripe_list {
	const char *path, *query; /* query NULL, or without limit and starting_after */
	int limit;		  /* objects a page, 0: 100 */
	const struct json *data;  /* of the page; NULL: there is no more */
	bool is_over;
	char after[256]; /* id of the last object seen; may be set before the first page: resumes */
	char seen[256];	 /* one of the past `after`, to notice a circle */
	unsigned npages;
};

enum err stripe_sync_page(struct stripe_sync *, struct arena *, struct stripe_list *);

#endif
