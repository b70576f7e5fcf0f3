#include "mail/outage_mail_run.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/mail_server.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/stop_note.h"
#include "mail/mail.h"
#include "mail/mail_send.h"
#include "mail/outage_mail.h"
#include "mail/outage_mail_store.h"
#include "mail/unsubscribe.h"

#define AT_ONCE 10
#define ROUND_S 240   /* no claim begins later */
#define RETRY_S 1800  /* far longer than a claim takes to be sent */
#define REFUSED_MAX 5 /* in a row: then it is rather the server, or what it thinks of us */
#define ID_BYTES 16

struct round {
	struct db_sync *db;
	struct arena *arena;
	struct mail_sender *sender;
	unsigned char key[SEAL_KEY_BYTES];
	int64_t now;
	struct strbuf *error;
	int64_t sent, refused, failed;
	int refused_in_a_row;
};

static enum err
claim(struct round *r, struct outage_account_list *list)
{
	struct db_query q = { .arena = r->arena };
	PGresult *res = NULL;
	enum err e;

	outage_mail_store_claim(&q, settings.outage_mail_hours, AT_ONCE, RETRY_S);
	e = db_sync_run(r->db, &q, &res);
	if (e == ERR_OK)
		e = outage_mail_store_claim_rows(list, r->arena, res);
	PQclear(res);
	return e;
}

static enum err
begin(struct round *r, const struct outage_account *account)
{
	struct db_query q = { .arena = r->arena };

	outage_mail_store_begin(&q, account->user_id);
	return db_sync_run(r->db, &q, NULL);
}

static enum err
release(struct round *r, const struct outage_account *account)
{
	struct db_query q = { .arena = r->arena };

	outage_mail_store_release(&q, account->user_id, RETRY_S);
	return db_sync_run(r->db, &q, NULL);
}

/* ERR_INVALID: nothing can be sent to such an address. */
static enum err
write_mail(struct round *r, const struct outage_account *account, struct strbuf *out)
{
	struct outage_mail_facts f = {
		.site_name = settings.site_name, .public_url = settings.public_url, .now = r->now
	};
	unsigned char bytes[ID_BYTES];
	char id[2 * ID_BYTES + 1];
	struct mail m;

	f.unsubscribe_url = arena_printf(r->arena, "%s" UNSUBSCRIBE_PATH "?token=%s",
	    settings.public_url, unsubscribe_token(r->arena, r->key, account->user_id));
	random_bytes(bytes, sizeof(bytes));
	hex_encode(id, bytes, sizeof(bytes));
	m = (struct mail){ .from_name = settings.site_name,
		.from = settings.mail_from,
		.to = account->email,
		.subject = outage_mail_subject(r->arena, account, &f),
		.text = outage_mail_text(r->arena, account, &f),
		.unsubscribe_url = f.unsubscribe_url,
		.id = id,
		.now = r->now };
	return mail_write(out, &m);
}

/* By its number, which says nothing to who reads the log alone. */
static enum err
take_failure(struct round *r, const struct outage_account *account, const struct mail_sent *sent)
{
	const struct call_reply *reply = &sent->reply;

	log_warn("mail", "account %" PRId64 ": %s, %ld: %s", account->user_id,
	    call_result_word(reply->result), reply->status,
	    reply->detail != NULL ? reply->detail : "");
	if (sent->is_refused) {
		r->refused++;
		r->refused_in_a_row++;
		return ERR_OK;
	}
	r->failed++;
	return sent->is_unsure ? ERR_OK : release(r, account);
}

/* What everybody else would meet with as well: the round is over. */
static enum err
give_up(struct round *r, const struct mail_sent *sent)
{
	strbuf_printf(r->error, "the mail server %s", call_result_phrase(sent->reply.result));
	return call_result_err(sent->reply.result);
}

static enum err
hand_over(struct round *r, const struct outage_account *account, const struct strbuf *mail)
{
	struct mail_sent sent;
	enum err e;

	mail_sender_send(r->sender, settings.mail_from, account->email, mail, r->arena, &sent);
	if (sent.reply.result == CALL_OK) {
		r->sent++;
		r->refused_in_a_row = 0;
		return ERR_OK;
	}
	e = take_failure(r, account, &sent);
	if (e == ERR_OK && !sent.is_cut_off &&
	    (sent.is_of_server || r->refused_in_a_row >= REFUSED_MAX))
		e = give_up(r, &sent);
	return e;
}

static enum err
send_one(struct round *r, const struct outage_account *account)
{
	struct strbuf mail = { 0 };
	enum err e = begin(r, account);

	if (e != ERR_OK)
		return e;
	e = write_mail(r, account, &mail);
	if (e == ERR_OK) {
		e = hand_over(r, account, &mail);
	} else {
		log_warn("mail", "account %" PRId64 ": its address is none that is written to",
		    account->user_id);
		r->refused++;
		e = ERR_OK;
	}
	strbuf_free(&mail);
	return e;
}

/* Those of the claim that are not come to are due again like one that failed. */
static enum err
send_all(struct round *r, const struct outage_account_list *list)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < list->n && e == ERR_OK && stop_note_read() == STOP_NONE; i++)
		e = send_one(r, &list->v[i]);
	return e;
}

static enum err
run_rounds(struct round *r)
{
	const int64_t until_us = clock_monotonic_us() + ROUND_S * INT64_C(1000000);
	struct outage_account_list list = { 0 };
	enum err e = ERR_OK;

	/* The rest is for the next run: no job holds its lock for ever. */
	while (e == ERR_OK && clock_monotonic_us() < until_us && stop_note_read() == STOP_NONE) {
		e = claim(r, &list);
		if (e == ERR_OK && list.n == 0)
			break;
		if (e == ERR_OK)
			e = send_all(r, &list);
	}
	if (r->sent + r->refused + r->failed > 0)
		log_info("mail",
		    "about outages: %" PRId64 " sent, %" PRId64 " refused, %" PRId64 " failed",
		    r->sent, r->refused, r->failed);
	return e;
}

enum err
outage_mail_round(struct db_sync *db, struct arena *a, struct strbuf *error, int64_t now)
{
	struct round r = { .db = db, .arena = a, .now = now, .error = error };
	struct mail_server server;
	enum err e;

	if (*settings.smtp_url == '\0' || settings.outage_mail_hours == 0)
		return ERR_OK;
	e = mail_server_parse(&server, a, settings.smtp_url);
	if (e == ERR_OK)
		e = hex_decode(r.key, sizeof(r.key), settings.session_key);
	if (e != ERR_OK)
		return e;
	r.sender = mail_sender_open(&server, settings.smtp_ca_file, MAIL_TIMEOUT_MS);
	if (r.sender == NULL)
		return ERR_INTERNAL;
	e = run_rounds(&r);
	mail_sender_close(r.sender);
	return e;
}
