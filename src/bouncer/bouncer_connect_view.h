/* The page /bouncers/NAME/connect: what an IRC client has to know, and the password. */
#ifndef BOUNCER_BOUNCER_CONNECT_VIEW_H
#define BOUNCER_BOUNCER_CONNECT_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer.h"
#include "web/part_view.h"

/* clang-format off */
#define CONNECT_LINE(F) F(TEXT, words) F(PART, copy, copy)
VIEW_DECLARE(connect_line, CONNECT_LINE)

#define CONNECT_CLIENT(F)                                                                       \
	F(TEXT, id) F(TEXT, name) F(TEXT, about)                                                \
	F(LIST, lines, connect_line)	/* commands or settings to take along */                \
	F(LIST, steps, connect_line)	/* what is to be clicked, in words */                   \
	F(TEXT, after)
VIEW_DECLARE(connect_client, CONNECT_CLIENT)

#define BOUNCER_CONNECT(F)                                                                      \
	F(PART, frame, frame)                                                                   \
	F(TEXT, name) F(TEXT, back_href) F(TEXT, action)                                        \
	F(BOOL, has_host)		/* the operator told where clients connect */           \
	F(PART, host, copy) F(TEXT, port) F(PART, user, copy)                                   \
	F(TEXT, network)		/* as soju has it; absent: all of them */               \
	F(BOOL, has_networks) F(PART, networks, field)                                          \
	F(TEXT, href)			/* ircs://… */                                          \
	F(PART, secret, copy)		/* the password that was just made */                   \
	F(BOOL, is_typed)		/* one that was typed is set */                         \
	F(BOOL, can_set) F(PART, password, field)                                               \
	F(TEXT, password_action) F(TEXT, csrf) F(TEXT, once)                                    \
	F(LIST, clients, connect_client)                                                        \
	F(BOOL, has_placeholder)	/* PASSWORD stands in what they are told */
VIEW_DECLARE(bouncer_connect, BOUNCER_CONNECT)
/* clang-format on */

struct connect_facts {
	const struct bouncer *bouncer;
	const char *host; /* {bouncer} in it; "": not told */
	int64_t port;
	const char *const *networks; /* their names */
	size_t nnetworks;
	const char *network;  /* the one that is asked for; NULL: all of them */
	const char *password; /* the one that was just made here; NULL: none was */
	bool is_typed;	      /* one that was typed was set */
	const char *problem;  /* with what was typed as a password */
	bool can_set;	      /* a password may be set now */
};

/* All but the frame and the texts of the form; texts live in the arena. */
void bouncer_connect_view_init(
    struct bouncer_connect_view *, const struct connect_facts *, struct arena *);

/* Why a text cannot be a password, a sentence; NULL: it can. */
const char *bouncer_password_problem(const char *, size_t len);

#endif
