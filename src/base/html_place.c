/* See html_place.h. One function a kind; each reads one character. */
#include "base/html_place.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool
is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, list[i]) == 0)
			return true;
	return false;
}

static void
name_clear(struct html_place *p)
{
	p->name_len = 0;
	p->name[0] = '\0';
}

static void
name_add(struct html_place *p, char c)
{
	if (p->name_len + 1 >= sizeof(p->name))
		return;
	p->name[p->name_len++] = (char)tolower((unsigned char)c);
	p->name[p->name_len] = '\0';
}

static enum html_attr
attr_of(const char *name)
{
	static const char *const urls[] = { "href", "src", "action", "formaction", "poster", "cite",
		"data", "xlink:href", "background", "manifest" };
	static const char *const code[] = { "style", "srcdoc", "srcset", "ping" };

	if (strncmp(name, "on", 2) == 0 || is_one_of(name, code, COUNT(code)))
		return HTML_ATTR_CODE;
	return is_one_of(name, urls, COUNT(urls)) ? HTML_ATTR_URL : HTML_ATTR_PLAIN;
}

/* After the > of a tag: some elements change how what follows is read. */
static void
tag_end(struct html_place *p)
{
	static const char *const raw[] = { "script", "style" };
	static const char *const spaced[] = { "pre", "textarea" };

	p->kind = HTML_TEXT;
	if (is_one_of(p->element, spaced, COUNT(spaced)))
		p->keeps_space = !p->is_end_tag;
	if (!p->is_end_tag && is_one_of(p->element, raw, COUNT(raw))) {
		p->kind = HTML_RAW;
		p->matched = 0;
	}
}

static void
attr_start(struct html_place *p, char c)
{
	p->kind = HTML_ATTR_NAME;
	name_clear(p);
	name_add(p, c);
}

static void
value_start(struct html_place *p, char quote)
{
	p->kind = quote != '\0' ? HTML_VALUE_QUOTED : HTML_VALUE_BARE;
	p->quote = quote;
	p->attr = attr_of(p->name);
	p->url = HTML_URL_START;
	p->has_field = false;
	name_clear(p);
}

static const char *
read_text(struct html_place *p, char c)
{
	if (c == '<') {
		p->kind = HTML_TAG_START;
		p->is_end_tag = false;
		name_clear(p);
	}
	return NULL;
}

static const char *
read_tag_start(struct html_place *p, char c)
{
	if (c == '/' && !p->is_end_tag) {
		p->is_end_tag = true;
	} else if (c == '!' && !p->is_end_tag) {
		p->kind = HTML_DECLARATION;
	} else if (isalpha((unsigned char)c)) {
		p->kind = HTML_TAG_NAME;
		name_add(p, c);
	} else {
		return "a '<' that begins no tag; write &lt;";
	}
	return NULL;
}

static const char *
read_tag_name(struct html_place *p, char c)
{
	if (!is_space(c) && c != '/' && c != '>') {
		name_add(p, c);
		return NULL;
	}
	memcpy(p->element, p->name, sizeof(p->element));
	p->kind = HTML_TAG_SPACE;
	if (c == '>')
		tag_end(p);
	return NULL;
}

static const char *
read_tag_space(struct html_place *p, char c)
{
	if (c == '>')
		tag_end(p);
	else if (is_space(c) || c == '/')
		p->kind = HTML_TAG_SPACE;
	else if (c == '<' || c == '=' || c == '"' || c == '\'')
		return "a tag that is not closed, or a stray character in it";
	else if (p->kind == HTML_TAG_GAP)
		return "a space is missing before this attribute";
	else
		attr_start(p, c);
	return NULL;
}

static const char *
read_attr_name(struct html_place *p, char c)
{
	if (c == '=') {
		p->kind = HTML_VALUE_START;
	} else if (is_space(c)) {
		p->kind = HTML_ATTR_END;
	} else if (c == '>' || c == '/') {
		p->kind = HTML_TAG_SPACE;
		return read_tag_space(p, c);
	} else if (c == '"' || c == '\'' || c == '<') {
		return "a stray character in the name of an attribute";
	} else {
		name_add(p, c);
	}
	return NULL;
}

static const char *
read_attr_end(struct html_place *p, char c)
{
	if (is_space(c))
		return NULL;
	if (c == '=') {
		p->kind = HTML_VALUE_START;
		return NULL;
	}
	p->kind = HTML_TAG_SPACE;
	return read_tag_space(p, c);
}

static const char *
read_value_start(struct html_place *p, char c)
{
	if (c == '"' || c == '\'')
		value_start(p, c);
	else if (c == '>')
		return "an attribute without its value";
	else if (!is_space(c))
		value_start(p, '\0');
	return NULL;
}

/* Before its first : / ? or # an address could still turn out to have any scheme. */
static const char *
read_url(struct html_place *p, char c)
{
	static const char *const schemes[] = { "http", "https", "mailto", "ircs" };

	if (p->url == HTML_URL_SURE)
		return NULL;
	if (c == '/' || c == '?' || c == '#') {
		p->url = HTML_URL_SURE;
		return NULL;
	}
	p->url = HTML_URL_UNSURE;
	if (c != ':') {
		name_add(p, c);
		return NULL;
	}
	if (p->has_field || !is_one_of(p->name, schemes, COUNT(schemes)))
		return "only http:, https:, mailto:, ircs: and relative addresses may stand here";
	p->url = HTML_URL_SURE;
	return NULL;
}

static const char *
read_value_quoted(struct html_place *p, char c)
{
	if (c == p->quote) {
		p->kind = HTML_TAG_GAP;
		return NULL;
	}
	return p->attr == HTML_ATTR_URL ? read_url(p, c) : NULL;
}

static const char *
read_value_bare(struct html_place *p, char c)
{
	if (!is_space(c) && c != '>')
		return NULL;
	p->kind = HTML_TAG_SPACE;
	return read_tag_space(p, c);
}

static const char *
read_declaration(struct html_place *p, char c)
{
	name_add(p, c);
	if (p->name_len == 2 && strcmp(p->name, "--") == 0) {
		p->kind = HTML_COMMENT;
		p->matched = 2; /* <!--> is a whole comment */
	} else if (c == '>') {
		p->kind = HTML_TEXT;
	}
	return NULL;
}

static const char *
read_comment(struct html_place *p, char c)
{
	if (c == '>' && p->matched >= 2)
		p->kind = HTML_TEXT;
	else
		p->matched = c == '-' ? p->matched + 1 : 0;
	return NULL;
}

/* Only </script ends a script, whatever stands in it. */
static const char *
read_raw(struct html_place *p, char c)
{
	size_t len = strlen(p->element) + 2, at = (size_t)p->matched;

	if (at == len && (is_space(c) || c == '/' || c == '>')) {
		p->is_end_tag = true;
		p->kind = HTML_TAG_SPACE;
		return read_tag_space(p, c);
	}
	if ((at == 1 && c == '/') ||
	    (at >= 2 && at < len && tolower((unsigned char)c) == p->element[at - 2]))
		p->matched++;
	else
		p->matched = c == '<' ? 1 : 0;
	return NULL;
}

const char *
html_place_read(struct html_place *p, char c)
{
	static const char *(*const readers[])(struct html_place *, char) = {
		[HTML_TEXT] = read_text,
		[HTML_TAG_START] = read_tag_start,
		[HTML_TAG_NAME] = read_tag_name,
		[HTML_TAG_SPACE] = read_tag_space,
		[HTML_TAG_GAP] = read_tag_space,
		[HTML_ATTR_NAME] = read_attr_name,
		[HTML_ATTR_END] = read_attr_end,
		[HTML_VALUE_START] = read_value_start,
		[HTML_VALUE_BARE] = read_value_bare,
		[HTML_VALUE_QUOTED] = read_value_quoted,
		[HTML_DECLARATION] = read_declaration,
		[HTML_COMMENT] = read_comment,
		[HTML_RAW] = read_raw,
	};

	return readers[p->kind](p, c);
}

/* Why nothing of a template may stand in places of this kind; NULL where it may. */
static const char *
refusal(const struct html_place *p)
{
	switch (p->kind) {
	case HTML_TAG_START:
	case HTML_TAG_NAME:
		return "a tag name";
	case HTML_TAG_SPACE:
	case HTML_TAG_GAP:
	case HTML_ATTR_NAME:
	case HTML_ATTR_END:
		return "the name of an attribute";
	case HTML_VALUE_START:
	case HTML_VALUE_BARE:
		return "an attribute without quotes";
	case HTML_DECLARATION:
		return "a declaration";
	case HTML_COMMENT:
		return "an HTML comment";
	case HTML_RAW:
		return "<script> or <style>";
	case HTML_VALUE_QUOTED:
		if (p->attr == HTML_ATTR_CODE)
			return "an event handler, a style or a srcdoc, srcset or ping";
		if (p->attr == HTML_ATTR_URL && p->url == HTML_URL_UNSURE)
			return "an address whose beginning does not say what it is; begin it with "
			       "/";
		return NULL;
	default:
		return NULL;
	}
}

const char *
html_place_field(struct html_place *p, enum html_escaping *how)
{
	const char *why = refusal(p);

	if (why != NULL)
		return why;
	*how = HTML_ESCAPE_TEXT;
	if (p->kind == HTML_VALUE_QUOTED && p->attr == HTML_ATTR_URL && p->url == HTML_URL_START) {
		*how = HTML_ESCAPE_URL;
		p->url = HTML_URL_UNSURE;
		p->has_field = true;
	}
	return NULL;
}

static bool
is_in_tag(const struct html_place *p)
{
	return p->kind == HTML_TAG_SPACE || p->kind == HTML_TAG_GAP;
}

const char *
html_place_tag(struct html_place *p)
{
	switch (p->kind) {
	case HTML_TEXT:
	case HTML_TAG_SPACE:
	case HTML_TAG_GAP:
	case HTML_VALUE_QUOTED:
		return NULL;
	case HTML_TAG_NAME:
		memcpy(p->element, p->name, sizeof(p->element));
		/* FALLTHROUGH */
	case HTML_ATTR_NAME:
		p->kind = HTML_TAG_GAP;
		return NULL;
	case HTML_ATTR_END:
		p->kind = HTML_TAG_SPACE;
		return NULL;
	default:
		return refusal(p);
	}
}

static bool
is_same_url(const struct html_place *a, const struct html_place *b)
{
	return a->url == b->url && a->has_field == b->has_field && strcmp(a->name, b->name) == 0;
}

/*
 * If a section changes what is known of an address, nothing is known after it. In a loop that would
 * come too late: the second round would run with less knowledge than the first was checked with.
 */
static bool
join_url(struct html_place *p, const struct html_place *end, bool is_loop)
{
	if (is_same_url(p, end))
		return true;
	p->url = HTML_URL_UNSURE;
	p->has_field = true;
	return !is_loop;
}

bool
html_place_join(struct html_place *p, const struct html_place *end, bool is_loop)
{
	if (is_in_tag(p) && is_in_tag(end)) {
		if (end->kind == HTML_TAG_GAP)
			p->kind = HTML_TAG_GAP;
		return strcmp(p->element, end->element) == 0;
	}
	if (p->kind != end->kind || p->keeps_space != end->keeps_space)
		return false;
	if (p->kind != HTML_VALUE_QUOTED)
		return true;
	if (p->quote != end->quote || p->attr != end->attr)
		return false;
	return p->attr != HTML_ATTR_URL || join_url(p, end, is_loop);
}

bool
html_place_ignores_space(const struct html_place *p)
{
	return (p->kind == HTML_TEXT && !p->keeps_space) || is_in_tag(p) ||
	       p->kind == HTML_ATTR_END;
}
