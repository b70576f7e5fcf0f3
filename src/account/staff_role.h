/* The roles of those who run the service, as the provider names them. */
#ifndef ACCOUNT_STAFF_ROLE_H
#define ACCOUNT_STAFF_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum staff_role { STAFF_ADMIN, STAFF_BILLING, STAFF_SUPPORT, STAFF_CONTENT, STAFF_OPS, STAFF__MAX };
extern const char *const staff_role_words[STAFF__MAX];

/* Who may see and do what: lists of which one role is enough. */
#define STAFF_BILLING_ROLES "admin billing"
#define STAFF_OPS_ROLES "admin ops"

/* What the provider said counts this long; then it is asked again. */
#define STAFF_ROLES_KEEP_S 300

/*
 * Those of the provider's roles that mean something here, separated by spaces, "" for none. A
 * provider knows many others, which are none of our business.
 */
const char *staff_role_list(struct arena *, const char *const *roles, size_t n);
/* Whether a role of the one list (NULL: none) is in the other; both are separated by spaces. */
bool staff_role_has_any(const char *roles, const char *wanted);

#endif
