/* What is known of each language; read by colour.c alone. */
#ifndef TXT_COLOUR_RULES_H
#define TXT_COLOUR_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "txt/syntax.h"

/* How a text is read: as code, or line by line, or as tags. */
enum colour_mode {
	COLOUR_PLAIN,
	COLOUR_CODE,
	COLOUR_TAGS,
	COLOUR_DIFF,
	COLOUR_IRC,
	COLOUR_MARKDOWN,
	COLOUR_SETTINGS,
};

/* From `open` to `close`; NULL closes with the line. */
struct colour_pair {
	const char *open, *close;
	bool is_over_lines;  /* else the end of the line ends it, too */
	bool has_no_escapes; /* a backslash is a backslash */
	bool is_short;	     /* is none unless it closes within a few bytes: 'a' in Rust */
};

#define COLOUR_PAIRS 6

struct colour_rules {
	enum colour_mode mode;
	struct colour_pair comments[COLOUR_PAIRS], strings[COLOUR_PAIRS]; /* longest first */
	const char *const *keywords, *const *types;			  /* sorted */
	size_t nkeywords, ntypes;
	const char *in_words;  /* characters of words beside letters, digits and "_" */
	const char *sigils;    /* that begin a variable: $name */
	char meta;	       /* that begins an annotation: @name */
	bool has_preprocessor; /* "#word" at the begin of a line */
	bool has_regex;	       /* /…/ where a value may stand */
	bool has_keys;	       /* what stands before a colon is a name */
	bool ignores_case;     /* the words of the rules are in lower case */
};

extern const struct colour_rules colour_rules[SYNTAX__MAX];

#endif
