/*
 * The passwords that the portal has in soju and its databases. They are made from SOJU_ADMIN_KEY
 * each time they are needed, so none is kept anywhere: whoever has the key has them all.
 */
#ifndef BOUNCER_SOJU_SECRET_H
#define BOUNCER_SOJU_SECRET_H

#include "base/arena.h"

/* The portal's own user in a soju that it reaches by IRC. No bouncer can be called so. */
#define SOJU_ADMIN_LOGIN "portal_admin"

enum soju_secret {
	SOJU_SECRET_ADMIN,    /* of SOJU_ADMIN_LOGIN in the soju of that bouncer */
	SOJU_SECRET_DATABASE, /* of the role that owns the bouncer's database */
	SOJU_SECRET__MAX
};

/*
 * 43 letters, digits, "-" and "_", in the arena: base64url(HMAC-SHA256(key, purpose ":" name)).
 * `key` is 64 hexadecimal digits, `name` a bouncer's, or "" for a soju that all share. NULL: the
 * key is none.
 */
const char *soju_secret(
    struct arena *, const char *key, enum soju_secret purpose, const char *name);

#endif
