#include "bouncer/bouncer.h"

#include <stddef.h>
#include <string.h>

#define NAME_MIN 3

const char *const bouncer_state_words[BOUNCER_STATE__MAX] = {
	[BOUNCER_REQUESTED] = "requested",
	[BOUNCER_DATABASE] = "database",
	[BOUNCER_APPLIED] = "applied",
	[BOUNCER_READY] = "ready",
	[BOUNCER_FAILED] = "failed",
	[BOUNCER_DELETING] = "deleting",
	[BOUNCER_REMOVING] = "removing",
};

/*
 * Words that a name may not be, since the service answers to them itself or is going to: as hosts
 * beside those of bouncers, as paths below /bouncers, as users of soju and of databases; and words
 * by which somebody could pass for the service.
 */
static const char *const reserved[] = { "about", "abuse", "account", "accounts", "admin",
	"administrator", "all", "api", "app", "assets", "auth", "backup", "billing", "blog",
	"bouncer", "bouncers", "bouncerserv", "cdn", "chat", "create", "dashboard", "default",
	"delete", "dev", "dns", "docs", "download", "edit", "everyone", "example", "ftp", "grafana",
	"health", "help", "host", "hostmaster", "http", "https", "imap", "info", "internal", "irc",
	"ircs", "keycloak", "kube", "kubernetes", "legal", "list", "localhost", "login", "logout",
	"mail", "metrics", "mod", "moderator", "mysql", "name", "network", "networks", "new",
	"news", "nobody", "none", "notice", "notices", "null", "official", "operator", "ops",
	"password", "pics", "pop", "portal", "postgres", "postgresql", "postmaster", "privacy",
	"prometheus", "public", "register", "root", "security", "server", "service", "services",
	"settings", "shop", "signin", "signup", "smtp", "soju", "ssh", "ssl", "staff", "staging",
	"static", "status", "stripe", "support", "sys", "sysadmin", "system", "team", "template0",
	"template1", "terms", "test", "tls", "txt", "undefined", "user", "users", "webhook",
	"webhooks", "webmaster", "webmail", "webirc", "wiki", "wpad", "www" };

bool
bouncer_is_usable(const struct bouncer *b)
{
	return b->state == BOUNCER_READY && b->suspended_at == 0;
}

bool
bouncer_is_deleted(const struct bouncer *b)
{
	return b->state == BOUNCER_DELETING || b->state == BOUNCER_REMOVING;
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
has_upper_case(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name >= 'A' && *name <= 'Z')
			return true;
	return false;
}

static bool
has_other_characters(const char *name)
{
	for (; *name != '\0'; name++)
		if (!is_letter(*name) && !is_digit(*name) && *name != '-')
			return true;
	return false;
}

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

/* A service in a cluster begins with a letter; "xn--" in a host name means something else. */
const char *
bouncer_name_problem(const char *name)
{
	const size_t len = strlen(name);

	if (len == 0)
		return "Type a name.";
	if (has_upper_case(name))
		return "Use lower case letters only.";
	if (has_other_characters(name))
		return "Use only the letters a to z, digits and hyphens.";
	if (len < NAME_MIN)
		return "Use 3 characters or more.";
	if (len > BOUNCER_NAME_MAX)
		return "Use 32 characters at most.";
	if (!is_letter(name[0]))
		return "Begin with a letter.";
	if (name[len - 1] == '-')
		return "End with a letter or a digit.";
	if (strstr(name, "--") != NULL)
		return "Use one hyphen at a time.";
	if (is_reserved(name))
		return "The service needs this name itself. Choose another one.";
	return NULL;
}
