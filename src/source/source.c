#include "source/source.h"

#include <string.h>

#include "base/settings.h"

const char *const source_words[SOURCE__MAX] = {
	[SOURCE_SOJU] = "soju",
	[SOURCE_KUBE] = "kube",
	[SOURCE_TXT] = "txt",
	[SOURCE_PICS] = "pics",
};

const char *const source_failure_words[SOURCE_FAILURE__MAX] = {
	[SOURCE_FINE] = "fine",
	[SOURCE_NOT_CONFIGURED] = "not_configured",
	[SOURCE_REFUSED] = "refused",
	[SOURCE_TIMEOUT] = "timeout",
	[SOURCE_TLS] = "tls",
	[SOURCE_BROKEN] = "broken",
	[SOURCE_TOO_LARGE] = "too_large",
	[SOURCE_DENIED] = "denied",
	[SOURCE_MISSING] = "missing",
	[SOURCE_TOO_OLD] = "too_old",
	[SOURCE_TOO_NEW] = "too_new",
	[SOURCE_DNS] = "dns",
	[SOURCE_CUT] = "cut",
	[SOURCE_STATUS] = "status",
	[SOURCE_NOT_JSON] = "not_json",
};

/* Those of calls are call_result_phrase(); a test compares them. */
static const char *const reasons[SOURCE_FAILURE__MAX] = {
	[SOURCE_FINE] = NULL,
	[SOURCE_NOT_CONFIGURED] = "this service is not set up here",
	[SOURCE_REFUSED] = "the service cannot be reached",
	[SOURCE_TIMEOUT] = "the service does not answer",
	[SOURCE_TLS] = "the service does not prove who it is",
	[SOURCE_BROKEN] = "the service answers something that cannot be read",
	[SOURCE_TOO_LARGE] = "the service answers far too much",
	[SOURCE_DENIED] = "the service does not let the portal in",
	[SOURCE_MISSING] = "the service knows nothing under this name",
	[SOURCE_TOO_OLD] = "the service is too old a version for the portal",
	[SOURCE_TOO_NEW] = "the service is a newer version than the portal knows",
	[SOURCE_DNS] = "the service cannot be found",
	[SOURCE_CUT] = "the service breaks off in the middle of its answer",
	[SOURCE_STATUS] = "the service answers with an error",
	[SOURCE_NOT_JSON] = "the service answers something that cannot be read",
};

const char *const kube_phase_words[KUBE_PHASE__MAX] = {
	[KUBE_RUNNING] = "running",
	[KUBE_STARTING] = "starting",
	[KUBE_RESTARTING] = "restarting",
	[KUBE_STOPPED] = "stopped",
	[KUBE_MISSING] = "missing",
};

const char *
source_failure_reason(enum source_failure f)
{
	return f >= 0 && f < SOURCE_FAILURE__MAX ? reasons[f] : reasons[SOURCE_BROKEN];
}

enum source_failure
source_failure_of_word(const char *word)
{
	for (int f = 0; f < SOURCE_FAILURE__MAX; f++)
		if (strcmp(word, source_failure_words[f]) == 0)
			return (enum source_failure)f;
	return SOURCE_BROKEN;
}

static const enum source_failure failures_of_calls[CALL__MAX] = {
	[CALL_OK] = SOURCE_FINE,
	[CALL_DNS] = SOURCE_DNS,
	[CALL_REFUSED] = SOURCE_REFUSED,
	[CALL_TIMEOUT] = SOURCE_TIMEOUT,
	[CALL_TLS] = SOURCE_TLS,
	[CALL_TOO_LARGE] = SOURCE_TOO_LARGE,
	[CALL_CUT] = SOURCE_CUT,
	[CALL_STATUS] = SOURCE_STATUS,
	[CALL_NOT_JSON] = SOURCE_NOT_JSON,
};

enum source_failure
source_failure_of_reply(enum err e, const struct call_reply *reply)
{
	if (reply->result != CALL_OK)
		return failures_of_calls[reply->result];
	switch (e) {
	case ERR_OK:
		return SOURCE_FINE;
	case ERR_UNAUTHORIZED:
	case ERR_FORBIDDEN:
		return SOURCE_DENIED;
	case ERR_NOT_FOUND:
		return SOURCE_MISSING;
	default: /* without a status no call was made: the fault is on our side */
		return reply->status == 0 ? SOURCE_BROKEN
					  : failures_of_calls[call_outcome(e, reply)];
	}
}

enum call_result
source_failure_result(enum source_failure f)
{
	switch (f) {
	case SOURCE_FINE:
		return CALL_OK;
	case SOURCE_DENIED:
	case SOURCE_MISSING:
		return CALL_STATUS;
	default:
		break;
	}
	for (int r = 0; r < CALL__MAX; r++)
		if (failures_of_calls[r] == f)
			return (enum call_result)r;
	return CALL_NOT_JSON; /* an answer that cannot be read: too old, too new, broken */
}

bool
source_is_configured(enum source_kind kind)
{
	switch (kind) {
	case SOURCE_SOJU:
		return *settings.soju_database_url != '\0';
	case SOURCE_KUBE:
		return *settings.kubernetes_api_url != '\0' &&
		       *settings.kubernetes_namespace != '\0';
	case SOURCE_TXT:
		return *settings.txt_internal_url != '\0';
	case SOURCE_PICS:
		return *settings.pic_internal_url != '\0';
	default:
		return false;
	}
}

bool
source_is_bouncer_name(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 40 || name[0] == '-' || name[len - 1] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const char place[] = "{bouncer}";

bool
source_is_of_each(const char *address)
{
	return strstr(address, place) != NULL;
}

const char *
source_of_bouncer(struct arena *a, const char *address, const char *name)
{
	const char *at = strstr(address, place);

	if (at == NULL)
		return address;
	return arena_printf(
	    a, "%.*s%s%s", (int)(at - address), address, name, at + sizeof(place) - 1);
}

bool
source_is_due(const struct source_state *s, int64_t now)
{
	return s->tried_at == 0 || s->tried_at > now || now - s->tried_at >= SOURCE_FRESH_S;
}
