/*
 * Where in an HTML document a point of a template stands, so that template.c knows how a field must
 * be escaped there, or that none may stand there at all. A reader of characters, after the
 * tokenizer of the HTML standard (section 13.2.5), as far as templates need it.
 */
#ifndef BASE_HTML_PLACE_H
#define BASE_HTML_PLACE_H

#include <stdbool.h>
#include <stddef.h>

enum html_kind {
	HTML_TEXT,
	HTML_TAG_START, /* after < */
	HTML_TAG_NAME,
	HTML_TAG_SPACE, /* inside a tag, an attribute may begin */
	HTML_TAG_GAP,	/* inside a tag, a space must come before an attribute begins */
	HTML_ATTR_NAME,
	HTML_ATTR_END,	  /* a space after the name; = may follow */
	HTML_VALUE_START, /* after = */
	HTML_VALUE_BARE,  /* without quotes */
	HTML_VALUE_QUOTED,
	HTML_DECLARATION,
	HTML_COMMENT,
	HTML_RAW /* in <script> or <style> */
};

enum html_attr { HTML_ATTR_PLAIN, HTML_ATTR_URL, HTML_ATTR_CODE };

/* How far the beginning of a URL says what kind of address it is. */
enum html_url { HTML_URL_START, HTML_URL_UNSURE, HTML_URL_SURE };

/* All zero: the beginning of a document. */
struct html_place {
	enum html_kind kind;
	enum html_attr attr; /* of the value we are in */
	enum html_url url;
	char quote;
	bool is_end_tag, has_field; /* has_field: in the part of a URL before its scheme is sure */
	bool keeps_space;	    /* in <pre> or <textarea> */
	int matched;		    /* of what ends a comment or a raw element */
	char name[16]; /* of the tag, attribute or scheme being read; cut when longer */
	size_t name_len;
	char element[16]; /* the last tag begun, or the raw element we are in */
};

enum html_escaping { HTML_ESCAPE_TEXT, HTML_ESCAPE_URL };

/* Moves past one character of the template. NULL, or what is wrong with it there. */
const char *html_place_read(struct html_place *, char);
/* Moves past a field and says how to escape it. NULL, or why no field may stand here. */
const char *html_place_field(struct html_place *, enum html_escaping *);
/* Moves past {{#…}}, {{^…}}, {{/…}} or {{>…}}. NULL, or why none may stand here. */
const char *html_place_tag(struct html_place *);
/*
 * Makes the first the place after a section that began there and ends at `end`: the section may
 * have been left out, and a loop may have run several times. False if no such place exists, as when
 * a quote is closed only in the section.
 */
bool html_place_join(struct html_place *, const struct html_place *end, bool is_loop);
/* Whether white space at the beginning of a line means nothing here. */
bool html_place_ignores_space(const struct html_place *);

#endif
