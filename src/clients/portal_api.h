/*
 * What txt and pics ask the portal at its internal address, PORTAL_INTERNAL_URL:
 *
 *	POST /api/tokens/check {"token":"pt_…"}
 *		{"sub":"alice","plan":"free","scopes":["txt","pics"],"token_id":7}
 *	GET /api/accounts/{sub}, GET /api/uploaders/{bouncer}/{soju_username}
 *		{"sub":"alice","plan":"pro","is_banned":false}
 *	POST /api/requests, see track/track_report.h
 *		{"is_new":true}
 *
 * or 404 with {"error":"…"} for what there is not, or not any more.
 */
#ifndef CLIENTS_PORTAL_API_H
#define CLIENTS_PORTAL_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"

/* Who stands behind a request. */
struct portal_account {
	const char *sub, *plan;
	bool is_banned;		/* never of a token: a banned account has none that is good */
	bool may_txt, may_pics; /* of a token */
	int64_t token_id;	/* of a token; else 0 */
};

/* Where the portal is, without a final slash, and how it is asked. */
struct portal_api {
	const char *base, *secret;
	int timeout_ms;
};

/* ERR_INVALID: a secret that no header can hold. */
enum err portal_api_token_request(
    struct call_request *, struct arena *, const struct portal_api *, const char *token);
enum err portal_api_account_request(
    struct call_request *, struct arena *, const struct portal_api *, const char *sub);
/* `bouncer` "-": of a soju that several accounts share. */
enum err portal_api_uploader_request(struct call_request *, struct arena *,
    const struct portal_api *, const char *bouncer, const char *soju_username);

/*
 * ERR_NOT_FOUND: the portal says that there is no such thing; ERR_FORBIDDEN: the secret is not its
 * own; ERR_UPSTREAM: anything but such an answer, a 404 of somebody else included; or the error of
 * call_result_err().
 */
enum err portal_api_token_reply(struct portal_account *, struct arena *, const struct call_reply *);
/* Of an account and of an uploader. */
enum err portal_api_account_reply(
    struct portal_account *, struct arena *, const struct call_reply *);

/* Hands over what became of requests, as JSON, which lives as long as the call. */
enum err portal_api_requests_request(struct call_request *, struct arena *,
    const struct portal_api *, const char *report, size_t len);
/*
 * ERR_OK: the portal has it, now or from before. ERR_INVALID: it does not understand it, and will
 * not when it comes again. Else as above.
 */
enum err portal_api_requests_reply(struct arena *, const struct call_reply *);

#endif
