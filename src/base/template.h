/*
 * HTML templates bound to views (view.h). Parsed once before the fork into a flat list of
 * operations; rendering looks no name up.
 *
 *	{{name}} {{part.name}}		a field, escaped for where it stands
 *	{{raw name}}			a HTML field as it is: reviewers look here
 *	{{#name}} … {{/name}}		for each row of a LIST; once if a TEXT, HTML, INT or BOOL is
 *					set; inside a PART, whose fields then need no prefix
 *	{{^name}} … {{/name}}		if not set, or no rows
 *	{{>part}}			the file part.html, bound where it stands
 *	{{! comment }}
 *
 * Inside a LIST or PART names mean the row or part first, then what is around it. The place of each
 * {{name}} is known from the HTML before it (html_place.h): in text and in quoted attributes
 * & < > " ' are escaped; at the start of a URL attribute (href, src, action, formaction, …) only
 * http, https, mailto, ircs and relative addresses pass, others become "#". No field is taken by
 * unquoted attributes, event handlers, style, comments, names of tags and attributes, <script> and
 * <style>.
 *
 * A section must leave the HTML where it found it: <a{{#x}} class="{{x}}"{{/x}}> is fine. Lines
 * that hold nothing but one section, part or comment leave no trace, indentation and empty lines
 * are dropped outside <pre> and <textarea>.
 */
#ifndef BASE_TEMPLATE_H
#define BASE_TEMPLATE_H

#include "base/err.h"
#include "base/strbuf.h"
#include "base/view.h"

/*
 * The NUL-terminated text of "dashboard.html", valid until the next call; NULL when there is no
 * such file.
 */
typedef const char *(*template_source_fn)(const char *file, void *arg);

/*
 * Parses <type->name>.html and binds it to the type, replacing an earlier binding; may be done
 * again at any time between two renderings.
 * ERR_INVALID: the template is wrong, `error` says "file:line: message", the old binding stays.
 */
enum err template_bind(struct view_type *, template_source_fn, void *arg, struct strbuf *error);
/* Appends the page. The type must be bound; `view` is a struct of that type. */
void template_render(const struct view_type *, const void *view, struct strbuf *out);
/* Forgets the binding. */
void template_unbind(struct view_type *);

#endif
