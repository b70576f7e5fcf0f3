/* Who stands behind a request to txt or pics, as the portal knows it and tells them. */
#ifndef ACCOUNT_CALLER_H
#define ACCOUNT_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "account/api_token.h"

struct caller {
	const char *sub, *plan;
	bool is_banned;
	/* Of a token; else 0 and false. */
	int64_t token_id;
	bool may[API_SCOPE__MAX];
};

#endif
