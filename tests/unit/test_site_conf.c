#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/site_conf.h"

static const char *
value(const char *name)
{
	if (strcmp(name, "HOST") == 0)
		return "127.0.0.1";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static const struct {
	const char *text, *expanded; /* NULL: refused, */
	const char *problem;	     /* with these words */
} cases[] = {
	{ "", "", NULL },
	{ "plain $ text $HOST {HOST}\n", "plain $ text $HOST {HOST}\n", NULL },
	{ "bind ${HOST} 80\n", "bind 127.0.0.1 80\n", NULL },
	{ "${HOST}${EMPTY}${HOST}", "127.0.0.1127.0.0.1", NULL },
	{ "a ${NIX} b", NULL, "there is no NIX" },
	{ "a ${HOST", NULL, "no brace closes" },
	{ "${}", NULL, "there is no " },
	{ "${AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA}", NULL,
	    "too long a name" },
};

Test(site_conf, expands_names_or_says_which_is_missing)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[] = "/tmp/site_conf.XXXXXX";
		struct strbuf out = { 0 }, problem = { 0 };
		FILE *f = fdopen(mkstemp(path), "w");
		enum err e;

		fputs(cases[i].text, f);
		fclose(f);
		e = site_conf_expand(&out, path, value, &problem);
		if (cases[i].expanded != NULL) {
			cr_expect_eq(e, ERR_OK, "%s", strbuf_text(&problem));
			cr_expect_str_eq(strbuf_text(&out), cases[i].expanded);
		} else {
			cr_expect_eq(e, ERR_INVALID, "%s", cases[i].text);
			cr_expect_not_null(strstr(strbuf_text(&problem), cases[i].problem), "%s",
			    strbuf_text(&problem));
		}
		unlink(path);
		strbuf_free(&out);
		strbuf_free(&problem);
	}
}

Test(site_conf, a_file_that_is_not_there)
{
	struct strbuf out = { 0 }, problem = { 0 };

	cr_expect_eq(site_conf_expand(&out, "/nonexistent", value, &problem), ERR_NOT_FOUND);
	cr_expect_str_eq(strbuf_text(&problem), "/nonexistent: No such file or directory");
	strbuf_free(&problem);
}

Test(site_conf, numbers)
{
	static const struct {
		const char *name;
		int64_t n; /* -1: there is none */
	} numbers[] = { { "pgsql_conn_max", 8 }, { "task_threads", 16 }, { "pgsql", -1 },
		{ "commented", -1 }, { "word", -1 }, { "", -1 } };
	char path[] = "/tmp/site_conf.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	int64_t n;
	size_t i;

	fputs("# Of each.\n\npgsql_conn_max\t\t8\n  task_threads 16\n#commented 3\nword ${W}\n", f);
	fclose(f);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		n = -1;
		cr_expect_eq(site_conf_number(&n, path, numbers[i].name),
		    numbers[i].n < 0 ? ERR_NOT_FOUND : ERR_OK, "%s", numbers[i].name);
		cr_expect_eq(n, numbers[i].n, "%s", numbers[i].name);
	}
	unlink(path);
	cr_expect_eq(site_conf_number(&n, path, "word"), ERR_NOT_FOUND);
	cr_expect_eq(site_conf_number(&n, "conf/common.conf", "pgsql_conn_max"), ERR_OK);
	cr_expect_eq(site_conf_workers(3), 3);
	cr_expect_gt(site_conf_workers(0), 1);
}
