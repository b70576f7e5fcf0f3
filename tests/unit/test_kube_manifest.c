/* What is applied for a bouncer: the file that comes with the portal, and files that do not do. */
#include "bouncer/kube_manifest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/settings.h"

static struct arena arena;
static struct strbuf problem;

static void
end(void)
{
	strbuf_free(&problem);
	arena_free(&arena);
}

TestSuite(kube_manifest, .fini = end);

static const struct kube_manifest_values values = { .bouncer = "alice",
	.namespace = "irc",
	.image = "soju:1",
	.host = "alice.irc.example.org",
	.database_url = "postgresql://soju_alice:p%40@db:5432/soju_alice?sslmode=disable",
	.admin_login = "portal_admin",
	.admin_password = "s3cret",
	.restarted_at = 1767225600,
	.replicas = 1,
	.max_networks = 5,
	.history_days = 30 };

/* ---- texts ---- */

/* What a text in the file becomes: the value of "x" in a ConfigMap, as JSON. */
static enum err
fill(const char **json, const char *text, const struct kube_manifest_values *v)
{
	const char *file = arena_printf(&arena,
	    "{\"kind\":\"List\",\"items\":[{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\","
	    "\"metadata\":{\"name\":\"${BOUNCER}\"},\"x\":\"%s\"},{\"kind\":\"Deployment\","
	    "\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"${BOUNCER}\",\"labels\":%s},"
	    "\"spec\":{\"selector\":{\"matchLabels\":%s},\"template\":{\"metadata\":{\"labels\":"
	    "%s}}}}]}",
	    text, "{\"app\":\"soju\",\"bouncer\":\"${BOUNCER}\"}",
	    "{\"app\":\"soju\",\"bouncer\":\"${BOUNCER}\"}",
	    "{\"app\":\"soju\",\"bouncer\":\"${BOUNCER}\"}");
	struct kube_manifest_list list;
	const struct json *root;
	enum err e;

	cr_assert_eq(json_read_parse(&root, &arena, file, strlen(file)), ERR_OK, "%s", file);
	strbuf_clear(&problem);
	e = kube_manifest_fill(&list, &arena, root, v, &problem);
	if (e != ERR_OK)
		return e;
	*json = strstr(list.v[0].body, "\"x\":");
	cr_assert_not_null(*json, "%s", list.v[0].body);
	*json += 4;
	return ERR_OK;
}

static const struct {
	const char *text, *becomes;
} texts[] = {
	{ "", "\"\"}" },
	{ "plain $ { } $BOUNCER {BOUNCER}", "\"plain $ { } $BOUNCER {BOUNCER}\"}" },
	{ "${BOUNCER}", "\"alice\"}" },
	{ "a-${BOUNCER}-${NAMESPACE}", "\"a-alice-irc\"}" },
	{ "${IMAGE}", "\"soju:1\"}" },
	{ "${HOST}", "\"alice.irc.example.org\"}" },
	{ "${ADMIN_LOGIN} ${ADMIN_PASSWORD}", "\"portal_admin s3cret\"}" },
	{ "${RESTARTED_AT}", "\"2026-01-01T00:00:00Z\"}" },
	{ "${REPLICAS}", "1}" },
	{ "${MAX_NETWORKS}", "5}" },
	{ "${HISTORY_DAYS}", "30}" },
	{ "${HISTORY_DAYS}d", "\"30d\"}" },
	{ "a\\nmax ${MAX_NETWORKS}\\n\\nb", "\"a\\u000amax 5\\u000a\\u000ab\"}" },
};

Test(kube_manifest, texts)
{
	const char *json;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(fill(&json, texts[i].text, &values), ERR_OK, "%s: %s", texts[i].text,
		    strbuf_text(&problem));
		cr_expect_str_eq(json, texts[i].becomes, "%s: %s", texts[i].text, json);
	}
}

static const struct {
	const char *text, *says;
} wrong_texts[] = {
	{ "${}", "there is no placeholder ${}" },
	{ "${bouncer}", "there is no placeholder ${bouncer}" },
	{ "${BOUNCER", "there is no placeholder ${BOUNCER}" },
	{ "${BOUNCER }", "there is no placeholder ${BOUNCER }" },
	{ "${BOUN\\nCER}", "there is no placeholder ${BOUN\nCER}" },
	{ "${${BOUNCER}}", "there is no placeholder ${${BOUNCER}" },
	{ "a ${SESSION_KEY} b", "there is no placeholder ${SESSION_KEY}" },
};

Test(kube_manifest, placeholders_that_are_none)
{
	const char *json;

	for (size_t i = 0; i < sizeof(wrong_texts) / sizeof(wrong_texts[0]); i++) {
		cr_expect_eq(fill(&json, wrong_texts[i].text, &values), ERR_INVALID, "%s",
		    wrong_texts[i].text);
		cr_expect_str_eq(
		    strbuf_text(&problem), wrong_texts[i].says, "%s", strbuf_text(&problem));
	}
}

/* A line for a limit says nothing where there is none; a text of one line stays. */
Test(kube_manifest, no_limit)
{
	struct kube_manifest_values v = values;
	const char *json;

	v.max_networks = v.history_days = -1;
	v.restarted_at = 0;
	cr_assert_eq(fill(&json, "a\\nexpiry ${HISTORY_DAYS}d\\nb ${RESTARTED_AT}\\n", &v), ERR_OK);
	cr_expect_str_eq(json, "\"a\\u000ab never\\u000a\"}");
	cr_assert_eq(fill(&json, "${MAX_NETWORKS}", &v), ERR_OK);
	cr_expect_str_eq(json, "-1}");
}

/* Whatever a value holds stays within its text, and is not looked at for placeholders again. */
static const char *const hostile[] = { "\"},\"kind\":\"Pod\",\"x\":{\"y\":\"", "a\\", "a\nb: c",
	"${ADMIN_PASSWORD}", "${", "\x01\x7f", "\xc3\xa9", "</script>" };

Test(kube_manifest, values_do_not_break_out)
{
	struct kube_manifest_values v = values;
	const struct json *root;
	const char *json, *text;

	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		v.host = hostile[i];
		cr_assert_eq(fill(&json, "<${HOST}>", &v), ERR_OK, "%zu", i);
		json = arena_printf(&arena, "{\"x\":%s", json);
		cr_assert_eq(
		    json_read_parse(&root, &arena, json, strlen(json)), ERR_OK, "%s", json);
		cr_assert_eq(root->n, 1);
		cr_assert_eq(json_read_text(root, "x", &text), ERR_OK);
		cr_expect_str_eq(text, arena_printf(&arena, "<%s>", hostile[i]));
	}
}

/* ---- objects ---- */

#define LABELS "{\"app\":\"soju\",\"bouncer\":\"${BOUNCER}\"}"
#define DEPLOYMENT_OF(name, labels, selector, template)                                            \
	"{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"" name       \
	"\",\"labels\":" labels "},\"spec\":{\"selector\":{\"matchLabels\":" selector              \
	"},\"template\":{\"metadata\":{\"labels\":" template "}}}}"
#define DEPLOYMENT DEPLOYMENT_OF("${BOUNCER}", LABELS, LABELS, LABELS)
#define LIST(items) "{\"kind\":\"List\",\"items\":[" items "]}"
#define SECRET(metadata) "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{" metadata "}}"

/* Whatever labels there are: none, others, one that is called so, something that is no object. */
Test(kube_manifest, each_object_is_signed)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "", ",\"labels\":{\"app.kubernetes.io/managed-by\":\"portal\"}" },
		{ ",\"labels\":{\"a\":\"b\"}",
		    ",\"labels\":{\"a\":\"b\",\"app.kubernetes.io/managed-by\":\"portal\"}" },
		{ ",\"labels\":{\"app.kubernetes.io/managed-by\":\"helm\",\"a\":\"b\"}",
		    ",\"labels\":{\"app.kubernetes.io/managed-by\":\"portal\",\"a\":\"b\"}" },
		{ ",\"labels\":null", ",\"labels\":{\"app.kubernetes.io/managed-by\":\"portal\"}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *file = arena_printf(&arena,
		    "{\"kind\":\"List\",\"items\":[" SECRET(
			"\"name\":\"${BOUNCER}\"%s") "," DEPLOYMENT "]}",
		    cases[i].before);
		struct kube_manifest_list list;
		const struct json *root;

		cr_assert_eq(json_read_parse(&root, &arena, file, strlen(file)), ERR_OK);
		cr_assert_eq(kube_manifest_fill(&list, &arena, root, &values, &problem), ERR_OK,
		    "%s", strbuf_text(&problem));
		cr_expect_not_null(strstr(list.v[0].body, cases[i].after), "%s", list.v[0].body);
		cr_expect_not_null(
		    strstr(list.v[1].body, "managed-by\":\"portal\"}},\"spec\":{\"selector\":"
					   "{\"matchLabels\":{\"app\":\"soju\","),
		    "%s", list.v[1].body);
	}
}

static const struct {
	const char *file, *says;
} files[] = {
	{ LIST(DEPLOYMENT), NULL },
	{ LIST(DEPLOYMENT "," SECRET("\"name\":\"a-${BOUNCER}\",\"namespace\":\"${NAMESPACE}\"")),
	    NULL },
	{ "[]", "it must be an object of kind List with items" },
	{ "{}", "it must be an object of kind List with items" },
	{ DEPLOYMENT, "it must be an object of kind List with items" },
	{ "{\"kind\":\"List\",\"items\":{}}", "it must be an object of kind List with items" },
	{ LIST(""), "it must hold one Deployment, and not several" },
	{ LIST(DEPLOYMENT "," DEPLOYMENT), "it must hold one Deployment, and not several" },
	{ LIST("1"), "the object without a kind is of a kind and apiVersion that the portal does "
		     "not apply" },
	{ LIST("{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}"),
	    "the Pod is of a kind and apiVersion that the portal does not apply" },
	{ LIST("{\"kind\":\"Role\",\"apiVersion\":\"rbac.authorization.k8s.io/v1\"}"),
	    "the Role is of a kind and apiVersion that the portal does not apply" },
	{ LIST("{\"kind\":\"Deployment\",\"apiVersion\":\"v1\"}"),
	    "the Deployment is of a kind and apiVersion that the portal does not apply" },
	{ LIST(SECRET("")), "the Secret has no name in its metadata, or none of up to 63 small "
			    "letters, digits and hyphens" },
	{ LIST(SECRET("\"name\":\"A_${BOUNCER}\"")),
	    "the Secret has no name in its metadata, or none of up to 63 small letters, digits "
	    "and hyphens" },
	{ LIST(SECRET("\"name\":\"soju\"")), "the Secret must have ${BOUNCER} in its name" },
	{ LIST(SECRET("\"name\":\"${BOUNCER}\",\"namespace\":\"kube-system\"")),
	    "the Secret must be in the namespace ${NAMESPACE}" },
	{ LIST(DEPLOYMENT_OF("soju-${BOUNCER}", LABELS, LABELS, LABELS)),
	    "the Deployment must be called ${BOUNCER}" },
	{ LIST(DEPLOYMENT_OF("${BOUNCER}", "{}", LABELS, LABELS)),
	    "the Deployment must have the labels app: soju and bouncer: ${BOUNCER} in its "
	    "metadata, its selector and its template" },
	{ LIST(DEPLOYMENT_OF("${BOUNCER}", LABELS, "{\"app\":\"soju\"}", LABELS)),
	    "the Deployment must have the labels app: soju and bouncer: ${BOUNCER} in its "
	    "metadata, its selector and its template" },
	{ LIST(DEPLOYMENT_OF("${BOUNCER}", LABELS, LABELS, "5")),
	    "the Deployment must have the labels app: soju and bouncer: ${BOUNCER} in its "
	    "metadata, its selector and its template" },
};

Test(kube_manifest, files)
{
	struct kube_manifest_list list;
	const struct json *root;
	enum err e;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		cr_assert_eq(
		    json_read_parse(&root, &arena, files[i].file, strlen(files[i].file)), ERR_OK);
		strbuf_clear(&problem);
		e = kube_manifest_fill(&list, &arena, root, &values, &problem);
		cr_expect_eq(e, files[i].says == NULL ? ERR_OK : ERR_INVALID, "%zu: %s", i,
		    strbuf_text(&problem));
		cr_expect_str_eq(strbuf_text(&problem), files[i].says != NULL ? files[i].says : "",
		    "%zu: %s", i, strbuf_text(&problem));
	}
}

/* ---- the file that comes with the portal ---- */

Test(kube_manifest, ours)
{
	static const char *const places[] = { "v1 secrets soju-alice", "v1 services soju-alice",
		"apps/v1 deployments alice" };
	struct kube_manifest_list list;
	const struct json *root;

	cr_assert_eq(kube_manifest_read(&root, &arena, "conf/kubernetes/bouncer.json", &problem),
	    ERR_OK, "%s", strbuf_text(&problem));
	cr_assert_eq(kube_manifest_fill(&list, &arena, root, &values, &problem), ERR_OK, "%s",
	    strbuf_text(&problem));
	cr_assert_eq(list.n, 3);
	for (size_t i = 0; i < list.n; i++) {
		const struct kube_place *p = &list.v[i].place;

		cr_expect_str_eq(
		    arena_printf(&arena, "%s %s %s", p->api_version, p->plural, p->name),
		    places[i]);
		cr_expect_null(strstr(list.v[i].body, "${"), "%s", list.v[i].body);
		cr_expect_eq(strlen(list.v[i].body), list.v[i].len);
	}
	cr_expect_not_null(strstr(list.v[0].body, "max-user-networks 5\\u000a"));
	cr_expect_not_null(strstr(list.v[2].body, "\"replicas\":1,"));
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(kube_manifest, at_the_start)
{
	char name[] = "/tmp/kube_manifest.XXXXXX";
	int fd = mkstemp(name);

	cr_assert_geq(fd, 0);
	close(fd);
	cr_expect_eq(kube_manifest_check("conf/kubernetes/bouncer.json", &problem), ERR_OK);
	cr_expect_str_eq(strbuf_text(&problem), "");
	put(name, "{\"kind\":\"List\",\"kind\":\"List\"}");
	cr_expect_eq(kube_manifest_check(name, &problem), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&problem), "is no JSON"));
	strbuf_clear(&problem);
	put(name, LIST(DEPLOYMENT_OF("bouncer-that-nobody-has", LABELS, LABELS, LABELS)));
	cr_expect_eq(kube_manifest_check(name, &problem), ERR_INVALID);
	cr_expect_not_null(strstr(strbuf_text(&problem), "${BOUNCER} in its name.\n"), "%s",
	    strbuf_text(&problem));
	strbuf_clear(&problem);
	cr_expect_eq(kube_manifest_history_days(90), -1);
	put(name, LIST(DEPLOYMENT "," SECRET("\"name\":\"a-${BOUNCER}\"},\"stringData\":{"
					     "\"c\":\"keep\\nmessage-expiry ${HISTORY_DAYS}d\"")));
	cr_expect_eq(kube_manifest_check(name, &problem), ERR_OK, "%s", strbuf_text(&problem));
	cr_expect_eq(kube_manifest_history_days(90), 90);
	cr_expect_eq(kube_manifest_history_days(-1), -1);
	put(name, LIST(DEPLOYMENT));
	cr_expect_eq(kube_manifest_check(name, &problem), ERR_OK);
	cr_expect_eq(kube_manifest_history_days(90), -1, "no soju is told");
	unlink(name);
	cr_expect_eq(kube_manifest_check(name, &problem), ERR_NOT_FOUND);
	cr_expect_not_null(strstr(strbuf_text(&problem), "cannot be read: No such file"));
	cr_expect_eq(kube_manifest_check("/", &problem), ERR_NOT_FOUND);
}

Test(kube_manifest, which_file)
{
	settings.bouncer_manifests = "";
	settings.home = "/srv/portal";
	cr_expect_str_eq(kube_manifest_file(&arena), "/srv/portal/conf/kubernetes/bouncer.json");
	settings.bouncer_manifests = "/etc/mine.json";
	cr_expect_str_eq(kube_manifest_file(&arena), "/etc/mine.json");
}
