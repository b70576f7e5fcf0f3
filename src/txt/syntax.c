#include "txt/syntax.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define WORD(id, word, label) [SYNTAX_##id] = word,
const char *const syntax_words[SYNTAX__MAX] = { SYNTAXES(WORD) };
#define LABEL(id, word, label) [SYNTAX_##id] = label,
const char *const syntax_labels[SYNTAX__MAX] = { SYNTAXES(LABEL) };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum syntax
syntax_find(const char *word)
{
	int i = 0;

	while (i < SYNTAX__MAX && strcmp(syntax_words[i], word) != 0)
		i++;
	return (enum syntax)i;
}

/* Whole names, and ends of names. */
static const struct {
	const char *end;
	enum syntax syntax;
} names[] = {
	{ ".c", SYNTAX_C },
	{ ".h", SYNTAX_C },
	{ ".cc", SYNTAX_CPP },
	{ ".cpp", SYNTAX_CPP },
	{ ".cxx", SYNTAX_CPP },
	{ ".hh", SYNTAX_CPP },
	{ ".hpp", SYNTAX_CPP },
	{ ".css", SYNTAX_CSS },
	{ ".scss", SYNTAX_CSS },
	{ ".diff", SYNTAX_DIFF },
	{ ".patch", SYNTAX_DIFF },
	{ "dockerfile", SYNTAX_DOCKERFILE },
	{ ".go", SYNTAX_GO },
	{ ".htm", SYNTAX_HTML },
	{ ".html", SYNTAX_HTML },
	{ ".ini", SYNTAX_INI },
	{ ".cfg", SYNTAX_INI },
	{ ".conf", SYNTAX_INI },
	{ ".toml", SYNTAX_INI },
	{ ".service", SYNTAX_INI },
	{ ".java", SYNTAX_JAVA },
	{ ".js", SYNTAX_JAVASCRIPT },
	{ ".mjs", SYNTAX_JAVASCRIPT },
	{ ".jsx", SYNTAX_JAVASCRIPT },
	{ ".json", SYNTAX_JSON },
	{ ".lua", SYNTAX_LUA },
	{ "makefile", SYNTAX_MAKEFILE },
	{ ".mk", SYNTAX_MAKEFILE },
	{ ".md", SYNTAX_MARKDOWN },
	{ ".pl", SYNTAX_PERL },
	{ ".pm", SYNTAX_PERL },
	{ ".php", SYNTAX_PHP },
	{ ".py", SYNTAX_PYTHON },
	{ ".rb", SYNTAX_RUBY },
	{ ".rs", SYNTAX_RUST },
	{ ".sh", SYNTAX_SH },
	{ ".bash", SYNTAX_SH },
	{ ".zsh", SYNTAX_SH },
	{ ".sql", SYNTAX_SQL },
	{ ".ts", SYNTAX_TYPESCRIPT },
	{ ".tsx", SYNTAX_TYPESCRIPT },
	{ ".xml", SYNTAX_XML },
	{ ".svg", SYNTAX_XML },
	{ ".yaml", SYNTAX_YAML },
	{ ".yml", SYNTAX_YAML },
	{ ".txt", SYNTAX_TEXT },
	{ ".log", SYNTAX_TEXT },
};

static bool
ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), n = strlen(end);

	return len >= n && strcasecmp(text + len - n, end) == 0;
}

static enum syntax
by_name(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (ends_with(name, names[i].end))
			return names[i].syntax;
	return SYNTAX__MAX;
}

/* How texts begin; of "#!" what the first line names. */
static const struct {
	const char *begin, *then;
	enum syntax syntax;
} beginnings[] = {
	{ "diff --git ", NULL, SYNTAX_DIFF },
	{ "--- ", "\n+++ ", SYNTAX_DIFF },
	{ "Index: ", "\n=====", SYNTAX_DIFF },
	{ "commit ", "\ndiff --git ", SYNTAX_DIFF },
	{ "From ", "\ndiff --git ", SYNTAX_DIFF },
	{ "<?php", NULL, SYNTAX_PHP },
	{ "<?xml", NULL, SYNTAX_XML },
	{ "<!doctype html", NULL, SYNTAX_HTML },
	{ "<html", NULL, SYNTAX_HTML },
	{ "#!", "python", SYNTAX_PYTHON },
	{ "#!", "perl", SYNTAX_PERL },
	{ "#!", "ruby", SYNTAX_RUBY },
	{ "#!", "lua", SYNTAX_LUA },
	{ "#!", "node", SYNTAX_JAVASCRIPT },
	{ "#!", "sh", SYNTAX_SH },
	{ "#include ", NULL, SYNTAX_C },
	{ "package main\n", NULL, SYNTAX_GO },
	{ "---\n", NULL, SYNTAX_YAML },
};

/* Looks no further than a few lines: this runs for every paste. */
#define LOOK_BYTES 2000

static enum syntax
by_beginning(const char *text)
{
	for (size_t i = 0; i < COUNT(beginnings); i++) {
		const char *then = beginnings[i].then;

		if (strncasecmp(text, beginnings[i].begin, strlen(beginnings[i].begin)) == 0 &&
		    (then == NULL || strstr(text, then) != NULL))
			return beginnings[i].syntax;
	}
	return SYNTAX_TEXT;
}

enum syntax
syntax_guess(const char *name, const char *text, size_t len)
{
	const enum syntax found = name != NULL ? by_name(name) : SYNTAX__MAX;
	char start[LOOK_BYTES + 1];
	size_t n = len < LOOK_BYTES ? len : LOOK_BYTES;

	if (found != SYNTAX__MAX)
		return found;
	memcpy(start, text, n);
	start[n] = '\0';
	if (strncmp(start, "#!", 2) == 0)
		start[strcspn(start, "\n")] = '\0';
	return by_beginning(start);
}
