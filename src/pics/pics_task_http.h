/* How pages hand what was posted to pics_upload.h and wait for it. */
#ifndef PICS_PICS_TASK_HTTP_H
#define PICS_PICS_TASK_HTTP_H

#include "pics/pics_upload.h"
#include "web/web_flow.h"

/* Of a page that takes uploads; a little room for what is around the files. */
#define PICS_BODY_MAX (PICS_POST_BYTES_MAX + 1024 * 1024)

struct pics_task;

/*
 * In a `wait` hook: begins the upload of what was posted, who and how being filled in, and says how
 * long to wait. It takes the upload over.
 */
int pics_task_start(struct pics_task **, struct web_flow *, struct pics_upload *);
/*
 * In the step after it. ERR_UNAVAILABLE: it never began, there is too much to do;
 * ERR_TOO_MANY: as much as one account may have at work is; ERR_TIMEOUT: it
 * goes on, but nobody waits any more; the sentence for the page is set. Else the upload is done,
 * whatever came of it, and lives until the page ends.
 */
enum err pics_task_result(struct pics_task **, struct web_flow *, const struct pics_upload **);
/* For the page's `free`. */
void pics_task_leave(struct pics_task *);

/* The status that says an error, for pages that show more than an error page. */
int pics_status_of(enum err);

#endif
