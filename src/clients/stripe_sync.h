/*
 * Stripe asked from tasks and subcommands, which may wait: with patience for what passes (lost
 * connections, 409, 5xx, 429), and page by page through lists.
 *
 * A retry waits half a second, doubled each time up to 5 s, less a random part of up to a half, as
 * Stripe's own libraries do; what the answer says (Stripe-Should-Retry, Retry-After) comes first.
 */
#ifndef CLIENTS_STRIPE_SYNC_H
#define CLIENTS_STRIPE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "clients/stripe_api.h"

struct stripe_sync {
	struct stripe_api api;
	int retries; /* of one request; 0: none */
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
 * The arena may be emptied between pages; `path` and `query` must outlive the list.
 */
struct stripe_list {
	const char *path, *query; /* query NULL, or without limit and starting_after */
	int limit;		  /* objects a page, 0: 100 */
	const struct json *data;  /* of the page; NULL: there is no more */
	bool is_over;
	char after[256]; /* id of the last object seen; may be set before the first page: resumes */
};

enum err stripe_sync_page(struct stripe_sync *, struct arena *, struct stripe_list *);

#endif
