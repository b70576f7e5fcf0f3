/* See pics_task_http.h. */
#include "pics/pics_task_http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "web/web_body.h"
#include "web/web_task.h"

#define PATIENCE_MS 30000
/* One picture is worked on at a time in each worker: that bounds memory, and leaves the processor
 * to pages. */
#define RUNNING_MAX 1
#define WAITING_MAX 40
/* Of one account, so that nobody alone fills the queue of all. */
#define OF_ACCOUNT_MAX 10

struct pics_task {
	struct web_task task;
	struct pics_upload *upload;
	bool is_listed; /* below; false without an error: there was too much to do */
	enum err err;	/* of the body; ERR_TOO_MANY: the account has too many at work */
	LIST_ENTRY(pics_task) neighbour;
};

/* All that run or wait in this worker, also those whose visitor left. */
static LIST_HEAD(, pics_task) begun = LIST_HEAD_INITIALIZER(begun);

static struct web_task_lane lane = { .running_max = RUNNING_MAX, .waiting_max = WAITING_MAX };

static void
work(struct web_task *task)
{
	pics_upload_run(((struct pics_task *)task)->upload);
}

static void
free_task(struct web_task *task)
{
	struct pics_task *t = (struct pics_task *)task;

	if (t->is_listed)
		LIST_REMOVE(t, neighbour);
	pics_upload_free(t->upload);
	free(t);
}

static int
begun_by(int64_t user_id)
{
	const struct pics_task *t;
	int n = 0;

	LIST_FOREACH(t, &begun, neighbour)
	n += t->upload->user_id == user_id;
	return n;
}

/* What is large lies in a file of Kore's, which goes with the request; the rest is copied. */
static enum err
take_body(struct pics_upload *u, struct web_flow *f)
{
	const char *bytes, *type = web_flow_request_header(f, "content-type");
	enum err e;

	u->content_type = arena_strdup(&u->arena, type);
	u->len = f->req->http_body_length;
	if (f->req->http_body_fd != -1 && u->len > 0) {
		u->fd = fcntl(f->req->http_body_fd, F_DUPFD_CLOEXEC, 0);
		if (u->fd == -1)
			log_error("pics", "an upload cannot be kept: %s", strerror(errno));
		return u->fd != -1 ? ERR_OK : ERR_INTERNAL;
	}
	e = web_body_bytes(f, &bytes, &u->len);
	if (e == ERR_OK)
		u->body = arena_strndup(&u->arena, bytes, u->len);
	return e;
}

int
pics_task_start(struct pics_task **task, struct web_flow *f, struct pics_upload *u)
{
	struct pics_task *t = *task = xcalloc(1, sizeof(*t));

	t->task.work = work;
	t->task.free = free_task;
	t->upload = u;
	t->err = begun_by(u->user_id) < OF_ACCOUNT_MAX ? take_body(u, f) : ERR_TOO_MANY;
	if (t->err != ERR_OK)
		return 0;
	t->is_listed = web_task_start(&t->task, &lane, f);
	if (t->is_listed)
		LIST_INSERT_HEAD(&begun, t, neighbour);
	return t->is_listed ? PATIENCE_MS : 0;
}

enum err
pics_task_result(struct pics_task **task, struct web_flow *f, const struct pics_upload **u)
{
	struct pics_task *t = *task;

	if (t->err == ERR_OK && !t->is_listed)
		return web_flow_fail(f, ERR_UNAVAILABLE,
		    "Many pictures are being worked on at this moment; these were not taken.");
	if (t->err == ERR_TOO_MANY)
		return web_flow_fail(f, t->err,
		    "Many of your pictures are being worked on at this moment. Send the next ones "
		    "when those are done.");
	if (t->err != ERR_OK)
		return t->err;
	if (!web_task_is_done(&t->task)) {
		web_task_leave(&t->task);
		*task = NULL;
		return web_flow_fail_advised(f, ERR_TIMEOUT,
		    "This takes longer than usual, and goes on without you waiting. Look at your "
		    "pictures in a minute before you send them again.");
	}
	*u = t->upload;
	return t->upload->err == ERR_INTERNAL ? ERR_INTERNAL : ERR_OK;
}

void
pics_task_leave(struct pics_task *t)
{
	if (t != NULL)
		web_task_leave(&t->task);
}

int
pics_status_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return HTTP_STATUS_OK;
	case ERR_FORBIDDEN:
		return HTTP_STATUS_FORBIDDEN;
	case ERR_CONFLICT:
		return HTTP_STATUS_CONFLICT;
	case ERR_TOO_LARGE:
		return HTTP_STATUS_REQUEST_ENTITY_TOO_LARGE;
	case ERR_UNAVAILABLE:
		return HTTP_STATUS_SERVICE_UNAVAILABLE;
	case ERR_FULL:
		return 507;
	default:
		return HTTP_STATUS_BAD_REQUEST;
	}
}
