/* What goes wrong on demand: each part of the simulator can be made slow, silent or senseless. */
#ifndef FAULT_H
#define FAULT_H

#include <kore/kore.h>
#include <kore/http.h>

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

enum fault_target {
	FAULT_TXT,
	FAULT_PICS,
	FAULT_KUBE,
	FAULT_OIDC_DISCOVERY,
	FAULT_OIDC_JWKS,
	FAULT_OIDC_TOKEN,
	FAULT_TARGET__MAX
};

enum fault_mode {
	FAULT_OK,
	FAULT_HANG,	   /* never answers */
	FAULT_ERROR,	   /* an error of the service, status 500 unless told */
	FAULT_GARBAGE,	   /* 200, called JSON, and is not */
	FAULT_HUGE,	   /* 200 and 10 MiB of valid JSON that begins rightly */
	FAULT_SLOW,	   /* the true answer after `ms` */
	FAULT_REFUSE_AUTH, /* 401 whatever was sent */
	FAULT_TRUNCATED,   /* the connection ends in the middle of the body */
	FAULT_MODE__MAX
};

/*
 * Called first by a handler, at every entry. True: the request has been answered or waits, and
 * *result is what the handler returns. False: answer as usual.
 */
bool fault_happens(struct http_request *, enum fault_target, int *result);
/*
 * Takes {"target":, "mode":, "ms":, "status":, "times":}. ERR_INVALID: nothing has changed and
 * *why is a sentence.
 */
enum err fault_set(json_t *order, const char **why);
/* All modes, and how many requests each target has had since the start or the last reset. */
json_t *fault_state(void);
void fault_reset(void);

#endif
