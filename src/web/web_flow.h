/*
 * A page as a description: methods, access, inputs, a list of short steps, a renderer.
 * web_flow_run() walks through it; a step that asks the database or an outside service sleeps and
 * goes on later without blocking the worker. A page's own state begins with its struct web_flow.
 *
 * The way of every request: method → limit of the address → size → origin (POST) → session → limit
 * of forms → roles, if old → who brings a token, how an account stands → limit of programs → access
 * → CSRF (POST) → inputs → audit → kept page, or steps → redirect or render. An error on the way
 * becomes a page in web_page.c.
 */
#ifndef WEB_WEB_FLOW_H
#define WEB_WEB_FLOW_H

#include <kore/kore.h>
#include <kore/http.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/form_data.h"
#include "base/strbuf.h"
#include "web/web_address.h"
#include "web/web_file.h"
#include "web/web_input.h"
#include "web/web_limit.h"
#include "web/web_log.h"
#include "web/web_session.h"
#include "web/web_step.h"

/*
 * Who may see a page. ACCESS_SERVICE is for routes of the internal address: our own services, which
 * bring INTERNAL_SECRET; ACCESS_TOKEN is for people's programs, which bring an API token. For both
 * no session is looked for, and a POST proves itself by what it brings alone. ACCESS_BILLING and
 * ACCESS_OPS are for who is signed in and has a role for it (STAFF_BILLING_ROLES, STAFF_OPS_ROLES);
 * such a page names an `audit`.
 */
enum web_access {
	ACCESS_PUBLIC,
	ACCESS_MEMBER,
	ACCESS_SERVICE,
	ACCESS_TOKEN,
	ACCESS_BILLING,
	ACCESS_OPS
};

enum web_method {
	WEB_GET = HTTP_METHOD_GET | HTTP_METHOD_HEAD,
	WEB_POST = HTTP_METHOD_POST,
	WEB_DELETE = HTTP_METHOD_DELETE
};

struct web_page_def {
	const char *name; /* in metrics and logs: "dashboard" */
	int methods;
	enum web_access access;
	enum web_limit limit; /* what is refused when it comes too often; see web_limit.h */
	bool is_anonymous;    /* no session is looked for */
	/* A POST changes nothing, or proves itself in another way; its body is not read unless the
	 * page does so with web_body_read_form(). */
	bool is_csrf_exempt;
	/* How the account stands with the portal (plan, ban) is asked there before anything else.
	 */
	bool is_standing_asked;
	/* What is answered is somebody's own bytes: no browser may run or load anything in it. */
	bool is_foreign;
	bool pays;	   /* its forms lead on to Stripe's pages; see web_respond.h */
	const char *audit; /* NULL, or the action written to audit_log before the first step */
	/* What the action is about, once the inputs are read; NULL: the path says it. */
	const char *(*audited)(struct web_flow *);
	size_t max_body; /* bytes of a post; 0: WEB_BODY_MAX; http_body_max comes before it */
	const struct web_input *inputs; /* NULL, or a table that ends with { NULL } */
	/* Of the body; NULL: HTML. WEB_JSON has its errors in JSON, too, other types in one line.
	 */
	const char *type;
	const char *cache; /* Cache-Control; NULL: no-store */
	int keep_ms;	   /* how long a session may be shown it again; web_kept.h */
	size_t size;	   /* of the page's state, struct web_flow included */
	const struct web_step *steps;
	size_t nsteps;
	/* Writes the body; may be NULL if the steps always end in web_flow_redirect(). */
	enum err (*render)(struct web_flow *, struct strbuf *);
	/* NULL, or lets go of what does not live in the arena; runs however the request ends. */
	void (*free)(struct web_flow *);
};

#define WEB_JSON "application/json" /* as a page's type */

#define WEB_HEADERS_MAX 10
#define WEB_BODY_MAX 65536 /* enough for every form of text */

struct web_flow {
	struct http_request *req;
	const struct web_page_def *def;
	struct arena arena; /* everything the request makes */
	struct web_session session;
	union web_address client;	       /* behind the proxies of ours */
	void *guard;			       /* what the steps that check roles remember */
	void (*guard_free)(struct web_flow *); /* lets go of it, as the page's own `free` does */
	struct form_data query, form;	       /* of the address; of a posted body */
	const struct web_value *values;	       /* of def->inputs, in their order */
	const char *location;		       /* set by web_flow_redirect() */
	const char *error_text; /* a sentence for the error page, or NULL: the usual one */
	bool is_error_advised;	/* the sentence also says what to do */
	const char *place;	/* where in our code the error came up, for error_log; or NULL */
	/* Where a link of the page leads that returns to it, by signing in or trying again; a path
	 * that was checked, NULL: the page's own. */
	const char *here;
	const char *way_href,
	    *way;	    /* on an error page, a link to where the reason is told; or NULL */
	const char *within; /* the page in the navigation that this one belongs to; frame_view.h */
	int retry_after_s;  /* for an answer that asks for patience; 0: the usual */
	int status;	    /* of the answer if all goes well; 200 unless a step changes it */
	const char *type, *cache; /* as in the description; a step may change them */
	struct {
		const char *name, *value;
	} headers[WEB_HEADERS_MAX];
	int nheaders;
	const struct strbuf *kept; /* the whole page, as it was a moment ago */
	struct web_file *file;	   /* the answer in place of a page; web_file.h */
	const char *body;	   /* what was posted, once web_body_bytes() has found it */
	size_t body_len;
	bool is_body_mapped;
	int64_t started_us;
	size_t request_bytes;	  /* of the body */
	char id[WEB_LOG_ID_SIZE]; /* in the log, in the answer and on error pages */
	enum err err;		  /* why there is an error page, or ERR_OK */
	bool is_responded;

	/* Where the walk stands. */
	size_t stage, step;
	struct web_work works[WEB_STEPS_AT_ONCE]; /* the first nworks of them are under way */
	size_t nworks;
};

/* Runs or continues a page; what a handler returns. */
int web_flow_run(struct http_request *, const struct web_page_def *);

/*
 * The steps that read old roles (session.is_role_check_due) again, for all pages; called once
 * before the fork. They change roles or user_id of the session; if one of them fails, or there are
 * none, the request goes on without a role.
 */
void web_flow_set_role_steps(const struct web_step *, size_t n);

/*
 * The steps that find out who brings an API token, and how an account stands, for all pages with
 * ACCESS_TOKEN or is_standing_asked; called once before the fork. They fill the session.
 */
void web_flow_set_caller_steps(const struct web_step *, size_t n);

/* For a step that finds what the inputs alone do not tell: writes one more row of the page's
 * `audit`, about `resource`. What is found is shown only if that went well. */
void web_flow_audit(struct web_flow *, struct db_query *, const char *resource);
/* Ends the walk with 303 See Other; `location` is ours or one that was checked. */
void web_flow_redirect(struct web_flow *, const char *location);
/* Adds a header to the answer; both live as long as the arena, and the value has no CR or LF. */
void web_flow_header(struct web_flow *, const char *name, const char *value);
/* If the limit was passed (ERR_TOO_MANY): says so, and when it makes sense to come back, which is
 * in flow->retry_after_s. */
void web_flow_explain_limit(struct web_flow *, enum web_limit, enum err);
/* The error with a sentence of its own for the page. The function that says so is kept as its
 * place.
 */
#define web_flow_fail(f, e, sentence) web_flow_fail_at(f, e, sentence, __func__)
/* The same, when the sentence also says what to do: the page's usual advice would not fit. */
#define web_flow_fail_advised(f, e, sentence) web_flow_fail_advised_at(f, e, sentence, __func__)
enum err web_flow_fail_at(struct web_flow *, enum err, const char *sentence, const char *place);
enum err web_flow_fail_advised_at(
    struct web_flow *, enum err, const char *sentence, const char *place);

/* A request header as the browser sent it, those included that Kore drops; NULL if there is none.
 */
const char *web_flow_request_header(struct web_flow *, const char *name);
/* A cookie's value by its name without prefix; NULL if there is none. */
const char *web_flow_cookie(struct web_flow *, const char *name);
/* Sets a cookie as web_cookie_format() does; max_age_s 0 deletes it. */
void web_flow_set_cookie(struct web_flow *, const char *name, const char *value, int64_t max_age_s);

#endif
