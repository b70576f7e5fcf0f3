#include "bouncer/kube_manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/rfc3339.h"
#include "base/settings.h"

#define FILE_BYTES_MAX ((size_t)256 * 1024)

/* What can be applied, and how it is called in an address. */
static const struct {
	const char *api_version, *kind, *plural;
} kinds[] = {
	{ "v1", "ConfigMap", "configmaps" },
	{ "v1", "PersistentVolumeClaim", "persistentvolumeclaims" },
	{ "v1", "Secret", "secrets" },
	{ "v1", "Service", "services" },
	{ "apps/v1", "Deployment", "deployments" },
	{ "networking.k8s.io/v1", "Ingress", "ingresses" },
	{ "networking.k8s.io/v1", "NetworkPolicy", "networkpolicies" },
	{ "policy/v1", "PodDisruptionBudget", "poddisruptionbudgets" },
	{ "cert-manager.io/v1", "Certificate", "certificates" },
	{ "gateway.networking.k8s.io/v1", "TLSRoute", "tlsroutes" },
	{ "gateway.networking.k8s.io/v1alpha2", "TLSRoute", "tlsroutes" },
	{ "traefik.io/v1alpha1", "IngressRouteTCP", "ingressroutetcps" },
};

/* ---- The file ---- */

static enum err
read_file(struct strbuf *bytes, const char *file, struct strbuf *problem)
{
	FILE *f = fopen(file, "re");
	char piece[4096];
	size_t n;

	if (f == NULL) {
		strbuf_printf(problem, "%s cannot be read: %s", file, strerror(errno));
		return ERR_NOT_FOUND;
	}
	while (bytes->len <= FILE_BYTES_MAX && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		strbuf_add(bytes, piece, n);
	n = (size_t)ferror(f);
	fclose(f);
	if (n == 0 && bytes->len <= FILE_BYTES_MAX)
		return ERR_OK;
	strbuf_printf(problem,
	    n != 0 ? "%s cannot be read" : "%s is larger than 256 KiB, which no such file is",
	    file);
	return n != 0 ? ERR_NOT_FOUND : ERR_INVALID;
}

enum err
kube_manifest_read(
    const struct json **root, struct arena *a, const char *file, struct strbuf *problem)
{
	struct strbuf bytes = { 0 };
	enum err e = read_file(&bytes, file, problem);

	if (e == ERR_OK && json_read_parse(root, a, strbuf_text(&bytes), bytes.len) != ERR_OK) {
		strbuf_printf(problem, "%s is no JSON, or has a name twice in an object", file);
		e = ERR_INVALID;
	}
	strbuf_free(&bytes);
	return e;
}

/* ---- Placeholders ---- */

struct filling {
	struct arena *arena;
	const struct kube_manifest_values *values;
	struct strbuf *problem;
	enum err e;
	bool has_history;
};

struct value {
	const char *text;
	bool is_number, is_no_limit;
};

static const char *
restart_text(struct filling *f)
{
	char text[RFC3339_SIZE];

	if (f->values->restarted_at <= 0 || rfc3339_format(text, f->values->restarted_at) != ERR_OK)
		return "never";
	return arena_strdup(f->arena, text);
}

static struct value
number_value(struct filling *f, int64_t n)
{
	return (struct value){ arena_printf(f->arena, "%" PRId64, n), true, n < 0 };
}

static bool
is_word(const char *name, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(name, word, len) == 0;
}

/* False: there is no such placeholder. */
static bool
find_text(struct filling *f, const char *name, size_t len, const char **text)
{
	const struct kube_manifest_values *v = f->values;
	const struct {
		const char *word, *text;
	} texts[] = {
		{ "BOUNCER", v->bouncer },
		{ "NAMESPACE", v->namespace },
		{ "IMAGE", v->image },
		{ "HOST", v->host },
		{ "DATABASE_URL", v->database_url },
		{ "ADMIN_LOGIN", v->admin_login },
		{ "ADMIN_PASSWORD", v->admin_password },
		{ "RESTARTED_AT", restart_text(f) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (is_word(name, len, texts[i].word)) {
			*text = texts[i].text;
			return true;
		}
	return false;
}

static bool
find_value(struct filling *f, const char *name, size_t len, struct value *value)
{
	const struct kube_manifest_values *v = f->values;

	*value = (struct value){ 0 };
	if (find_text(f, name, len, &value->text))
		return true;
	if (is_word(name, len, "REPLICAS"))
		*value = number_value(f, v->replicas);
	else if (is_word(name, len, "MAX_NETWORKS"))
		*value = number_value(f, v->max_networks);
	else if (is_word(name, len, "HISTORY_DAYS")) {
		*value = number_value(f, v->history_days);
		f->has_history = true;
	}
	return value->text != NULL;
}

/* What begins with "${" at `from` up to its "}", whose place is *end. */
static bool
take_value(struct filling *f, const char *from, const char **end, struct value *value)
{
	const char *name = from + 2, *brace = strchr(name, '}');
	size_t len = brace != NULL ? (size_t)(brace - name) : strlen(name);

	*end = name + len + (brace != NULL);
	if (brace != NULL && find_value(f, name, len, value))
		return true;
	if (f->e == ERR_OK)
		strbuf_printf(f->problem, "there is no placeholder ${%.*s}",
		    (int)(len < 40 ? len : 40), name);
	f->e = ERR_INVALID;
	return false;
}

/* One line, its line feed included. False: it says nothing, for want of a limit. */
static bool
fill_line(struct filling *f, struct strbuf *out, const char *line, size_t len)
{
	const char *end = line + len, *next;
	bool is_kept = true;
	struct value value;

	while (line < end && f->e == ERR_OK) {
		next = strstr(line, "${");
		if (next >= end)
			next = NULL;
		strbuf_add(out, line, (size_t)((next != NULL ? next : end) - line));
		line = next != NULL ? next : end;
		if (next == NULL || !take_value(f, next, &line, &value))
			continue;
		strbuf_puts(out, value.text);
		is_kept = is_kept && !value.is_no_limit;
	}
	return is_kept;
}

static const char *
fill_text(struct filling *f, const char *text)
{
	bool has_lines = strchr(text, '\n') != NULL;
	struct strbuf out = { 0 };
	const char *filled;
	size_t len, before;

	for (; *text != '\0' && f->e == ERR_OK; text += len) {
		len = strcspn(text, "\n");
		len += text[len] == '\n';
		before = out.len;
		if (!fill_line(f, &out, text, len) && has_lines)
			strbuf_cut(&out, before);
	}
	filled = arena_strdup(f->arena, strbuf_text(&out));
	strbuf_free(&out);
	return filled;
}

/* A text that is one placeholder for a number, and nothing else. */
static bool
is_number(struct filling *f, const char *text, int64_t *n)
{
	const struct kube_manifest_values *v = f->values;

	if (strcmp(text, "${REPLICAS}") == 0)
		*n = v->replicas;
	else if (strcmp(text, "${MAX_NETWORKS}") == 0)
		*n = v->max_networks;
	else if (strcmp(text, "${HISTORY_DAYS}") == 0) {
		*n = v->history_days;
		f->has_history = true;
	} else
		return false;
	return true;
}

/* json_read has bounded the depth. Names of members stay as they are. */
static void
fill(struct filling *f, struct json *to, const struct json *from)
{
	struct json *items;

	*to = *from;
	if (from->kind == JSON_KIND_TEXT) {
		if (is_number(f, from->text, &to->integer)) {
			to->kind = JSON_KIND_INT;
			to->text = NULL;
		} else {
			to->text = fill_text(f, from->text);
		}
		return;
	}
	if (from->n == 0)
		return;
	items = arena_array(f->arena, from->n, sizeof(*items));
	for (size_t i = 0; i < from->n && f->e == ERR_OK; i++)
		fill(f, &items[i], &from->items[i]);
	to->items = items;
}

/* ---- Objects ---- */

static const char *
text_of(const struct json *o, const char *name)
{
	const char *text = "";

	if (o != NULL)
		(void)json_read_text(o, name, &text); /* what is missing stays "" */
	return text;
}

static enum err
wrong(struct filling *f, const char *kind, const char *sentence)
{
	strbuf_printf(
	    f->problem, "the %.40s %s", *kind != '\0' ? kind : "object without a kind", sentence);
	return ERR_INVALID;
}

static enum err
find_kind(struct filling *f, struct kube_manifest *m, const struct json *o)
{
	const char *version = text_of(o, "apiVersion"), *kind = text_of(o, "kind");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(version, kinds[i].api_version) == 0 &&
		    strcmp(kind, kinds[i].kind) == 0) {
			m->kind = kinds[i].kind;
			m->place.api_version = kinds[i].api_version;
			m->place.plural = kinds[i].plural;
			return ERR_OK;
		}
	return wrong(f, kind, "is of a kind and apiVersion that the portal does not apply");
}

/* Bouncers' names must not meet: "soju-a" and "soju-a-b" are of two, whatever stands around. */
static enum err
check_name(struct filling *f, const struct kube_manifest *m, const struct json *metadata)
{
	const char *namespace = text_of(metadata, "namespace");

	if (!kube_write_is_name(m->place.name))
		return wrong(f, m->kind,
		    "has no name in its metadata, or none of up to 63 small letters, digits and "
		    "hyphens");
	if (strstr(m->place.name, f->values->bouncer) == NULL)
		return wrong(f, m->kind, "must have ${BOUNCER} in its name");
	if (*namespace != '\0' && strcmp(namespace, f->values->namespace) != 0)
		return wrong(f, m->kind, "must be in the namespace ${NAMESPACE}");
	return ERR_OK;
}

/* By these the portal, its network policy and its figures find the pods. */
static bool
has_labels(const struct json *labels, const char *bouncer)
{
	return strcmp(text_of(labels, "app"), "soju") == 0 &&
	       strcmp(text_of(labels, "bouncer"), bouncer) == 0;
}

static const struct json *
member(const struct json *o, const char *name)
{
	return o != NULL ? json_read_member(o, name) : NULL;
}

static enum err
check_deployment(struct filling *f, const struct kube_manifest *m, const struct json *o)
{
	const struct json *spec = member(o, "spec");
	const struct json *labels[] = { member(member(o, "metadata"), "labels"),
		member(member(spec, "selector"), "matchLabels"),
		member(member(member(spec, "template"), "metadata"), "labels") };

	if (strcmp(m->place.name, f->values->bouncer) != 0)
		return wrong(f, m->kind, "must be called ${BOUNCER}");
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (!has_labels(labels[i], f->values->bouncer))
			return wrong(f, m->kind,
			    "must have the labels app: soju and bouncer: ${BOUNCER} in its "
			    "metadata, its selector and its template");
	return ERR_OK;
}

/* A copy of an object (NULL: of an empty one) in which that member is `to`. */
static struct json
with_member(struct arena *a, const struct json *o, const char *name, struct json to)
{
	const size_t had = o != NULL && o->kind == JSON_KIND_OBJECT ? o->n : 0;
	struct json *items = arena_array(a, had + 1, sizeof(*items));
	size_t at = 0;

	if (had > 0)
		memcpy(items, o->items, had * sizeof(*items));
	while (at < had && strcmp(items[at].name, name) != 0)
		at++;
	to.name = name;
	items[at] = to;
	return (struct json){
		.kind = JSON_KIND_OBJECT, .items = items, .n = at == had ? had + 1 : had
	};
}

/* Whatever the file says, what we make is known as ours. */
static struct json
sign(struct arena *a, const struct json *o)
{
	const struct json us = { .kind = JSON_KIND_TEXT, .text = KUBE_FIELD_MANAGER };
	const struct json *metadata = member(o, "metadata");
	const struct json labels = with_member(a, member(metadata, "labels"), KUBE_MANAGED_BY, us);

	return with_member(a, o, "metadata", with_member(a, metadata, "labels", labels));
}

static enum err
read_object(struct filling *f, struct kube_manifest *m, const struct json *o)
{
	const struct json *metadata = member(o, "metadata");
	struct strbuf body = { 0 };
	struct json ours;
	enum err e = find_kind(f, m, o);

	m->place.name = text_of(metadata, "name");
	if (e == ERR_OK)
		e = check_name(f, m, metadata);
	if (e == ERR_OK && strcmp(m->kind, "Deployment") == 0)
		e = check_deployment(f, m, o);
	if (e != ERR_OK)
		return e;
	ours = sign(f->arena, o);
	json_write_value(&body, &ours);
	m->len = body.len;
	m->body = arena_strndup(f->arena, strbuf_text(&body), body.len);
	strbuf_free(&body);
	return ERR_OK;
}

static enum err
read_objects(struct filling *f, struct kube_manifest_list *list, const struct json *items)
{
	size_t deployments = 0;
	enum err e = ERR_OK;

	list->v = arena_array(f->arena, items->n + 1, sizeof(*list->v));
	for (list->n = 0; list->n < items->n && e == ERR_OK; list->n++) {
		e = read_object(f, &list->v[list->n], &items->items[list->n]);
		deployments += e == ERR_OK && strcmp(list->v[list->n].kind, "Deployment") == 0;
	}
	if (e == ERR_OK && deployments != 1) {
		strbuf_puts(f->problem, "it must hold one Deployment, and not several");
		e = ERR_INVALID;
	}
	return e;
}

enum err
kube_manifest_fill(struct kube_manifest_list *list, struct arena *a, const struct json *root,
    const struct kube_manifest_values *values, struct strbuf *problem)
{
	struct filling f = { .arena = a, .values = values, .problem = problem };
	const struct json *items = NULL;
	struct json filled;

	*list = (struct kube_manifest_list){ 0 };
	fill(&f, &filled, root);
	if (f.e != ERR_OK)
		return f.e;
	if (strcmp(text_of(&filled, "kind"), "List") != 0 ||
	    json_read_array(&filled, "items", &items) != ERR_OK) {
		strbuf_puts(problem, "it must be an object of kind List with items");
		return ERR_INVALID;
	}
	list->has_history = f.has_history;
	return read_objects(&f, list, items);
}

/* ---- At the start ---- */

static bool is_history_told; /* by the file that was checked last */

const char *
kube_manifest_file(struct arena *a)
{
	if (*settings.bouncer_manifests != '\0')
		return settings.bouncer_manifests;
	return arena_printf(a, "%s/conf/kubernetes/bouncer.json", settings.home);
}

int64_t
kube_manifest_history_days(int64_t days)
{
	return is_history_told ? days : -1;
}

/* Two, so that a name written out by hand in place of the placeholder is seen. */
static enum err
try(struct arena *a, const struct json *root, const char *bouncer, struct strbuf *problem)
{
	const struct kube_manifest_values values = { .bouncer = bouncer,
		.namespace = "namespace",
		.image = "image",
		.host = "irc.example.org",
		.database_url = "postgresql:///",
		.admin_login = "login",
		.admin_password = "password",
		.replicas = 1,
		.max_networks = 5,
		.history_days = 30 };
	struct kube_manifest_list list;
	const enum err e = kube_manifest_fill(&list, a, root, &values, problem);

	is_history_told = e == ERR_OK && list.has_history;
	return e;
}

enum err
kube_manifest_check(const char *file, struct strbuf *problems)
{
	struct strbuf problem = { 0 };
	struct arena arena = { 0 };
	const struct json *root = NULL;
	enum err e = kube_manifest_read(&root, &arena, file, &problem);

	if (e == ERR_OK)
		e = try(&arena, root, "bouncer-that-nobody-has", &problem);
	if (e == ERR_OK)
		e = try(&arena, root, "another-such-bouncer", &problem);
	if (e != ERR_OK)
		strbuf_printf(problems,
		    "BOUNCER_MANIFESTS must name what is applied for each bouncer, as in %s: %s.\n",
		    file, strbuf_text(&problem));
	strbuf_free(&problem);
	arena_free(&arena);
	return e;
}
