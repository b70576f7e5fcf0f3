/*
 * Every setting of the program. They come from the environment; a secret may instead come from the
 * file that NAME_FILE names. settings_table.c holds the one table of them, settings_check.c what
 * each kind of value must be; conf/env.example, which explains them, is checked against the table.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

enum role { ROLE_PORTAL, ROLE_TXT, ROLE_PICS, ROLE__MAX };
extern const char *const role_words[ROLE__MAX];
/* What each role calls its own database, and the folder of its migrations. */
extern const char *const role_databases[ROLE__MAX];

/* Texts are never NULL: an optional setting that is not given is "". Read only after the start. */
struct settings {
	enum role role;
	const char *home;    /* where conf/ and migrations/ are */
	const char *run_dir; /* where the file with the process id goes */
	const char *run_as;  /* the user of the workers when root starts it; "": none is given */
	const char *log_level;
	int64_t workers;      /* 0: one per core and one more */
	int64_t stop_delay_s; /* how long /readyz says no before the doors close */

	const char *public_url; /* without a final slash */
	bool is_https;		/* the scheme of public_url: decides Secure, __Host- and HSTS */
	const char *public_host, *public_port, *internal_host, *internal_port; /* of the BINDs */
	const char *trusted_proxies;
	bool has_rate_limits, has_cache;
	const char *site_name, *site_mark_file;

	const char *database_url, *database_direct_url, *database_replica_url, *soju_database_url;
	const char *session_key; /* 64 hexadecimal digits */
	const char *internal_secret, *internal_secret_old;

	const char *oidc_issuer, *oidc_client_id, *oidc_client_secret, *oidc_roles_claim;
	const char *oidc_ca_file; /* "": the system's certificates */
	const char *txt_internal_url, *pic_internal_url, *portal_internal_url;
	const char *portal_url, *txt_url, *pics_url; /* for links; "": there is none */

	const char *kubernetes_api_url, *kubernetes_namespace;
	const char *kubernetes_token_file, *kubernetes_ca_file;

	/* {bouncer} in an address is the name of one. */
	const char *bouncer_provisioner;   /* "none", "soju", "kubernetes" */
	const char *bouncer_host;	   /* what clients connect to; "": not told */
	int64_t bouncer_port;		   /* with TLS */
	int64_t bouncer_delete_grace_days; /* how long a deletion can be undone */
	bool may_bouncers_go_inside;	   /* to networks at private addresses */
	const char *bouncer_image;	   /* the container of a bouncer's soju */
	const char *bouncer_manifests;	   /* the file of what is applied for each */
	const char *soju_admin_socket, *soju_admin_url, *soju_admin_key, *soju_ca_file;
	const char *soju_metrics_url;
	const char *soju_database_admin_url;		 /* of who may make databases and roles */
	int64_t soju_history_days;			 /* kept by a shared soju; 0: not told */
	const char *smtp_url, *smtp_ca_file, *mail_from; /* smtp_url "": no mail */
	int64_t outage_mail_hours;			 /* 0: no mail about outages */

	const char *stripe_secret_key, *stripe_api_base;
	const char *stripe_webhook_secret, *stripe_webhook_secret_old; /* whsec_… */
	const char *reporting_currency;				       /* lower case */
	int64_t past_due_grace_days; /* how long a plan stays after a payment failed */

	const char *pics_dir; /* where the bytes of pictures live; "" with s3_bucket: there */
	const char *s3_endpoint, *s3_region, *s3_bucket, *s3_access_key_id, *s3_secret_access_key;
	const char *s3_ca_file; /* "": the system's certificates */
	/* Of one picture that is sent; pixels of all its frames together. */
	int64_t pics_max_bytes, pics_max_pixels, pics_max_frames;
	int64_t txt_max_bytes;	  /* of one paste */
	int64_t events_keep_days; /* 0: for ever */
};

extern struct settings settings;

/*
 * Reads and checks the environment into `settings`. `serving` asks for all that a running portal
 * needs; a subcommand needs only the databases and Stripe. ERR_INVALID: `problems` holds a sentence
 * a line, all of them, naming settings and never values of secrets.
 */
enum err settings_load(bool serving, struct strbuf *problems);
/*
 * Puts the NAME=value lines of a file into the environment, where a name is not there yet. For
 * .run/env in the dev flavour. ERR_NOT_FOUND: no such file.
 */
enum err settings_load_file(const char *path);

#endif
