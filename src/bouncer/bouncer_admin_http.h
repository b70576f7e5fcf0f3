/* All bouncers, for those who look after operations: look, restart, suspend, resume, try again, and
 * tell everybody something. */
#ifndef BOUNCER_BOUNCER_ADMIN_HTTP_H
#define BOUNCER_BOUNCER_ADMIN_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncer_admin_index(struct http_request *);	  /* GET /admin/bouncers */
int bouncer_admin_show(struct http_request *);	  /* GET /admin/bouncers/{name} */
int bouncer_admin_restart(struct http_request *); /* POST /admin/bouncers/{name}/restart */
int bouncer_admin_suspend(struct http_request *); /* POST …/suspend */
int bouncer_admin_resume(struct http_request *);  /* POST …/resume */
int bouncer_admin_retry(struct http_request *);	  /* POST …/retry */
int bouncer_admin_notice(struct http_request *);  /* GET and POST /admin/bouncers/notice */

#endif
