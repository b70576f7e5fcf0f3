#include "mail/mail_send.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xmalloc.h"
#include "clients/call_curl.h"
#include "metrics/metrics_call.h"

#define CONNECT_TIMEOUT_MS 5000
#define CODE_CLOSING 421 /* "service not available, closing transmission channel" */

struct mail_sender {
	CURL *curl;
	const struct mail_server *server;
	const char *ca_file;
	int timeout_ms;
};

struct mail_sender *
mail_sender_open(const struct mail_server *server, const char *ca_file, int timeout_ms)
{
	struct mail_sender *s;
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		return NULL;
	s = xmalloc(sizeof(*s));
	*s = (struct mail_sender){
		.curl = curl, .server = server, .ca_file = ca_file, .timeout_ms = timeout_ms
	};
	return s;
}

void
mail_sender_close(struct mail_sender *s)
{
	if (s == NULL)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

/* ---- Options; libcurl's own codes, 0 is CURLE_OK ---- */

static unsigned
set_trust(const struct mail_sender *s)
{
	const bool wants_tls = !s->server->is_loopback || *s->ca_file != '\0';
	CURL *c = s->curl;
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	failed |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	failed |= curl_easy_setopt(
	    c, CURLOPT_USE_SSL, wants_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	if (*s->ca_file != '\0') {
		failed |= curl_easy_setopt(c, CURLOPT_CAINFO, s->ca_file);
		failed |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	return failed;
}

static unsigned
set_limits(const struct mail_sender *s)
{
	CURL *c = s->curl;
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	failed |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	failed |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	failed |= curl_easy_setopt(c, CURLOPT_PROXY, "");
	failed |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	return failed;
}

/* What a server says besides goes nowhere. */
static size_t
ignore(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * n;
}

static unsigned
set_server(const struct mail_sender *s)
{
	CURL *c = s->curl;
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_URL, s->server->url);
	if (s->server->user != NULL) {
		failed |= curl_easy_setopt(c, CURLOPT_USERNAME, s->server->user);
		failed |= curl_easy_setopt(c, CURLOPT_PASSWORD, s->server->password);
	}
	failed |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, ignore);
	return failed | set_trust(s) | set_limits(s);
}

/* ---- The mail ---- */

struct reader {
	const struct strbuf *mail;
	size_t at;
	bool is_at_end; /* libcurl was told so: it sends the final dot */
};

static size_t
read_mail(char *out, size_t size, size_t n, void *arg)
{
	struct reader *r = arg;
	size_t len = r->mail->len - r->at;

	if (len > size * n)
		len = size * n;
	memcpy(out, r->mail->s + r->at, len);
	r->at += len;
	r->is_at_end = len == 0;
	return len;
}

static unsigned
set_mail(CURL *c, const char *from, struct curl_slist *to, struct reader *r)
{
	unsigned failed = 0;

	failed |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
	failed |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	failed |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	failed |= curl_easy_setopt(c, CURLOPT_READFUNCTION, read_mail);
	failed |= curl_easy_setopt(c, CURLOPT_READDATA, r);
	return failed;
}

/* ---- What came of it ---- */

/* A reply of 400 and more is the server's word, whatever libcurl calls it. */
static enum call_result
result_of(CURLcode code, long status)
{
	switch (code) {
	case CURLE_OK:
		return CALL_OK;
	case CURLE_USE_SSL_FAILED: /* no STARTTLS where it is wanted */
		return CALL_TLS;
	case CURLE_LOGIN_DENIED:
		return CALL_STATUS;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_REMOTE_ACCESS_DENIED:
		if (status >= 400)
			return CALL_STATUS;
		return code == CURLE_WEIRD_SERVER_REPLY ? CALL_NOT_JSON : CALL_CUT;
	default:
		return call_curl_result(code);
	}
}

static void
judge(struct mail_sent *sent, CURLcode code, bool was_handed_over)
{
	const enum call_result result = sent->reply.result;
	const long status = sent->reply.status;
	/* It greets nobody, or does not believe us. */
	const bool is_at_door = code == CURLE_LOGIN_DENIED || code == CURLE_REMOTE_ACCESS_DENIED ||
				(code == CURLE_WEIRD_SERVER_REPLY && !was_handed_over);
	const bool is_word = result == CALL_STATUS && !is_at_door && status != CODE_CLOSING;

	if (result == CALL_OK)
		return;
	sent->is_of_server = !is_word;
	sent->is_refused = is_word && status >= 500;
	sent->is_unsure = was_handed_over && result != CALL_STATUS;
}

/* libcurl's words name the server at most: they quote none of its replies. */
static void
perform(struct mail_sender *s, const struct reader *r, struct arena *a, struct mail_sent *sent)
{
	const int64_t begun_us = clock_monotonic_us();
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;

	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(s->curl);
	curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &sent->reply.status);
	sent->reply.result = result_of(code, sent->reply.status);
	if (code != CURLE_OK)
		sent->reply.detail =
		    arena_strdup(a, *error != '\0' ? error : curl_easy_strerror(code));
	judge(sent, code, r != NULL && r->is_at_end);
	metrics_call_end("smtp", sent->reply.result, clock_monotonic_us() - begun_us);
}

static void
begin(struct mail_sent *sent)
{
	/* What is said where libcurl refuses an option, which is a mistake of ours. */
	*sent =
	    (struct mail_sent){ .reply = { .result = CALL_CUT, .body = "" }, .is_of_server = true };
}

void
mail_sender_send(struct mail_sender *s, const char *from, const char *to, const struct strbuf *mail,
    struct arena *a, struct mail_sent *sent)
{
	struct reader r = { .mail = mail };
	struct curl_slist *list = curl_slist_append(NULL, to);

	begin(sent);
	curl_easy_reset(s->curl); /* keeps the connection */
	if (list != NULL && set_server(s) == 0 && set_mail(s->curl, from, list, &r) == 0) {
		sent->is_of_server = false;
		perform(s, &r, a, sent);
	}
	curl_easy_reset(s->curl);
	curl_slist_free_all(list);
}

void
mail_sender_try(struct mail_sender *s, struct arena *a, struct mail_sent *sent)
{
	begin(sent);
	curl_easy_reset(s->curl);
	if (set_server(s) == 0 && curl_easy_setopt(s->curl, CURLOPT_CUSTOMREQUEST, "NOOP") == 0)
		perform(s, NULL, a, sent);
}
