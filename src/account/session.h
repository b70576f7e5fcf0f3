/* Where an account is signed in, and what it did lately: what the page /account/sessions shows. */
#ifndef ACCOUNT_SESSION_H
#define ACCOUNT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_LIST_MAX 8 /* who has more ends all others at once */
#define ACTIVITY_LIST_MAX 10

/* Times are Unix seconds. */
struct session {
	int64_t id;
	const char *user_agent; /* as user_agent_keep() made it, or NULL */
	int64_t begun_at, used_at;
	bool is_this; /* the one that asks */
};

struct session_list {
	struct session *v; /* this one first, then the last used; SESSION_LIST_MAX at most */
	size_t n;
	int64_t total; /* how many there are */
};

struct activity {
	const char *type;	    /* a word of event_words, or one that later versions know */
	const char *bouncer, *plan; /* what it was about; or NULL */
	int64_t at;
};

struct activity_list {
	struct activity *v; /* the latest first; ACTIVITY_LIST_MAX at most */
	size_t n;
};

#endif
