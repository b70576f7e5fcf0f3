/* Labels of languages, and guessing them. */
#include "txt/syntax.h"

#include <criterion/criterion.h>
#include <string.h>

#include "content/content_facts.h"

Test(syntax, words_are_their_own)
{
	cr_assert_leq(SYNTAX__MAX, CONTENT_KINDS_MAX);
	for (int i = 0; i < SYNTAX__MAX; i++) {
		cr_expect_eq(syntax_find(syntax_words[i]), i);
		cr_expect_eq(strspn(syntax_words[i], "abcdefghijklmnopqrstuvwxyz"),
		    strlen(syntax_words[i]), "%s", syntax_words[i]);
	}
	cr_expect_eq(syntax_find(""), SYNTAX__MAX);
	cr_expect_eq(syntax_find("cobol"), SYNTAX__MAX);
}

static const struct {
	const char *name, *text;
	enum syntax syntax;
} cases[] = {
	{ NULL, "hello", SYNTAX_TEXT },
	{ "", "", SYNTAX_TEXT },
	{ "main.c", "", SYNTAX_C },
	{ "MAIN.C", "", SYNTAX_C },
	{ "src/Makefile", "all:", SYNTAX_MAKEFILE },
	{ "notes.txt", "#!/bin/sh\n", SYNTAX_TEXT },
	{ "the end.", "x", SYNTAX_TEXT },
	{ NULL, "#!/bin/sh\necho python", SYNTAX_SH },
	{ NULL, "#!/usr/bin/env python3\n", SYNTAX_PYTHON },
	{ NULL, "#!/bin/false\nsh", SYNTAX_TEXT },
	{ NULL, "diff --git a/x b/x\n", SYNTAX_DIFF },
	{ NULL, "--- a\n+++ b\n@@ -1 +1 @@\n", SYNTAX_DIFF },
	{ NULL, "--- that was all\n", SYNTAX_TEXT },
	{ NULL, "<!DOCTYPE html>", SYNTAX_HTML },
	{ NULL, "<?xml version='1.0'?>", SYNTAX_XML },
	{ "x", "#include <stdio.h>", SYNTAX_C },
};

Test(syntax, guesses)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(syntax_guess(cases[i].name, cases[i].text, strlen(cases[i].text)),
		    cases[i].syntax, "%zu", i);
}
