/* The languages that pastes are labelled with and coloured as. */
#ifndef TXT_SYNTAX_H
#define TXT_SYNTAX_H

#include <stddef.h>

/* Words stand in pastes.syntax, in addresses and in content_days; labels are for people. */
#define SYNTAXES(S)                                                                                \
	S(TEXT, "text", "Plain text")                                                              \
	S(IRC, "irc", "IRC log")                                                                   \
	S(C, "c", "C")                                                                             \
	S(CPP, "cpp", "C++")                                                                       \
	S(CSS, "css", "CSS")                                                                       \
	S(DIFF, "diff", "Diff")                                                                    \
	S(DOCKERFILE, "dockerfile", "Dockerfile")                                                  \
	S(GO, "go", "Go")                                                                          \
	S(HTML, "html", "HTML")                                                                    \
	S(INI, "ini", "INI, TOML, settings")                                                       \
	S(JAVA, "java", "Java")                                                                    \
	S(JAVASCRIPT, "javascript", "JavaScript")                                                  \
	S(JSON, "json", "JSON")                                                                    \
	S(LUA, "lua", "Lua")                                                                       \
	S(MAKEFILE, "makefile", "Makefile")                                                        \
	S(MARKDOWN, "markdown", "Markdown")                                                        \
	S(PERL, "perl", "Perl")                                                                    \
	S(PHP, "php", "PHP")                                                                       \
	S(PYTHON, "python", "Python")                                                              \
	S(RUBY, "ruby", "Ruby")                                                                    \
	S(RUST, "rust", "Rust")                                                                    \
	S(SH, "sh", "Shell")                                                                       \
	S(SQL, "sql", "SQL")                                                                       \
	S(TYPESCRIPT, "typescript", "TypeScript")                                                  \
	S(XML, "xml", "XML")                                                                       \
	S(YAML, "yaml", "YAML")

#define SYNTAX_ENUM(id, word, label) SYNTAX_##id,
enum syntax { SYNTAXES(SYNTAX_ENUM) SYNTAX__MAX };
#undef SYNTAX_ENUM

extern const char *const syntax_words[SYNTAX__MAX];
extern const char *const syntax_labels[SYNTAX__MAX];

/* The index of the word; SYNTAX__MAX: it is none. */
enum syntax syntax_find(const char *word);
/*
 * What a text probably is, by the end of its name and by how it begins. The name may be NULL;
 * SYNTAX_TEXT if nothing tells.
 */
enum syntax syntax_guess(const char *name, const char *text, size_t len);

#endif
