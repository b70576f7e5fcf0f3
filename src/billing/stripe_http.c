#include "billing/stripe_http.h"

#include <string.h>

#include "base/log.h"
#include "base/settings.h"
#include "clients/stripe_pay.h"
#include "metrics/metrics_call.h"
#include "web/web_respond.h"

#define SERVICE "stripe"

enum err
stripe_http_note(const char *what, enum err e, const struct call_reply *reply,
    const struct stripe_error *error, const struct call_notes *notes)
{
	const enum call_result r = metrics_call(SERVICE, e, reply);
	const char *code = error->code != NULL ? error->code : error->type;

	if (e != ERR_OK)
		log_warn("billing", "%s: %s, %ld, %s%s%s, request %s%s%s", what,
		    call_result_word(r), reply->status, code != NULL ? code : err_word(e),
		    error->param != NULL ? ", param " : "",
		    error->param != NULL ? error->param : "",
		    *notes->request_id != '\0' ? notes->request_id : "unknown",
		    reply->detail != NULL ? ": " : "", reply->detail != NULL ? reply->detail : "");
	return e;
}

const char *
stripe_http_sentence(enum err e)
{
	switch (e) {
	case ERR_TOO_MANY:
		return "Too many people are paying at this moment. Nothing is charged. Please try "
		       "again in a minute.";
	case ERR_UNAUTHORIZED:
	case ERR_FORBIDDEN:
		return "The payment service does not know us at the moment. Nothing is charged; "
		       "who "
		       "runs this service has been told in its log.";
	case ERR_INVALID:
	case ERR_NOT_FOUND:
		return "The payment service refused this. Nothing is charged. If it happens again, "
		       "tell us the number below.";
	default:
		return "The payment service cannot be reached at the moment. Nothing is charged. "
		       "Please try again in a minute.";
	}
}

bool
stripe_http_is_about(const struct stripe_error *error, const char *param)
{
	return error->param != NULL && strcmp(error->param, param) == 0;
}

bool
stripe_http_is_followed(struct arena *a, const char *url)
{
	static const char *const pages[] = { WEB_RESPOND_PAYS };
	const char *origin = stripe_pay_origin(a, url);
	const char *base = stripe_pay_origin(a, settings.stripe_api_base);

	if (origin == NULL)
		return false;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(origin, pages[i]) == 0)
			return true;
	return strcmp(settings.stripe_api_base, STRIPE_HTTP_USUAL) != 0 && base != NULL &&
	       strcmp(origin, base) == 0;
}
