/* Reads the environment once, before the worker is started. */
#include "sim_settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

struct sim_settings sim_settings;

static const struct {
	const char *name;
	const char **value;
	bool is_required, is_port;
} names[] = {
	{ "SIM_PORT", &sim_settings.port, true, true },
	{ "SIM_TLS_PORT", &sim_settings.tls_port, false, true },
	{ "SIM_TLS_CERT", &sim_settings.tls_cert, false, false },
	{ "SIM_TLS_KEY", &sim_settings.tls_key, false, false },
	{ "SIM_PIDFILE", &sim_settings.pidfile, false, false },
	{ "SIM_ACCOUNTS", &sim_settings.accounts_file, false, false },
	{ "SIM_INTERNAL_SECRET", &sim_settings.internal_secret, true, false },
	{ "SIM_CLIENT_ID", &sim_settings.client_id, true, false },
	{ "SIM_CLIENT_SECRET", &sim_settings.client_secret, true, false },
	{ "SIM_REDIRECT_URIS", &sim_settings.redirect_uris, true, false },
	{ "SIM_POST_LOGOUT_URIS", &sim_settings.post_logout_uris, false, false },
	{ "SIM_BACKCHANNEL_URI", &sim_settings.backchannel_uri, false, false },
	{ "SIM_KUBE_TOKEN", &sim_settings.kube_token, true, false },
	{ "SIM_KUBE_NAMESPACE", &sim_settings.kube_namespace, false, false },
};

/* The value becomes a line of Kore's configuration, so nothing but a number may pass. */
static bool
is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && text[digits] == '\0' && atoi(text) > 0 &&
	       atoi(text) <= 65535;
}

static const char *
problem(size_t i)
{
	const char *value = *names[i].value;

	if (*value == '\0')
		return names[i].is_required ? "is not set" : NULL;
	if (names[i].is_port && !is_port(value))
		return "is not a port number";
	return strpbrk(value, "\r\n") != NULL ? "holds a line break" : NULL;
}

static bool
tls_is_whole(void)
{
	bool port = *sim_settings.tls_port != '\0';
	bool cert = *sim_settings.tls_cert != '\0' && *sim_settings.tls_key != '\0';

	return !port || cert;
}

/* Kept for ever, as the environment is. */
static const char *
made(const char *before, const char *after)
{
	struct strbuf b = { 0 };

	strbuf_puts(&b, before);
	strbuf_puts(&b, sim_settings.port);
	strbuf_puts(&b, after);
	return b.s;
}

enum err
sim_settings_load(void)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i].name), *why;

		*names[i].value = value != NULL ? value : "";
		if ((why = problem(i)) == NULL)
			continue;
		fprintf(stderr, "sim: %s %s.\n", names[i].name, why);
		e = ERR_INVALID;
	}
	if (!tls_is_whole()) {
		fprintf(stderr, "sim: SIM_TLS_PORT needs SIM_TLS_CERT and SIM_TLS_KEY.\n");
		e = ERR_INVALID;
	}
	sim_settings.issuer = made("http://127.0.0.1:", "");
	if (*sim_settings.pidfile == '\0')
		sim_settings.pidfile = made("/tmp/sim-", ".pid");
	return e;
}

bool
sim_settings_lists(const char *list, const char *text)
{
	size_t len = strlen(text);

	while (*list != '\0') {
		size_t word = strcspn(list, " ");

		if (word == len && len > 0 && memcmp(list, text, len) == 0)
			return true;
		list += word;
		list += strspn(list, " ");
	}
	return false;
}
