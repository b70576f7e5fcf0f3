/*
 * The one error type of the program. A function that can fail returns it and hands its results out
 * through its last parameters; web_page.c alone turns it into a status and a page.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
	ERR_OK,
	ERR_INVALID,	  /* what we were given does not fit */
	ERR_UNAUTHORIZED, /* nobody is signed in */
	ERR_FORBIDDEN,	  /* somebody is, but may not */
	ERR_NOT_FOUND,
	ERR_METHOD,
	ERR_TIMEOUT, /* the other side took too long */
	ERR_CONFLICT,
	ERR_TOO_LARGE,
	ERR_TOO_MANY,
	ERR_INTERNAL,	 /* our own mistake */
	ERR_UPSTREAM,	 /* a service we need answered nonsense */
	ERR_UNAVAILABLE, /* a service we need does not answer */
	ERR_FULL,	 /* there is no room left to keep it */
	ERR__MAX
};

/* One word for logs and metrics: "not_found". Never NULL. */
const char *err_word(enum err);

#endif
