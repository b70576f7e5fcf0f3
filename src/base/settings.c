/* Where settings come from: the environment, files with secrets, the pod that this runs in. */
#include "base/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/settings_rule.h"

#define ENV_LINE_BYTES 8192
#define SECRET_FILE_BYTES 65536

const char *const role_words[ROLE__MAX] = { "portal", "txt", "pics" };
const char *const role_databases[ROLE__MAX] = { "accounts", "txt", "pics" };
struct settings settings;

/* Where Kubernetes puts a pod's own credentials. */
static const char *pod_files = "/var/run/secrets/kubernetes.io/serviceaccount";

/* Holds every text of `settings`; replaced as a whole when they are loaded again. */
static struct arena memory;

void
settings_problem(struct reading *r, const struct setting *set, const char *fmt, ...)
{
	va_list ap;

	r->is_fine = false;
	strbuf_printf(r->problems, "%s ", set->name);
	va_start(ap, fmt);
	strbuf_vprintf(r->problems, fmt, ap);
	va_end(ap);
	strbuf_puts(r->problems, ".\n");
}

/* --- Reading --- */

/* Without the line end that editors and `kubectl create secret` leave. NULL: told as a problem. */
static const char *
read_secret_file(struct reading *r, const struct setting *set, const char *path)
{
	char *text = arena_alloc(&r->arena, SECRET_FILE_BYTES + 1);
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL) {
		settings_problem(r, set, "cannot be read from the file in %s_FILE: %s", set->name,
		    strerror(errno));
		return NULL;
	}
	len = fread(text, 1, SECRET_FILE_BYTES, f);
	if (ferror(f) || strlen(text) != len || len == SECRET_FILE_BYTES) {
		settings_problem(r, set,
		    "cannot be read from the file in %s_FILE: it is no short text", set->name);
		text = NULL;
	}
	fclose(f);
	if (text != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

/* An empty variable counts as not given: compose files and charts write them so. */
static const char *
env_text(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* NULL: not given, or told as a problem. */
static const char *
value_of(struct reading *r, const struct setting *set)
{
	const char *value = env_text(set->name), *path;

	if (!(set->flags & SECRET))
		return value;
	path = env_text(arena_printf(&r->arena, "%s_FILE", set->name));
	if (path == NULL)
		return value;
	if (value != NULL) {
		settings_problem(
		    r, set, "is given twice, here and as %s_FILE; give one", set->name);
		return NULL;
	}
	return read_secret_file(r, set, path);
}

static void
read_setting(struct reading *r, const struct setting *set)
{
	bool was_fine = r->is_fine;
	const char *value;

	r->is_fine = true; /* tells "not given" from "given wrongly" below */
	value = value_of(r, set);
	if (r->is_fine && (value == NULL || *value == '\0')) {
		if (set->flags & NEEDED)
			settings_problem(r, set, "is missing; conf/env.example explains it");
		value = set->fallback;
	}
	if (r->is_fine && value != NULL)
		settings_check(r, set, value);
	r->is_fine = r->is_fine && was_fine;
}

/* --- What a pod knows of itself --- */

/* The path of one of the pod's files; "" when the pod has none or this is no pod. */
static const char *
pod_file(struct reading *r, const char *name)
{
	const char *path = arena_printf(&r->arena, "%s/%s", pod_files, name);

	return access(path, R_OK) == 0 ? path : "";
}

static const char *
pod_namespace(struct reading *r)
{
	char word[64] = "";
	FILE *f = fopen(pod_file(r, "namespace"), "re");

	if (f == NULL)
		return "";
	if (fgets(word, sizeof(word), f) == NULL)
		word[0] = '\0';
	fclose(f);
	word[strcspn(word, "\r\n")] = '\0';
	return arena_strdup(&r->arena, word);
}

/* The host is an address; the API's certificate is promised for it, not for a name. "": no pod. */
static const char *
pod_api_url(struct reading *r)
{
	const char *host = env_text("KUBERNETES_SERVICE_HOST");
	const char *port = env_text("KUBERNETES_SERVICE_PORT_HTTPS");
	bool is_v6 = host != NULL && strchr(host, ':') != NULL;

	if (host == NULL || *r->s.kubernetes_token_file == '\0')
		return "";
	return arena_printf(&r->arena, is_v6 ? "https://[%s]:%s" : "https://%s:%s", host,
	    port != NULL ? port : "443");
}

/* What is not given comes from the pod; a pod without a token simply has no Kubernetes to ask. */
static void
fill_from_pod(struct reading *r)
{
	struct settings *s = &r->s;

	if (*s->kubernetes_token_file == '\0')
		s->kubernetes_token_file = pod_file(r, "token");
	if (*s->kubernetes_ca_file == '\0')
		s->kubernetes_ca_file = pod_file(r, "ca.crt");
	if (*s->kubernetes_namespace == '\0')
		s->kubernetes_namespace = pod_namespace(r);
	if (*s->kubernetes_api_url == '\0')
		s->kubernetes_api_url = pod_api_url(r);
}

static void
check_kube_whole(struct reading *r)
{
	const char *missing = NULL;

	if (*r->s.kubernetes_api_url == '\0')
		return;
	if (*r->s.kubernetes_token_file == '\0')
		missing = "KUBERNETES_TOKEN_FILE";
	else if (*r->s.kubernetes_namespace == '\0')
		missing = "KUBERNETES_NAMESPACE";
	if (missing == NULL)
		return;
	r->is_fine = false;
	strbuf_printf(
	    r->problems, "%s is missing, but the Kubernetes API is configured.\n", missing);
}

/* --- What belongs together --- */

/* Whatever its value is: a wrong one is told already. */
static bool
is_given(struct reading *r, const char *name)
{
	return env_text(name) != NULL || env_text(arena_printf(&r->arena, "%s_FILE", name)) != NULL;
}

/* A bucket that is half told is a mistake, not a reason to use the folder. */
static void
check_s3_whole(struct reading *r)
{
	static const char *const names[] = { "S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID",
		"S3_SECRET_ACCESS_KEY" };
	const size_t n = sizeof(names) / sizeof(names[0]);
	size_t given = 0, i;

	for (i = 0; i < n; i++)
		given += is_given(r, names[i]);
	for (i = 0; given > 0 && i < n; i++) {
		if (is_given(r, names[i]))
			continue;
		r->is_fine = false;
		strbuf_printf(
		    r->problems, "%s is missing, but other settings of S3 are given.\n", names[i]);
	}
}

/* What makes bouncers must be able to; `is_there` is of a value that has been read or filled in. */
static void
need_for_bouncers(struct reading *r, bool is_there, const char *what)
{
	if (is_there)
		return;
	r->is_fine = false;
	strbuf_printf(r->problems, "%s is missing, but BOUNCER_PROVISIONER is %s.\n", what,
	    r->s.bouncer_provisioner);
}

static void
check_own_sojus(struct reading *r)
{
	const struct settings *s = &r->s;

	need_for_bouncers(r, *s->kubernetes_api_url != '\0', "KUBERNETES_API_URL");
	need_for_bouncers(r, *s->bouncer_image != '\0', "BOUNCER_IMAGE");
	need_for_bouncers(r, *s->bouncer_host != '\0', "BOUNCER_HOST");
	need_for_bouncers(r, is_given(r, "SOJU_DATABASE_ADMIN_URL"), "SOJU_DATABASE_ADMIN_URL");
	need_for_bouncers(r, is_given(r, "SOJU_DATABASE_URL"), "SOJU_DATABASE_URL");
	need_for_bouncers(r, is_given(r, "SOJU_ADMIN_KEY"), "SOJU_ADMIN_KEY");
	if (*s->soju_database_url == '\0' || strstr(s->soju_database_url, "{bouncer}") != NULL)
		return;
	r->is_fine = false;
	strbuf_puts(r->problems,
	    "SOJU_DATABASE_URL must have {bouncer} in the name of its database, as "
	    "BOUNCER_PROVISIONER is kubernetes.\n");
}

/* Whoever asks for a bouncer would be told that it cannot be made, and never why. */
static void
check_bouncers_whole(struct reading *r)
{
	const struct settings *s = &r->s;

	if (*s->soju_admin_url != '\0' && *s->soju_admin_socket == '\0' &&
	    !is_given(r, "SOJU_ADMIN_KEY")) {
		r->is_fine = false;
		strbuf_puts(
		    r->problems, "SOJU_ADMIN_KEY is missing, but SOJU_ADMIN_URL is given.\n");
	}
	if (s->role != ROLE_PORTAL || s->bouncer_provisioner == NULL ||
	    strcmp(s->bouncer_provisioner, "none") == 0 || *s->bouncer_provisioner == '\0')
		return;
	need_for_bouncers(r, *s->soju_admin_socket != '\0' || *s->soju_admin_url != '\0',
	    "SOJU_ADMIN_SOCKET or SOJU_ADMIN_URL");
	if (strcmp(s->bouncer_provisioner, "kubernetes") == 0)
		check_own_sojus(r);
}

/* --- The whole --- */

static bool
is_text(const struct setting *set)
{
	return set->kind != KIND_NUMBER && set->kind != KIND_ROLE && set->kind != KIND_SWITCH;
}

/* Texts of settings that are neither given nor have a default. */
static void
fill_empty(struct reading *r)
{
	for (size_t i = 0; i < settings_table_rows; i++) {
		if (is_text(&settings_table[i]) &&
		    *settings_text_at(r, settings_table[i].place) == NULL)
			*settings_text_at(r, settings_table[i].place) = "";
	}
	if (*r->s.database_direct_url == '\0')
		r->s.database_direct_url = r->s.database_url;
}

enum err
settings_load(bool serving, struct strbuf *problems)
{
	struct reading r = { .problems = problems, .is_fine = true };

	for (size_t i = 0; i < settings_table_rows; i++) {
		if (serving || (settings_table[i].flags & BASE))
			read_setting(&r, &settings_table[i]);
		else if (settings_table[i].fallback != NULL)
			settings_check(&r, &settings_table[i], settings_table[i].fallback);
	}
	fill_empty(&r);
	if (serving) {
		fill_from_pod(&r);
		check_kube_whole(&r);
		check_s3_whole(&r);
		check_bouncers_whole(&r);
	}
	if (!r.is_fine) {
		arena_free(&r.arena);
		return ERR_INVALID;
	}
	arena_free(&memory);
	memory = r.arena;
	settings = r.s;
	return ERR_OK;
}

/* Blank lines and comments are fine; anything else must be NAME=value. */
static enum err
load_line(char *line)
{
	char *equals = strchr(line, '=');

	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0' || line[0] == '#')
		return ERR_OK;
	if (equals == NULL || equals == line)
		return ERR_INVALID;
	*equals = '\0';
	return setenv(line, equals + 1, 0) == 0 ? ERR_OK : ERR_INVALID;
}

enum err
settings_load_file(const char *path)
{
	char line[ENV_LINE_BYTES];
	enum err e = ERR_OK;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return ERR_NOT_FOUND;
	while (e == ERR_OK && fgets(line, sizeof(line), f) != NULL)
		e = load_line(line);
	fclose(f);
	return e;
}
