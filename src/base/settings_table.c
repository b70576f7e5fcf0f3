/*
 * The one table of settings: name, kind, place in the struct, default, who needs it and whether it
 * is secret, its limit. conf/env.example explains every setting to its reader; a test compares it
 * with this table.
 */
#include "base/settings_rule.h"

const struct setting settings_table[] = {
	/* Which of the three services this process is. */
	{ "PORTAL_ROLE", KIND_ROLE, AT(role), "portal", BASE, 0 },
	/* The folder that holds conf/ and migrations/. */
	{ "PORTAL_HOME", KIND_TEXT, AT(home), ".", BASE, 0 },
	/* The folder of the file with the process id. */
	{ "RUN_DIR", KIND_TEXT, AT(run_dir), ".", 0, 0 },
	/* The user that workers become when root starts it without -r. */
	{ "RUN_AS", KIND_TEXT, AT(run_as), NULL, 0, 32 },
	/* The least important line that the log still holds. */
	{ "LOG_LEVEL", KIND_LEVEL, AT(log_level), "info", BASE, 0 },
	/* Processes that answer requests; 0: one per core and one more. */
	{ "WORKERS", KIND_NUMBER, AT(workers), "0", 0, 250 },
	/* Seconds that /readyz says no, after SIGTERM, before no connection is taken any more. */
	{ "STOP_DELAY_S", KIND_NUMBER, AT(stop_delay_s), "0", 0, 600 },
	/* The address in visitors' browsers; its scheme decides Secure, __Host- and HSTS. */
	{ "PUBLIC_URL", KIND_SITE, AT(public_url), NULL, NEEDED, 0 },
	/* Where visitors, or the proxy before them, connect. */
	{ "PUBLIC_BIND", KIND_BIND, AT(public_host), "127.0.0.1:8080", 0, 0 },
	/* Where metrics, health and the internal API are; never reachable from outside. */
	{ "INTERNAL_BIND", KIND_BIND, AT(internal_host), "127.0.0.1:9090", 0, 0 },
	/* Whose X-Forwarded-For counts. */
	{ "TRUSTED_PROXIES", KIND_NETWORKS, AT(trusted_proxies), NULL, 0, 0 },
	/* Whether requests that come too often are refused. */
	{ "RATE_LIMITS", KIND_SWITCH, AT(has_rate_limits), "on", 0, 0 },
	/* Whether what was read about an account is believed for a moment; see base/keep.h. */
	{ "CACHE", KIND_SWITCH, AT(has_cache), "on", 0, 0 },
	/* What pages call the service. */
	{ "SITE_NAME", KIND_TEXT, AT(site_name), "Portal", 0, 60 },
	/* An SVG in place of the portal's own mark, in pages and as their icon. */
	{ "SITE_MARK_FILE", KIND_FILE, AT(site_mark_file), NULL, 0, 0 },
	/* The database of the role: the accounts', or that of txt or pics. */
	{ "DATABASE_URL", KIND_DATABASE, AT(database_url), NULL, BASE | NEEDED | SECRET, 0 },
	/* The same, past a pooler, for jobs and migrations; else DATABASE_URL. */
	{ "DATABASE_DIRECT_URL", KIND_DATABASE, AT(database_direct_url), NULL, BASE | SECRET, 0 },
	/* A streaming replica of it, for what may be a few seconds old; else DATABASE_URL. */
	{ "DATABASE_REPLICA_URL", KIND_DATABASE, AT(database_replica_url), NULL, SECRET, 0 },
	/* The bouncers' databases, {bouncer} being the name of one. */
	{ "SOJU_DATABASE_URL", KIND_DATABASE, AT(soju_database_url), NULL, SECRET, 0 },
	/* Seals what sessions keep. */
	{ "SESSION_KEY", KIND_KEY, AT(session_key), NULL, NEEDED | SECRET, 0 },
	/* What our services prove themselves to each other with. */
	{ "INTERNAL_SECRET", KIND_SECRET, AT(internal_secret), NULL, NEEDED | SECRET, 0 },
	/* The one before, taken as well while it is replaced. */
	{ "INTERNAL_SECRET_OLD", KIND_SECRET, AT(internal_secret_old), NULL, SECRET, 0 },
	/* The provider that people sign in with. */
	{ "OIDC_ISSUER", KIND_ISSUER, AT(oidc_issuer), NULL, NEEDED, 0 },
	/* What the provider calls the portal. */
	{ "OIDC_CLIENT_ID", KIND_TEXT, AT(oidc_client_id), NULL, NEEDED, 0 },
	/* What the portal proves itself to the provider with. */
	{ "OIDC_CLIENT_SECRET", KIND_TEXT, AT(oidc_client_secret), NULL, NEEDED | SECRET, 0 },
	/* Where in the ID token the roles stand. */
	{ "OIDC_ROLES_CLAIM", KIND_TEXT, AT(oidc_roles_claim), "realm_access.roles", 0, 0 },
	{ "OIDC_CA_FILE", KIND_FILE, AT(oidc_ca_file), NULL, 0, 0 },
	/* Where the usage of txt is asked for. */
	{ "TXT_INTERNAL_URL", KIND_UPSTREAM, AT(txt_internal_url), NULL, 0, 0 },
	/* Where the usage of pics is asked for. */
	{ "PIC_INTERNAL_URL", KIND_UPSTREAM, AT(pic_internal_url), NULL, 0, 0 },
	/* The address of the portal that pages of txt and pics link to. */
	{ "PORTAL_URL", KIND_LINK, AT(portal_url), NULL, 0, 0 },
	/* Where txt and pics ask the portal whose a token is: its INTERNAL_BIND. */
	{ "PORTAL_INTERNAL_URL", KIND_UPSTREAM, AT(portal_internal_url), NULL, 0, 0 },
	/* The address of txt that pages link to. */
	{ "TXT_URL", KIND_LINK, AT(txt_url), NULL, 0, 0 },
	/* The address of pics that pages link to. */
	{ "PICS_URL", KIND_LINK, AT(pics_url), NULL, 0, 0 },
	/* The cluster that bouncers run in; without it the pod's own. */
	{ "KUBERNETES_API_URL", KIND_KUBE, AT(kubernetes_api_url), NULL, 0, 0 },
	/* The namespace they run in; without it the pod's own. */
	{ "KUBERNETES_NAMESPACE", KIND_TEXT, AT(kubernetes_namespace), NULL, 0, 63 },
	/* The token for the cluster; without it the pod's own. */
	{ "KUBERNETES_TOKEN_FILE", KIND_FILE, AT(kubernetes_token_file), NULL, 0, 0 },
	/* The authority that signed the cluster's certificate; without it the pod's own. */
	{ "KUBERNETES_CA_FILE", KIND_FILE, AT(kubernetes_ca_file), NULL, 0, 0 },
	/* What makes new bouncers; see bouncer/provisioner.h. */
	{ "BOUNCER_PROVISIONER", KIND_PROVISIONER, AT(bouncer_provisioner), "none", BASE, 0 },
	/* Where people's IRC clients connect. */
	{ "BOUNCER_HOST", KIND_HOST, AT(bouncer_host), NULL, BASE, 253 },
	{ "BOUNCER_PORT", KIND_NUMBER, AT(bouncer_port), "6697", BASE, 65535 },
	/* Days in which the deletion of a bouncer can be undone. */
	{ "BOUNCER_DELETE_GRACE_DAYS", KIND_NUMBER, AT(bouncer_delete_grace_days), "7", 0, 365 },
	/* Whether bouncers may connect to private addresses. */
	{ "BOUNCER_PRIVATE_NETWORKS", KIND_SWITCH, AT(may_bouncers_go_inside), "off", 0, 0 },
	/* What a bouncer's own soju runs from, and what is applied for it. */
	{ "BOUNCER_IMAGE", KIND_TEXT, AT(bouncer_image), NULL, BASE, 255 },
	{ "BOUNCER_MANIFESTS", KIND_FILE, AT(bouncer_manifests), NULL, BASE, 0 },
	/* How soju takes commands: its admin socket, or IRC as one of its admins. */
	{ "SOJU_ADMIN_SOCKET", KIND_SOCKET, AT(soju_admin_socket), NULL, BASE, 255 },
	{ "SOJU_ADMIN_URL", KIND_IRC, AT(soju_admin_url), NULL, BASE, 255 },
	{ "SOJU_ADMIN_KEY", KIND_KEY, AT(soju_admin_key), NULL, BASE | SECRET, 0 },
	{ "SOJU_CA_FILE", KIND_FILE, AT(soju_ca_file), NULL, BASE, 0 },
	/* Where soju counts. */
	{ "SOJU_METRICS_URL", KIND_METRICS, AT(soju_metrics_url), NULL, BASE, 255 },
	/* Who makes a database and a role for each bouncer. */
	{ "SOJU_DATABASE_ADMIN_URL", KIND_DATABASE, AT(soju_database_admin_url), NULL,
	    BASE | SECRET, 0 },
	/* Days that a shared soju keeps what was said. */
	{ "SOJU_HISTORY_DAYS", KIND_NUMBER, AT(soju_history_days), "0", BASE, 36500 },
	/* Mail, and after how long without a network somebody gets one. */
	{ "SMTP_URL", KIND_TEXT, AT(smtp_url), NULL, BASE | SECRET, 1024 },
	{ "SMTP_CA_FILE", KIND_FILE, AT(smtp_ca_file), NULL, BASE, 0 },
	{ "MAIL_FROM", KIND_TEXT, AT(mail_from), NULL, BASE, 255 },
	{ "OUTAGE_MAIL_HOURS", KIND_NUMBER, AT(outage_mail_hours), "6", BASE, 720 },
	/* The key of the Stripe account; without it there is no billing. */
	{ "STRIPE_SECRET_KEY", KIND_STRIPE, AT(stripe_secret_key), NULL, BASE | SECRET, 0 },
	/* What Stripe signs its webhooks with; without it changes are polled. */
	{ "STRIPE_WEBHOOK_SECRET", KIND_WEBHOOK, AT(stripe_webhook_secret), NULL, SECRET, 0 },
	/* The one before, believed as well while it is rolled. */
	{ "STRIPE_WEBHOOK_SECRET_OLD", KIND_WEBHOOK, AT(stripe_webhook_secret_old), NULL, SECRET,
	    0 },
	/* Where Stripe's API is; another place for tests only. */
	{ "STRIPE_API_BASE", KIND_KUBE, AT(stripe_api_base), "https://api.stripe.com", BASE, 0 },
	/* The currency that figures of several are added up in, where fx_rates has rates. */
	{ "REPORTING_CURRENCY", KIND_CURRENCY, AT(reporting_currency), "EUR", BASE, 0 },
	/* Days that a plan stays after a payment for it failed. */
	{ "PAST_DUE_GRACE_DAYS", KIND_NUMBER, AT(past_due_grace_days), "7", 0, 90 },
	/* The folder of the bytes of pictures; see blob/blob.h. */
	{ "PICS_DIR", KIND_TEXT, AT(pics_dir), NULL, 0, 1024 },
	/* A storage like S3 for them instead, if there is a bucket. */
	{ "S3_ENDPOINT", KIND_S3, AT(s3_endpoint), NULL, 0, 0 },
	{ "S3_REGION", KIND_NAME, AT(s3_region), "us-east-1", 0, 63 },
	{ "S3_BUCKET", KIND_NAME, AT(s3_bucket), NULL, 0, 63 },
	/* Who may put, get and delete there. */
	{ "S3_ACCESS_KEY_ID", KIND_NAME, AT(s3_access_key_id), NULL, 0, 128 },
	{ "S3_SECRET_ACCESS_KEY", KIND_TEXT, AT(s3_secret_access_key), NULL, SECRET, 256 },
	{ "S3_CA_FILE", KIND_FILE, AT(s3_ca_file), NULL, 0, 0 },
	/* What one picture may have; decoding it takes up to 12 bytes a pixel. */
	{ "PICS_MAX_BYTES", KIND_NUMBER, AT(pics_max_bytes), "20971520", 0, 33554432 },
	{ "PICS_MAX_PIXELS", KIND_NUMBER, AT(pics_max_pixels), "50000000", 0, 250000000 },
	{ "PICS_MAX_FRAMES", KIND_NUMBER, AT(pics_max_frames), "500", 0, 10000 },
	/* The largest paste, in bytes. */
	{ "TXT_MAX_BYTES", KIND_NUMBER, AT(txt_max_bytes), "524288", 0, 4194304 },
	/* After how many days events are deleted; 0: never. */
	{ "EVENTS_KEEP_DAYS", KIND_NUMBER, AT(events_keep_days), "0", 0, 36500 },
};
const size_t settings_table_rows = sizeof(settings_table) / sizeof(settings_table[0]);
