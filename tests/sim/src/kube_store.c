#include "kube_store.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAME_LEN_MAX 63

static json_t *objects; /* "plural/name": object */
static json_int_t version = 100003;
static unsigned long made; /* so that an object made anew has another uid */

static const char *
text_at(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL ? text : "";
}

static void
key_of(char key[200], const char *plural, const char *name)
{
	snprintf(key, 200, "%s/%s", plural, name);
}

void
kube_store_reset(void)
{
	json_decref(objects);
	objects = json_object();
}

json_t *
kube_store_find(const char *plural, const char *name)
{
	char key[200];

	key_of(key, plural, name);
	return json_object_get(objects, key);
}

void
kube_store_drop(const char *plural, const char *name)
{
	char key[200];

	key_of(key, plural, name);
	json_object_del(objects, key);
}

void
kube_store_put(const char *plural, const char *name, json_t *object)
{
	char key[200];

	key_of(key, plural, name);
	json_object_set_new(objects, key, object);
}

json_t *
kube_store_all(void)
{
	return json_deep_copy(objects);
}

/* --- Whose field is it: trees of "f:name", as in fieldsV1 --- */

static json_t *
fields_of(const json_t *value)
{
	json_t *tree = json_object();
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)value, name, one)
	{
		json_t *key = json_sprintf("f:%s", name);

		json_object_set_new(tree, json_string_value(key),
		    json_is_object(one) ? fields_of(one) : json_object());
		json_decref(key);
	}
	return tree;
}

/* Which object it is, nobody owns. */
static json_t *
owned_fields(const json_t *body)
{
	json_t *tree = fields_of(body), *metadata = json_object_get(tree, "f:metadata");

	json_object_del(tree, "f:apiVersion");
	json_object_del(tree, "f:kind");
	json_object_del(metadata, "f:name");
	json_object_del(metadata, "f:namespace");
	return tree;
}

struct conflict {
	json_t *causes;
	bool is_forced;
};

/*
 * Leaves that both own and of which the values differ: told, or, by force, taken from the other.
 */
static void
find_conflicts(struct conflict *c, const char *path, json_t *mine, json_t *theirs,
    const json_t *wanted, const json_t *live)
{
	const char *name;
	json_t *one;
	void *next;

	json_object_foreach_safe(mine, next, name, one)
	{
		json_t *other = json_object_get(theirs, name);
		const json_t *want = json_object_get(wanted, name + 2);
		const json_t *has = json_object_get(live, name + 2);
		char here[512];

		if (other == NULL)
			continue;
		snprintf(here, sizeof(here), "%s.%s", path, name + 2);
		if (json_is_object(want) && json_is_object(has))
			find_conflicts(c, here, one, other, want, has);
		else if (!json_equal(want, has) && c->is_forced)
			json_object_del(theirs, name);
		else if (!json_equal(want, has))
			json_array_append_new(c->causes,
			    json_pack("{s:s, s:s, s:s}", "reason", "FieldManagerConflict",
				"message", "conflict with another manager", "field", here));
	}
}

static json_t *
managers_of(const json_t *object)
{
	return json_object_get(json_object_get(object, "metadata"), "managedFields");
}

static json_t *
manager_entry(const json_t *object, const char *manager)
{
	json_t *one;
	size_t i;

	json_array_foreach(managers_of(object), i,
	    one) if (strcmp(text_at(one, "manager"), manager) == 0) return one;
	return NULL;
}

static bool
is_owned_by_another(const json_t *object, const char *manager, const char *const *path, size_t n)
{
	json_t *one, *tree;
	size_t i, j;

	json_array_foreach(managers_of(object), i, one)
	{
		if (strcmp(text_at(one, "manager"), manager) == 0)
			continue;
		tree = json_object_get(one, "fieldsV1");
		for (j = 0; j < n && tree != NULL; j++)
			tree = json_object_get(tree, path[j]);
		if (tree != NULL)
			return true;
	}
	return false;
}

#define DEPTH_MAX 24

/* What this manager had and applies no more goes, unless another one owns it too. */
static void
drop_given_up(const json_t *object, const char *manager, const char **path, size_t n,
    const json_t *before, const json_t *now, json_t *live)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)before, name, one)
	{
		const json_t *still = json_object_get(now, name);

		path[n] = name;
		if (still == NULL && !is_owned_by_another(object, manager, path, n + 1))
			json_object_del(live, name + 2);
		else if (json_object_size(one) > 0 && n + 1 < DEPTH_MAX)
			drop_given_up(object, manager, path, n + 1, one, still,
			    json_object_get(live, name + 2));
	}
}

static void
merge(json_t *live, const json_t *wanted)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)wanted, name, one)
	{
		json_t *has = json_object_get(live, name);

		if (json_is_object(one) && json_is_object(has))
			merge(has, one);
		else
			json_object_set_new(live, name, json_deep_copy(one));
	}
}

/* --- What an object must be --- */

static struct kube_verdict
bad_request(json_t *message)
{
	return (struct kube_verdict){ 400, "BadRequest", message, NULL };
}

static struct kube_verdict
invalid(const struct kube_apply *a, const char *field, const char *reason, const char *why)
{
	return (struct kube_verdict){ 422, "Invalid",
		json_sprintf("%s%s%s \"%s\" is invalid: %s: %s", a->kind, *a->group ? "." : "",
		    a->group, a->name, field, why),
		json_pack("[{s:s, s:s, s:s}]", "reason", reason, "message", why, "field", field) };
}

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= NAME_LEN_MAX && name[0] != '-' && name[len - 1] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* Every text of an object of texts: labels, annotations, stringData. */
static bool
has_only_texts(const json_t *o)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)o, name, one) if (!json_is_string(one)) return false;
	return true;
}

static bool
is_within(const json_t *labels, const json_t *selector)
{
	const char *name;
	json_t *one;

	json_object_foreach((json_t *)selector, name,
	    one) if (!json_equal(json_object_get(labels, name), one)) return false;
	return json_object_size(selector) > 0;
}

static struct kube_verdict
check_deployment(const struct kube_apply *a, const json_t *o, const json_t *before)
{
	const json_t *spec = json_object_get(o, "spec"), *replicas, *containers, *labels, *selector;
	const json_t *template = json_object_get(spec, "template");
	json_t *one;
	size_t i;

	selector = json_object_get(spec, "selector");
	labels = json_object_get(json_object_get(template, "metadata"), "labels");
	containers = json_object_get(json_object_get(template, "spec"), "containers");
	replicas = json_object_get(spec, "replicas");
	if (replicas != NULL && (!json_is_integer(replicas) || json_integer_value(replicas) < 0))
		return invalid(
		    a, "spec.replicas", "FieldValueInvalid", "must be greater than or equal to 0");
	if (json_object_size(json_object_get(selector, "matchLabels")) == 0)
		return invalid(a, "spec.selector", "FieldValueRequired", "Required value");
	if (!is_within(labels, json_object_get(selector, "matchLabels")))
		return invalid(a, "spec.template.metadata.labels", "FieldValueInvalid",
		    "`selector` does not match template `labels`");
	if (json_array_size(containers) == 0)
		return invalid(
		    a, "spec.template.spec.containers", "FieldValueRequired", "Required value");
	json_array_foreach(containers, i, one) if (*text_at(one, "name") == '\0' ||
						   *text_at(one, "image") == '\0') return invalid(a,
	    "spec.template.spec.containers[0].image", "FieldValueRequired", "Required value");
	if (before != NULL &&
	    !json_equal(selector, json_object_get(json_object_get(before, "spec"), "selector")))
		return invalid(a, "spec.selector", "FieldValueInvalid", "field is immutable");
	return (struct kube_verdict){ .code = 200 };
}

static struct kube_verdict
check_object(const struct kube_apply *a, const json_t *o, const json_t *before)
{
	const json_t *metadata = json_object_get(o, "metadata");

	if (!is_name(a->name))
		return invalid(a, "metadata.name", "FieldValueInvalid",
		    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
		    "characters, '-' or '.'");
	if (strcmp(a->kind, "Service") == 0 && a->name[0] >= '0' && a->name[0] <= '9')
		return invalid(a, "metadata.name", "FieldValueInvalid",
		    "a DNS-1035 label must start with an alphabetic character");
	if (!has_only_texts(json_object_get(metadata, "labels")) ||
	    !has_only_texts(json_object_get(metadata, "annotations")))
		return bad_request(json_string("labels and annotations are texts"));
	if (strcmp(a->kind, "Secret") == 0 && (!has_only_texts(json_object_get(o, "stringData")) ||
						  !has_only_texts(json_object_get(o, "data"))))
		return bad_request(json_string("the values of a Secret are texts"));
	if (strcmp(a->kind, "Service") == 0 &&
	    json_array_size(json_object_get(json_object_get(o, "spec"), "ports")) == 0)
		return invalid(a, "spec.ports", "FieldValueRequired", "Required value");
	if (strcmp(a->kind, "Deployment") == 0)
		return check_deployment(a, o, before);
	return (struct kube_verdict){ .code = 200 };
}

static struct kube_verdict
check_request(const struct kube_apply *a, const json_t *body)
{
	const json_t *metadata = json_object_get(body, "metadata");
	const char *ns = text_at(metadata, "namespace");
	char wanted[160];

	snprintf(wanted, sizeof(wanted), "%s%s%s", a->group, *a->group ? "/" : "", a->version);
	if (a->manager == NULL)
		return (struct kube_verdict){ 422, "Invalid",
			json_string("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: "
				    "Required value: is required for apply patch"),
			NULL };
	if (strcmp(text_at(body, "apiVersion"), wanted) != 0 ||
	    strcmp(text_at(body, "kind"), a->kind) != 0)
		return bad_request(json_sprintf("the object provided is unrecognized (must be of "
						"type %s)",
		    a->kind));
	if (strcmp(text_at(metadata, "name"), a->name) != 0 && *text_at(metadata, "name") != '\0')
		return bad_request(json_sprintf("the name of the object (%s) does not match the "
						"name on the URL (%s)",
		    text_at(metadata, "name"), a->name));
	if (*ns != '\0' && strcmp(ns, a->ns) != 0)
		return bad_request(json_string(
		    "the namespace of the provided object does not match the namespace sent on "
		    "the request"));
	if (json_object_get(metadata, "managedFields") != NULL)
		return bad_request(json_string("metadata.managedFields must be nil"));
	return (struct kube_verdict){ .code = 200 };
}

/* --- Applying --- */

static json_t *
now_text(void)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *
new_uid(const char *kind, const char *name)
{
	unsigned char h[SHA256_DIGEST_LENGTH];
	char key[256];

	snprintf(key, sizeof(key), "%s/%s/%lu/%lld", kind, name, ++made, (long long)time(NULL));
	SHA256((const unsigned char *)key, strlen(key), h);
	return json_sprintf("%02x%02x%02x%02x-%02x%02x-4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x",
	    h[0], h[1], h[2], h[3], h[4], h[5], h[6] & 15, h[7], h[8] & 15, h[9], h[10], h[11],
	    h[12], h[13], h[14], h[15]);
}

static json_t *
new_object(const struct kube_apply *a)
{
	json_t *o = json_pack("{s:s, s:o, s:{s:s, s:s, s:o, s:o, s:[]}}", "kind", a->kind,
	    "apiVersion", json_sprintf("%s%s%s", a->group, *a->group ? "/" : "", a->version),
	    "metadata", "name", a->name, "namespace", a->ns, "uid", new_uid(a->kind, a->name),
	    "creationTimestamp", now_text(), "managedFields");

	return o;
}

static json_t *
base64(const char *text)
{
	size_t len = strlen(text);
	char *out = malloc(len * 4 / 3 + 8);
	json_t *value;

	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)len);
	value = json_string(out);
	free(out);
	return value;
}

/* stringData can only be written: what is kept is data. */
static void
keep_secret(json_t *o)
{
	json_t *texts = json_object_get(o, "stringData"), *one;
	const char *name;

	if (texts == NULL)
		return;
	if (json_object_get(o, "data") == NULL)
		json_object_set_new(o, "data", json_object());
	json_object_foreach(texts, name, one)
	    json_object_set_new(json_object_get(o, "data"), name, base64(json_string_value(one)));
	json_object_del(o, "stringData");
}

static void
set_manager(json_t *o, const struct kube_apply *a, json_t *fields)
{
	json_t *entry = manager_entry(o, a->manager);

	if (entry == NULL) {
		entry = json_pack("{s:s, s:s, s:s, s:s}", "manager", a->manager, "operation",
		    "Apply", "apiVersion", text_at(o, "apiVersion"), "fieldsType", "FieldsV1");
		json_array_append_new(managers_of(o), entry);
		json_object_set_new(entry, "time", now_text());
	}
	if (!json_equal(json_object_get(entry, "fieldsV1"), fields))
		json_object_set_new(entry, "time", now_text());
	json_object_set(entry, "fieldsV1", fields);
}

static json_t *
find_all_conflicts(const struct kube_apply *a, json_t *o, json_t *fields, const json_t *body)
{
	struct conflict c = { json_array(), a->is_forced };
	json_t *one;
	size_t i;

	json_array_foreach(
	    managers_of(o), i, one) if (strcmp(text_at(one, "manager"), a->manager) != 0)
	    find_conflicts(&c, "", fields, json_object_get(one, "fieldsV1"), body, o);
	return c.causes;
}

/* resourceVersion moves with every change, generation with what is wanted. */
static void
count_change(json_t *o, const json_t *before)
{
	json_t *metadata = json_object_get(o, "metadata");
	json_int_t generation = json_integer_value(json_object_get(metadata, "generation"));

	if (before != NULL && json_equal(o, before))
		return;
	if (json_object_get(o, "spec") != NULL &&
	    (before == NULL ||
		!json_equal(json_object_get(o, "spec"), json_object_get(before, "spec"))))
		json_object_set_new(metadata, "generation", json_integer(generation + 1));
	json_object_set_new(
	    metadata, "resourceVersion", json_sprintf("%lld", (long long)++version));
}

static struct kube_verdict
store(const struct kube_apply *a, json_t *o, const json_t *before)
{
	char key[200];

	if (strcmp(a->kind, "Secret") == 0)
		keep_secret(o);
	count_change(o, before);
	key_of(key, a->plural, a->name);
	if (!a->is_trial)
		json_object_set(objects, key, o);
	return (struct kube_verdict){ .code = before == NULL ? 201 : 200 };
}

static struct kube_verdict
apply_to(const struct kube_apply *a, json_t *o, const json_t *before, json_t *body)
{
	json_t *fields = owned_fields(body), *causes = find_all_conflicts(a, o, fields, body);
	json_t *entry = manager_entry(o, a->manager);
	const char *path[DEPTH_MAX];
	struct kube_verdict v = { .code = 200 };

	if (json_array_size(causes) > 0) {
		json_decref(fields);
		return (struct kube_verdict){ 409, "Conflict",
			json_sprintf("Apply failed with %zu conflict%s", json_array_size(causes),
			    json_array_size(causes) == 1 ? "" : "s"),
			causes };
	}
	json_decref(causes);
	if (entry != NULL)
		drop_given_up(
		    o, a->manager, path, 0, json_object_get(entry, "fieldsV1"), fields, o);
	merge(o, body);
	v = check_object(a, o, before);
	if (v.code == 200) {
		set_manager(o, a, fields);
		v = store(a, o, before);
	}
	json_decref(fields);
	return v;
}

struct kube_verdict
kube_store_apply(const struct kube_apply *a, json_t *body, json_t **object)
{
	const json_t *before = kube_store_find(a->plural, a->name);
	struct kube_verdict v = check_request(a, body);
	json_t *o;

	*object = NULL;
	if (v.code != 200)
		return v;
	o = before != NULL ? json_deep_copy(before) : new_object(a);
	v = apply_to(a, o, before, body);
	if (v.code == 200 || v.code == 201)
		*object = o;
	else
		json_decref(o);
	return v;
}
