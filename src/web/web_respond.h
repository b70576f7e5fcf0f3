/* The one way out: every answer of ours gets the full set of headers here. */
#ifndef WEB_WEB_RESPOND_H
#define WEB_WEB_RESPOND_H

#include <stddef.h>

#include "web/web_flow.h"

/*
 * Where forms of pages with `pays` lead to: Stripe's checkout and customer portal. Besides them the
 * origin of STRIPE_API_BASE, where that is not Stripe's.
 */
#define WEB_RESPOND_PAYS "https://checkout.stripe.com", "https://billing.stripe.com"

/* Makes the fixed headers from the settings; called once before the fork. */
void web_respond_init(void);
/* The fixed headers as lines, each with its CR LF, for an answer that does not come through here.
 */
const char *web_respond_fixed(void);
/*
 * Sends status, the flow's own headers, the fixed ones and the body; counts, times and logs the
 * request.
 */
void web_respond(struct web_flow *, int status, const char *type, const char *cache,
    const void *body, size_t len);
/* The same with a file in place of the body, with type and cache of the flow. */
void web_respond_ref(struct web_flow *, int status, struct kore_fileref *);

#endif
