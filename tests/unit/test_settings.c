/* Settings: each refused value, each default, where secrets and a pod's own facts come from. */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "base/settings.c"

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SECRET_TEXT "0123456789abcdef0123456789abcdef"

struct pair {
	const char *name, *value;
};

/* Enough to serve with. */
static const struct pair good[] = {
	{ "PUBLIC_URL", "https://portal.example.org" },
	{ "DATABASE_URL", "postgresql://portal:pw-of-database@127.0.0.1:5432/accounts" },
	{ "SESSION_KEY", KEY },
	{ "INTERNAL_SECRET", SECRET_TEXT },
	{ "OIDC_ISSUER", "https://id.example.org/realms/irc" },
	{ "OIDC_CLIENT_ID", "portal" },
	{ "OIDC_CLIENT_SECRET", "s3cret-of-client" },
};

static struct strbuf problems;
static char file_path[] = "/tmp/test_settings_XXXXXX";

static void
setup(void)
{
	clearenv();
	pod_files = "/nonexistent";
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		setenv(good[i].name, good[i].value, 1);
}

static void
teardown(void)
{
	strbuf_free(&problems);
	arena_free(&memory);
	unlink(file_path);
}

/* A file with the text, at file_path. */
static void
put_file(const char *text, size_t len)
{
	int fd = mkstemp(file_path);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static enum err
load(void)
{
	strbuf_clear(&problems);
	return settings_load(true, &problems);
}

static bool
says(const char *words)
{
	return strstr(strbuf_text(&problems), words) != NULL;
}

TestSuite(settings, .init = setup, .fini = teardown);

static const struct {
	const char *name, *value, *says;
} refused[] = {
	{ "PORTAL_ROLE", "admin", "portal, txt or pics" },
	{ "LOG_LEVEL", "loud", "debug, info, warn or error" },
	{ "RUN_AS", "a\tb", "control character" },
	{ "WORKERS", "two", "whole number" },
	{ "WORKERS", "-1", "whole number" },
	{ "WORKERS", "+1", "whole number" },
	{ "WORKERS", " 1", "whole number" },
	{ "WORKERS", "1x", "whole number" },
	{ "WORKERS", "251", "0 to 250" },
	{ "STOP_DELAY_S", "601", "0 to 600" },
	{ "WORKERS", "99999999999999999999", "whole number" },
	{ "EVENTS_KEEP_DAYS", "1.5", "whole number" },
	{ "PUBLIC_URL", "", "missing" },
	{ "PUBLIC_URL", "portal.example.org", "an address such as" },
	{ "PUBLIC_URL", "http://portal.example.org", "https://" },
	{ "PUBLIC_URL", "http://127.0.0.1.evil.example", "https://" },
	{ "PUBLIC_URL", "http://localhost.example.org", "https://" },
	{ "PUBLIC_URL", "ftp://portal.example.org", "an address such as" },
	{ "PUBLIC_URL", "HTTPS://portal.example.org", "an address such as" },
	{ "PUBLIC_URL", "https://", "an address such as" },
	{ "PUBLIC_URL", "https://:443", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org/app", "without a path" },
	{ "PUBLIC_URL", "https://portal.example.org?x", "without a path" },
	{ "PUBLIC_URL", "https://user@portal.example.org", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org:0", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org:65536", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org:123456789", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org:", "an address such as" },
	{ "PUBLIC_URL", "https://[::1", "an address such as" },
	{ "PUBLIC_URL", "https://portal.example.org\r\nx: y", "an address such as" },
	{ "PUBLIC_URL", "https://portal example.org", "an address such as" },
	{ "PUBLIC_BIND", "8080", "an address and a port" },
	{ "PUBLIC_BIND", ":8080", "an address and a port" },
	{ "PUBLIC_BIND", "127.0.0.1", "an address and a port" },
	{ "PUBLIC_BIND", "127.0.0.1:0", "an address and a port" },
	{ "PUBLIC_BIND", "127.0.0.1:99999", "an address and a port" },
	{ "PUBLIC_BIND", "127.0.0.1:80 80", "an address and a port" },
	{ "RATE_LIMITS", "yes", "on or off" },
	{ "RATE_LIMITS", "ON", "on or off" },
	{ "PUBLIC_BIND", "portal.example.org:80", "an address and a port" },
	{ "INTERNAL_BIND", "::1:9090", "an address and a port" },
	{ "INTERNAL_BIND", "[127.0.0.1]:9090", "an address and a port" },
	{ "TRUSTED_PROXIES", "proxy", "addresses or networks" },
	{ "TRUSTED_PROXIES", "10.0.0.0/33", "addresses or networks" },
	{ "TRUSTED_PROXIES", "10.0.0.0/8,::1/129", "addresses or networks" },
	{ "TRUSTED_PROXIES", "10.0.0.0/", "addresses or networks" },
	{ "SITE_NAME", "a\nb", "control character" },
	{ "SITE_NAME", "1234567890123456789012345678901234567890123456789012345678901",
	    "too long" },
	{ "DATABASE_URL", "", "missing" },
	{ "DATABASE_URL", "mysql://x/y", "postgresql://" },
	{ "DATABASE_URL", "postgresql://h/a b", "blank" },
	{ "DATABASE_URL", "postgresql://h/soju_{bouncer}", "brace" },
	{ "DATABASE_DIRECT_URL", "host=db", "postgresql://" },
	{ "SOJU_DATABASE_URL", "postgresql://h/{name}", "{bouncer} once" },
	{ "BOUNCER_HOST", "irc.example.org:6697", "without a port" },
	{ "BOUNCER_HOST", "-x", "without a port" },
	{ "BOUNCER_HOST", "{bouncer}.{bouncer}", "{bouncer} once" },
	{ "SOJU_ADMIN_SOCKET", "run/soju", "path of a socket" },
	{ "SOJU_ADMIN_SOCKET", "unix:///run/soju", "path of a socket" },
	{ "SOJU_ADMIN_SOCKET", "/run/{name}/admin", "{bouncer} once" },
	{ "SOJU_ADMIN_SOCKET", "/run/bouncer}/admin", "{bouncer} once" },
	{ "SOJU_ADMIN_SOCKET",
	    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaa"
	    "aaaaaaaaaaaaaaaa",
	    "107 bytes" },
	{ "SOJU_ADMIN_URL", "irc://soju", "ircs://" },
	{ "SOJU_ADMIN_URL", "ircs://", "ircs://" },
	{ "SOJU_ADMIN_URL", "ircs://soju/x", "ircs://" },
	{ "SOJU_ADMIN_URL", "ircs://user@soju", "ircs://" },
	{ "SOJU_ADMIN_URL", "ircs://soju:0", "ircs://" },
	{ "SOJU_ADMIN_URL", "ircs://soju", "SOJU_ADMIN_KEY is missing" },
	{ "SOJU_METRICS_URL", "soju:9099", "http" },
	{ "SOJU_METRICS_URL", "http://soju-{bouncer}{bouncer}/", "{bouncer} once" },
	{ "BOUNCER_PROVISIONER", "docker", "none, soju or kubernetes" },
	{ "BOUNCER_PROVISIONER", "soju", "SOJU_ADMIN_SOCKET or" },
	{ "SOJU_DATABASE_URL", "postgresql://{bouncer}/{bouncer}", "{bouncer} once" },
	{ "SESSION_KEY", "", "missing" },
	{ "SESSION_KEY", "00112233", "64 hexadecimal digits" },
	{ "SESSION_KEY", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
	    "64 hexadecimal digits" },
	{ "SESSION_KEY", KEY "00", "64 hexadecimal digits" },
	{ "INTERNAL_SECRET", "short", "too short" },
	{ "INTERNAL_SECRET", SECRET_TEXT " x", "sent in a header" },
	{ "INTERNAL_SECRET_OLD", "short", "too short" },
	{ "OIDC_ISSUER", "http://id.example.org", "https://" },
	{ "OIDC_ISSUER", "id.example.org", "an address such as" },
	{ "OIDC_CLIENT_ID", "", "missing" },
	{ "OIDC_CLIENT_SECRET", "", "missing" },
	{ "TXT_INTERNAL_URL", "txt:9090", "http or https" },
	{ "PIC_INTERNAL_URL", "/pics", "http or https" },
	{ "PORTAL_INTERNAL_URL", "portal:9090", "http or https" },
	{ "TXT_URL", "javascript:alert(1)", "http or https" },
	{ "PICS_URL", "https://pics.example.org/\"><x", "http or https" },
	{ "KUBERNETES_API_URL", "http://kubernetes.default.svc", "https://" },
	{ "KUBERNETES_TOKEN_FILE", "/nonexistent/token", "cannot be read" },
	{ "KUBERNETES_CA_FILE", "/nonexistent/ca.crt", "cannot be read" },
	{ "REPORTING_CURRENCY", "EURO", "three letters" },
	{ "REPORTING_CURRENCY", "e1r", "three letters" },
	{ "REPORTING_CURRENCY", "eu", "three letters" },
	{ "PICS_DIR", "/srv/a\nb", "control character" },
	{ "S3_ENDPOINT", "s3.example.org", "https://" },
	{ "S3_ENDPOINT", "http://s3.example.org", "https://" },
	{ "S3_ENDPOINT", "https://s3.example.org/a+b", "letters, digits" },
	{ "S3_ENDPOINT", "https://s3.example.org/a%20b", "letters, digits" },
	{ "S3_ENDPOINT", "https://s3.example.org?x=y", "letters, digits" },
	{ "S3_BUCKET", "my/bucket", "letters, digits" },
	{ "S3_BUCKET", "1234567890123456789012345678901234567890123456789012345678901234",
	    "too long" },
	{ "S3_REGION", "eu:central", "letters, digits" },
	{ "S3_ACCESS_KEY_ID", "AKID:x", "letters, digits" },
	{ "S3_SECRET_ACCESS_KEY", "a\nb", "control character" },
	{ "S3_CA_FILE", "/nonexistent/ca.crt", "cannot be read" },
	{ "STRIPE_SECRET_KEY", "pk_live_0123", "sk_live_" },
	{ "STRIPE_SECRET_KEY", "sk_0123", "sk_live_" },
	{ "STRIPE_SECRET_KEY", "whsec_0123", "sk_live_" },
	{ "STRIPE_SECRET_KEY", "rk_test_01 23", "sent in a header" },
	{ "STRIPE_WEBHOOK_SECRET", "sk_test_0123", "whsec_" },
	{ "STRIPE_WEBHOOK_SECRET", "whsec_", "whsec_" },
	{ "STRIPE_WEBHOOK_SECRET", "whsec_01 23", "blank" },
	{ "STRIPE_WEBHOOK_SECRET_OLD", "0123", "whsec_" },
	{ "STRIPE_API_BASE", "http://api.stripe.com", "https://" },
};

Test(settings, refuses_with_a_sentence_that_names_the_setting)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		setup();
		setenv(refused[i].name, refused[i].value, 1);
		cr_expect_eq(
		    load(), ERR_INVALID, "%s=%s was taken", refused[i].name, refused[i].value);
		cr_expect(says(refused[i].name), "%s: %s", refused[i].name, strbuf_text(&problems));
		cr_expect(says(refused[i].says), "%s=%s: %s", refused[i].name, refused[i].value,
		    strbuf_text(&problems));
	}
}

Test(settings, a_cluster_without_token_or_namespace_is_refused)
{
	setenv("KUBERNETES_API_URL", "https://10.0.0.1", 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("KUBERNETES_TOKEN_FILE is missing"));
	put_file("token", 5);
	setenv("KUBERNETES_TOKEN_FILE", file_path, 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("KUBERNETES_NAMESPACE is missing"));
	setenv("KUBERNETES_NAMESPACE", "irc", 1);
	cr_expect_eq(load(), ERR_OK);
}

Test(settings, all_of_s3_or_nothing)
{
	setenv("PICS_DIR", "/srv/pics", 1);
	setenv("S3_REGION", "eu-central-1", 1);
	cr_expect_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	setenv("S3_ENDPOINT", "https://s3.example.org/", 1);
	setenv("S3_BUCKET", "pics", 1);
	setenv("S3_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect_str_eq(strbuf_text(&problems),
	    "S3_SECRET_ACCESS_KEY is missing, but other settings of S3 are given.\n");
	setenv("S3_SECRET_ACCESS_KEY", "wJalr/XUtn+FEMI=", 1);
	cr_expect_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	cr_expect_str_eq(settings.s3_endpoint, "https://s3.example.org");
	cr_expect_str_eq(settings.s3_secret_access_key, "wJalr/XUtn+FEMI=");
}

/* In this order each is missed until it is given. */
static const struct {
	const char *name, *value, *says;
} for_bouncers[] = {
	{ "SOJU_ADMIN_URL", "irc+insecure://soju-{bouncer}.irc.svc:6667",
	    "SOJU_ADMIN_SOCKET or SOJU_ADMIN_URL is missing, but BOUNCER_PROVISIONER is "
	    "kubernetes" },
	{ "KUBERNETES_API_URL", "https://10.0.0.1", "KUBERNETES_API_URL is missing" },
	{ "BOUNCER_IMAGE", "registry.example.org/soju:0.10.1", "BOUNCER_IMAGE is missing" },
	{ "BOUNCER_HOST", "{bouncer}.irc.example.org", "BOUNCER_HOST is missing" },
	{ "SOJU_DATABASE_ADMIN_URL", "postgresql://maker@h/postgres",
	    "SOJU_DATABASE_ADMIN_URL is missing" },
	{ "SOJU_ADMIN_KEY", KEY, "SOJU_ADMIN_KEY is missing" },
	{ "SOJU_DATABASE_URL", "postgresql://h/all", "SOJU_DATABASE_URL is missing" },
	{ "SOJU_DATABASE_URL", "postgresql://h/soju_{bouncer}",
	    "SOJU_DATABASE_URL must have {bouncer}" },
};

Test(settings, what_makes_bouncers_must_be_able_to)
{
	put_file("token", 5);
	setenv("KUBERNETES_TOKEN_FILE", file_path, 1);
	setenv("KUBERNETES_NAMESPACE", "irc", 1);
	setenv("BOUNCER_PROVISIONER", "kubernetes", 1);
	for (size_t i = 0; i < sizeof(for_bouncers) / sizeof(for_bouncers[0]); i++) {
		cr_expect_eq(load(), ERR_INVALID);
		cr_expect(says(for_bouncers[i].says), "%s: %s", for_bouncers[i].says,
		    strbuf_text(&problems));
		setenv(for_bouncers[i].name, for_bouncers[i].value, 1);
	}
	cr_expect_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	unsetenv("SOJU_ADMIN_KEY");
	setenv("BOUNCER_PROVISIONER", "soju", 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("SOJU_ADMIN_KEY is missing, but BOUNCER_PROVISIONER is soju"));
	setenv("SOJU_ADMIN_SOCKET", "/run/soju/admin", 1);
	cr_expect_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	setenv("BOUNCER_PROVISIONER", "kubernetes", 1);
	setenv("PORTAL_ROLE", "txt", 1);
	cr_expect_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
}

Test(settings, tells_all_problems_at_once)
{
	size_t lines = 0;

	clearenv();
	setenv("WORKERS", "many", 1);
	cr_assert_eq(load(), ERR_INVALID);
	for (const char *c = strbuf_text(&problems); *c != '\0'; c++)
		lines += *c == '\n';
	cr_expect_eq(
	    lines, 8, "seven settings are needed and one is wrong:\n%s", strbuf_text(&problems));
}

Test(settings, never_shows_the_value_of_a_secret)
{
	setenv("SESSION_KEY", "my-own-key", 1);
	setenv("INTERNAL_SECRET", "hush", 1);
	setenv("DATABASE_URL", "mysql://u:pw-of-database@h/d", 1);
	cr_assert_eq(load(), ERR_INVALID);
	cr_expect_not(says("my-own-key") || says("hush") || says("pw-of-database"), "%s",
	    strbuf_text(&problems));
}

Test(settings, keeps_the_old_ones_when_the_new_ones_are_wrong)
{
	cr_assert_eq(load(), ERR_OK);
	setenv("SITE_NAME", "New", 1);
	setenv("WORKERS", "x", 1);
	cr_assert_eq(load(), ERR_INVALID);
	cr_expect_str_eq(settings.site_name, "Portal");
}

Test(settings, a_subcommand_needs_only_the_databases)
{
	clearenv();
	setenv("DATABASE_URL", "postgresql://h/a", 1);
	setenv("PUBLIC_URL", "nonsense", 1);
	cr_assert_eq(settings_load(false, &problems), ERR_OK, "%s", strbuf_text(&problems));
	cr_expect_str_eq(settings.database_direct_url, "postgresql://h/a");
	cr_expect_str_eq(settings.public_url, "");
	cr_expect_str_eq(settings.public_port, "8080");
	unsetenv("DATABASE_URL");
	cr_expect_eq(settings_load(false, &problems), ERR_INVALID);
}

Test(settings, what_is_not_given_has_its_default)
{
	cr_assert_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	cr_expect_eq(settings.role, ROLE_PORTAL);
	cr_expect_str_eq(settings.home, ".");
	cr_expect_str_eq(settings.run_dir, ".");
	cr_expect_str_eq(settings.log_level, "info");
	cr_expect_eq(settings.workers, 0);
	cr_expect_str_eq(settings.public_host, "127.0.0.1");
	cr_expect_str_eq(settings.public_port, "8080");
	cr_expect_str_eq(settings.internal_port, "9090");
	cr_expect_str_eq(settings.database_direct_url, settings.database_url);
	cr_expect_str_eq(settings.soju_database_url, "");
	cr_expect_str_eq(settings.oidc_roles_claim, "realm_access.roles");
	cr_expect_str_eq(settings.kubernetes_api_url, "");
	cr_expect_str_eq(settings.pics_dir, "");
	cr_expect_str_eq(settings.s3_bucket, "");
	cr_expect_str_eq(settings.s3_region, "us-east-1");
	cr_expect_str_eq(settings.reporting_currency, "eur");
	cr_expect_eq(settings.events_keep_days, 0);
	cr_expect(settings.is_https);
	cr_expect(settings.has_rate_limits);
}

static const struct {
	const char *name, *value;
	size_t place;
	const char *want;
} taken[] = {
	{ "PUBLIC_URL", "https://portal.example.org/", AT(public_url),
	    "https://portal.example.org" },
	{ "PUBLIC_URL", "http://127.0.0.1:8080", AT(public_url), "http://127.0.0.1:8080" },
	{ "PUBLIC_URL", "http://[::1]:8080", AT(public_url), "http://[::1]:8080" },
	{ "PUBLIC_URL", "http://LOCALHOST", AT(public_url), "http://LOCALHOST" },
	{ "PUBLIC_BIND", "[::1]:81", AT(public_host), "::1" },
	{ "INTERNAL_BIND", "0.0.0.0:9", AT(internal_port), "9" },
	{ "TRUSTED_PROXIES", "10.0.0.0/8, ::1,fd00::/8", AT(trusted_proxies),
	    "10.0.0.0/8, ::1,fd00::/8" },
	{ "OIDC_ISSUER", "https://id.example.org/", AT(oidc_issuer), "https://id.example.org/" },
	{ "BOUNCER_HOST", "{bouncer}.irc.example.org", AT(bouncer_host),
	    "{bouncer}.irc.example.org" },
	{ "SOJU_ADMIN_SOCKET", "/run/soju-{bouncer}/admin", AT(soju_admin_socket),
	    "/run/soju-{bouncer}/admin" },
	{ "SOJU_METRICS_URL", "http://soju-{bouncer}.irc.svc:9099/metrics", AT(soju_metrics_url),
	    "http://soju-{bouncer}.irc.svc:9099/metrics" },
	{ "SOJU_DATABASE_URL", "postgresql://h/soju_{bouncer}", AT(soju_database_url),
	    "postgresql://h/soju_{bouncer}" },
	{ "TXT_INTERNAL_URL", "http://txt:9090/base/", AT(txt_internal_url),
	    "http://txt:9090/base" },
	{ "SITE_NAME", "Ærø <irc>", AT(site_name), "Ærø <irc>" },
};

Test(settings, keeps_what_fits)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		setup();
		setenv(taken[i].name, taken[i].value, 1);
		cr_expect_eq(load(), ERR_OK, "%s: %s", taken[i].name, strbuf_text(&problems));
		cr_expect_str_eq(*(const char **)(void *)((char *)&settings + taken[i].place),
		    taken[i].want, "%s", taken[i].name);
	}
}

Test(settings, plain_http_is_not_https)
{
	setenv("PUBLIC_URL", "http://localhost:8080", 1);
	cr_assert_eq(load(), ERR_OK);
	cr_expect_not(settings.is_https);
}

Test(settings, limits_can_be_off)
{
	setenv("RATE_LIMITS", "off", 1);
	cr_assert_eq(load(), ERR_OK);
	cr_expect_not(settings.has_rate_limits);
}

Test(settings, a_secret_may_come_from_a_file)
{
	put_file(KEY "\n", sizeof(KEY));
	unsetenv("SESSION_KEY");
	setenv("SESSION_KEY_FILE", file_path, 1);
	cr_assert_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	cr_expect_str_eq(settings.session_key, KEY);
}

Test(settings, a_secret_file_that_is_missing_empty_or_binary_is_refused)
{
	unsetenv("SESSION_KEY");
	setenv("SESSION_KEY_FILE", "/nonexistent/key", 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("SESSION_KEY_FILE"));
	put_file("a\0b", 3);
	setenv("SESSION_KEY_FILE", file_path, 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("short text"));
	cr_assert_eq(truncate(file_path, 0), 0);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("SESSION_KEY is missing"));
}

Test(settings, a_secret_given_twice_is_refused)
{
	setenv("SESSION_KEY_FILE", "/nonexistent/key", 1);
	cr_expect_eq(load(), ERR_INVALID);
	cr_expect(says("given twice"));
}

Test(settings, only_secrets_have_files)
{
	unsetenv("OIDC_ISSUER");
	put_file("https://id.example.org", 22);
	setenv("OIDC_ISSUER_FILE", file_path, 1);
	cr_expect_eq(load(), ERR_INVALID);
}

static void
put_pod_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(settings, a_pod_knows_its_cluster)
{
	char dir[] = "/tmp/test_pod_XXXXXX", path[64], command[64];

	cr_assert_not_null(mkdtemp(dir));
	pod_files = dir;
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT_HTTPS", "6443", 1);
	cr_assert_eq(load(), ERR_OK);
	cr_expect_str_eq(settings.kubernetes_api_url, "", "a pod without a token has no cluster");
	put_pod_file(dir, "token", "t");
	put_pod_file(dir, "ca.crt", "c");
	put_pod_file(dir, "namespace", "irc\n");
	cr_assert_eq(load(), ERR_OK, "%s", strbuf_text(&problems));
	cr_expect_str_eq(settings.kubernetes_api_url, "https://[fd00::1]:6443");
	cr_expect_str_eq(settings.kubernetes_namespace, "irc");
	snprintf(path, sizeof(path), "%s/token", dir);
	cr_expect_str_eq(settings.kubernetes_token_file, path);
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	setenv("KUBERNETES_NAMESPACE", "other", 1);
	cr_assert_eq(load(), ERR_OK);
	cr_expect_str_eq(settings.kubernetes_api_url, "https://10.0.0.1:6443");
	cr_expect_str_eq(settings.kubernetes_namespace, "other");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_expect_eq(system(command), 0);
}

Test(settings, a_file_fills_what_is_not_there_yet)
{
	const char text[] = "# demo\n\nSITE_NAME=From a file = x\nPUBLIC_URL=https://no.example\n";

	put_file(text, sizeof(text) - 1);
	cr_expect_eq(settings_load_file("/nonexistent/env"), ERR_NOT_FOUND);
	cr_expect_eq(settings_load_file(file_path), ERR_OK);
	cr_expect_str_eq(getenv("SITE_NAME"), "From a file = x");
	cr_expect_str_eq(getenv("PUBLIC_URL"), "https://portal.example.org");
}

Test(settings, a_file_with_a_line_that_is_no_setting_is_refused)
{
	put_file("SITE_NAME\n", 10);
	cr_expect_eq(settings_load_file(file_path), ERR_INVALID);
}

/* Lines of env.example that name a setting: NAME=value, or "#NAME=value" for an optional one. */
static size_t
count_in_example(const char *name)
{
	FILE *f = fopen("conf/env.example", "r");
	char line[512];
	size_t n = 0, len = strlen(name);

	cr_assert_not_null(f, "run the tests in the folder of the checkout");
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *s = line[0] == '#' ? line + 1 : line;

		n += strncmp(s, name, len) == 0 && s[len] == '=';
	}
	fclose(f);
	return n;
}

Test(settings, the_example_names_each_setting_once)
{
	for (size_t i = 0; i < settings_table_rows; i++)
		cr_expect_eq(
		    count_in_example(settings_table[i].name), 1, "%s", settings_table[i].name);
}

Test(settings, the_example_names_nothing_else)
{
	FILE *f = fopen("conf/env.example", "r");
	char line[512];

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *s = line[0] == '#' ? line + 1 : line;
		size_t i = 0, len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		if (len == 0 || s[len] != '=')
			continue;
		while (i < settings_table_rows && (strlen(settings_table[i].name) != len ||
						      strncmp(settings_table[i].name, s, len) != 0))
			i++;
		cr_expect_lt(i, settings_table_rows, "%s", line);
	}
	fclose(f);
}
