#include "app/doctor_mail.h"

#include "base/mail_server.h"
#include "base/settings.h"
#include "mail/mail_send.h"

#define WHAT "mail server"

/* How to mend what it came to. */
static const char *
mend(const struct mail_sent *sent)
{
	switch (sent->reply.result) {
	case CALL_TLS:
		return "its certificate must be valid for the host of SMTP_URL and signed by an "
		       "authority of the system or of SMTP_CA_FILE; with smtp:// it must offer "
		       "STARTTLS";
	case CALL_STATUS:
		return sent->reply.status == 535 || sent->reply.status == 534
			   ? "user and password in SMTP_URL must be right, and "
			     "percent-encoded where they hold more than letters and digits"
			   : "it may not take mail from this host; SMTP_URL must name its "
			     "port for sending, often 465 (smtps) or 587 (smtp)";
	default:
		return "check host and port in SMTP_URL, and whether this host may connect there";
	}
}

void
doctor_mail(struct doctor_report *r, struct arena *a)
{
	struct mail_server server;
	struct mail_sender *sender;
	struct mail_sent sent;

	if (*settings.smtp_url == '\0') {
		doctor_report_unset(r, WHAT, "SMTP_URL is empty; nobody is told about outages");
		return;
	}
	if (mail_server_parse(&server, a, settings.smtp_url) != ERR_OK)
		return; /* told with the settings */
	sender = mail_sender_open(&server, settings.smtp_ca_file, MAIL_TIMEOUT_MS);
	if (sender == NULL)
		return;
	mail_sender_try(sender, a, &sent);
	mail_sender_close(sender);
	if (sent.reply.result == CALL_OK)
		doctor_report_ok(r, WHAT, "answers%s",
		    server.user != NULL ? " and knows user and password" : "");
	else
		doctor_report_wrong(r, WHAT, mend(&sent), "it %s: %s",
		    call_result_phrase(sent.reply.result),
		    sent.reply.detail != NULL ? sent.reply.detail : "");
}
