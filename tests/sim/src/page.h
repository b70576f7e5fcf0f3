/* The simulator's own pages, which say on each that it is a simulator. */
#ifndef PAGE_H
#define PAGE_H

#include <jansson.h>

#include "base/strbuf.h"

/* Who signs in: a button for each sample account, and a field for any other. */
void page_login(struct strbuf *, const char *login_id, const json_t *accounts, const char *hint);
/* Asks whether to sign out, for a request that does not say whose session it means. */
void page_logout(struct strbuf *, const char *return_url, const char *state);
/* A sentence under a heading. */
void page_sentence(struct strbuf *, const char *title, const char *sentence);
/* What is here, for whoever opens the address in a browser. */
void page_index(struct strbuf *);

#endif
