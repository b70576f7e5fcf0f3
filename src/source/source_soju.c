#include "source/source_soju.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/strbuf.h"
#include "clients/soju_db.h"
#include "metrics/metrics_call.h"
#include "source/source_answer.h"
#include "source/source_pg.h"

/* Counting may take so long before a page gets the rest without it, and so long in all. */
#define QUICK_COUNT_US (100 * INT64_C(1000))
#define WHOLE_COUNT_US (1200 * INT64_C(1000))
/* What a page reads at every view; longer names make shorter lists. */
#define ANSWER_BYTES_MAX ((size_t)256 * 1024)

struct reading {
	struct source_fetch *fetch;
	struct source_pg pg;
	struct soju_answer answer;
	int64_t version, highest_id;
	enum source_failure
	    counting; /* not fine: a statement failed, and its transaction is over */
};

static enum source_failure
failure_of_reader(enum err e)
{
	switch (e) {
	case ERR_OK:
		return SOURCE_FINE;
	case ERR_NOT_FOUND:
		return SOURCE_MISSING;
	default:
		return SOURCE_BROKEN;
	}
}

static enum source_failure
check_version(struct reading *r)
{
	struct db_query q = { .arena = r->fetch->arena };
	enum source_failure f;
	PGresult *res;

	soju_db_ask_version(&q);
	f = source_pg_run(&r->pg, &q, &res);
	if (f == SOURCE_FINE)
		f = failure_of_reader(soju_db_read_version(res, &r->version));
	PQclear(res);
	if (f != SOURCE_FINE)
		return f;
	if (r->version >= SOJU_DB_VERSION_OLDEST && r->version <= SOJU_DB_VERSION_NEWEST)
		return SOURCE_FINE;
	strbuf_printf(&r->pg.cause, "schema version %" PRId64, r->version);
	return r->version < SOJU_DB_VERSION_OLDEST ? SOURCE_TOO_OLD : SOURCE_TOO_NEW;
}

static enum source_failure
read_networks(struct reading *r)
{
	struct db_query q = { .arena = r->fetch->arena };
	enum source_failure f;
	PGresult *res;

	soju_db_ask_networks(&q, r->fetch->subject->soju_username);
	f = source_pg_run(&r->pg, &q, &res);
	if (f == SOURCE_FINE)
		f = failure_of_reader(soju_db_read_networks(res, r->fetch->arena, &r->answer));
	PQclear(res);
	if (f == SOURCE_MISSING && r->pg.cause.len == 0)
		strbuf_puts(&r->pg.cause, "no such account in it");
	return f;
}

/* A role from before there were devices may not read them: then they are not known. */
static enum source_failure
may_read_devices(struct reading *r, bool *may)
{
	struct db_query q = { .arena = r->fetch->arena };
	enum source_failure f;
	PGresult *res;

	*may = false;
	if (r->version < SOJU_DB_VERSION_OF_DEVICES)
		return SOURCE_FINE;
	soju_db_ask_may_devices(&q);
	f = source_pg_run(&r->pg, &q, &res);
	if (f == SOURCE_FINE)
		f = failure_of_reader(soju_db_read_may_devices(res, may));
	PQclear(res);
	return f;
}

static enum source_failure
read_devices(struct reading *r)
{
	struct db_query q = { .arena = r->fetch->arena };
	enum source_failure f;
	PGresult *res;
	bool may;

	f = may_read_devices(r, &may);
	if (f != SOURCE_FINE || !may)
		return f;
	soju_db_ask_devices(&q, r->fetch->subject->soju_username);
	f = source_pg_run(&r->pg, &q, &res);
	if (f == SOURCE_FINE)
		f = failure_of_reader(soju_db_read_devices(res, r->fetch->arena, &r->answer));
	PQclear(res);
	return f;
}

static void
read_highest(struct reading *r)
{
	struct db_query q = { .arena = r->fetch->arena };
	PGresult *res;

	soju_db_ask_highest(&q);
	r->counting = source_pg_run(&r->pg, &q, &res);
	if (r->counting == SOURCE_FINE)
		r->counting = failure_of_reader(soju_db_read_highest(res, &r->highest_id));
	PQclear(res);
}

static enum err
messages_between(void *arg, int64_t after, int64_t upto, int64_t *messages)
{
	struct reading *r = arg;
	struct db_query q = { .arena = r->fetch->arena };
	PGresult *res;

	soju_db_ask_messages(&q, r->fetch->subject->soju_username, after, upto);
	r->counting = source_pg_run(&r->pg, &q, &res);
	if (r->counting == SOURCE_FINE)
		r->counting = failure_of_reader(soju_db_read_messages(res, messages));
	PQclear(res);
	return r->counting == SOURCE_FINE ? ERR_OK : ERR_UNAVAILABLE;
}

static int64_t
clock_of_rows(void *arg)
{
	(void)arg;
	return clock_monotonic_us();
}

/* True when the number is there or will not be. */
static bool
count(struct reading *r, int64_t limit_us)
{
	const struct source_count_rows rows = { messages_between, clock_of_rows, r };
	int64_t until_us = clock_monotonic_us() + limit_us;
	int64_t total;

	r->answer.is_counting = false;
	if (r->counting != SOURCE_FINE || r->highest_id < 0)
		return true;
	if (source_count_continue(&r->fetch->count, &rows, r->highest_id, until_us, &total)) {
		r->answer.messages = total;
		return true;
	}
	r->answer.is_counting = r->counting == SOURCE_FINE || r->counting == SOURCE_TIMEOUT;
	return !r->answer.is_counting;
}

static void
write_answer(struct reading *r, struct source_result *result)
{
	struct strbuf json = { 0 };

	do {
		strbuf_clear(&json);
		source_answer_write_soju(&json, &r->answer);
	} while (json.len > ANSWER_BYTES_MAX && source_answer_shorten_soju(&r->answer));
	result->answer = arena_strndup(r->fetch->arena, json.s, json.len);
	strbuf_free(&json);
}

/* Networks and channels are an answer even when counting fails. */
static void
count_and_answer(struct reading *r, struct source_result *result)
{
	bool is_done;

	read_highest(r);
	is_done = count(r, QUICK_COUNT_US);
	write_answer(r, result);
	if (is_done)
		return;
	if (r->fetch->tell_early != NULL)
		r->fetch->tell_early(r->fetch->arg, result);
	if (r->counting == SOURCE_FINE)
		count(r, WHOLE_COUNT_US);
	write_answer(r, result);
}

static enum source_failure
open_and_read(struct reading *r)
{
	const struct source_subject *s = r->fetch->subject;
	enum source_failure f;
	const char *url;

	if (soju_db_url(&url, r->fetch->arena, settings.soju_database_url, s->bouncer_name) !=
	    ERR_OK)
		return SOURCE_MISSING;
	f = source_pg_open(&r->pg, r->fetch->arena, url, r->fetch->until_us);
	if (f == SOURCE_FINE)
		f = check_version(r);
	if (f == SOURCE_FINE)
		f = read_networks(r);
	if (f == SOURCE_FINE)
		f = read_devices(r);
	return f;
}

/* That there is no such account is an answer; without a deadline nobody was asked. */
static void
count_call(const struct reading *r, enum source_failure f, int64_t duration_us)
{
	if (f == SOURCE_NOT_CONFIGURED || r->pg.until_us == 0)
		return;
	if (f == SOURCE_MISSING && r->version > 0)
		f = SOURCE_FINE;
	metrics_call_end("soju_db", source_failure_result(f), duration_us);
}

void
source_soju_fetch(struct source_fetch *f, struct source_result *result)
{
	struct reading r = { .fetch = f, .answer = { .messages = -1 } };
	const int64_t begun_us = clock_monotonic_us();

	result->failure = open_and_read(&r);
	if (result->failure == SOURCE_FINE)
		count_and_answer(&r, result);
	if (r.pg.cause.len > 0)
		result->cause = arena_strdup(f->arena, strbuf_text(&r.pg.cause));
	count_call(&r, result->failure, clock_monotonic_us() - begun_us);
	source_pg_close(&r.pg);
}
