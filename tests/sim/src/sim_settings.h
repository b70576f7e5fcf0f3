/* What the simulator is told through its environment. README.md lists the names. */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>

#include "base/err.h"

/* Texts are never NULL; an optional one that is not given is "". */
struct sim_settings {
	const char *port, *tls_port, *tls_cert, *tls_key;
	const char *issuer; /* http://127.0.0.1:port */
	const char *pidfile;
	const char *accounts_file;
	const char *internal_secret;
	const char *client_id, *client_secret;
	const char *redirect_uris, *post_logout_uris; /* separated by blanks */
	const char *backchannel_uri;
	const char *kube_token, *kube_namespace;
};

extern struct sim_settings sim_settings;

/* ERR_INVALID: a sentence for each problem has been written to stderr. */
enum err sim_settings_load(void);
/* Whether a list separated by blanks holds exactly this text. */
bool sim_settings_lists(const char *list, const char *text);

#endif
