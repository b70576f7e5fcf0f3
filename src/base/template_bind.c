/*
 * Reads a template and the parts it includes, once from front to back, and writes the operations
 * that template.c renders. Everything that can be wrong with a template is found here.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/html_place.h"
#include "base/template.h"
#include "base/template_ops.h"
#include "base/xmalloc.h"

#define SECTIONS_MAX 32 /* sections in sections */

struct file {
	const char *name, *text;
	size_t at; /* how far it is read */
	int line;
	bool is_inline;		     /* a part that stands within a line */
	const struct file *includer; /* NULL: the page itself */
};

/* Where names are looked up; a PART has the level of what it lies in. */
struct scope {
	const struct view_type *type;
	int level;
	size_t offset;
};

struct section {
	const struct file *file;
	int line;
	const char *name;
	size_t op;
	bool is_loop, opens_scope;
	struct html_place before;
};

struct binder {
	struct template *template;
	template_source_fn source;
	void *arg;
	struct arena arena;
	struct strbuf *error;
	struct file *file;
	struct html_place place;
	struct scope scopes[SECTIONS_MAX + 1];
	int nscopes;
	struct section sections[SECTIONS_MAX];
	int nsections;
	size_t barrier; /* operations before it are complete: something jumps to here */
};

/* A field found by name. */
struct target {
	const struct view_field *field;
	int level;
	size_t offset;
};

static enum err bind_file(struct binder *, const char *name, bool is_inline);

static enum err __attribute__((format(printf, 3, 4)))
fail_at(struct binder *b, int line, const char *fmt, ...)
{
	va_list ap;

	strbuf_printf(b->error, "%s:%d: ", b->file->name, line);
	va_start(ap, fmt);
	strbuf_vprintf(b->error, fmt, ap);
	va_end(ap);
	return ERR_INVALID;
}

static struct op *
op_add(struct binder *b, enum op_code code, const struct target *t)
{
	struct template *tp = b->template;
	struct op *op;

	if (tp->nops == tp->room) {
		tp->room = tp->room > 0 ? tp->room * 2 : 64;
		tp->ops = xrealloc(tp->ops, tp->room * sizeof(*tp->ops));
	}
	op = &tp->ops[tp->nops++];
	*op = (struct op){ .code = code };
	if (t != NULL) {
		op->level = t->level;
		op->offset = t->offset;
	}
	return op;
}

static void
literal_add(struct binder *b, const char *s, size_t len)
{
	struct template *tp = b->template;
	struct op *op = tp->nops > b->barrier ? &tp->ops[tp->nops - 1] : NULL;

	if (len == 0)
		return;
	if (op == NULL || op->code != OP_COPY) {
		op = op_add(b, OP_COPY, NULL);
		op->offset = tp->literals.len;
	}
	strbuf_add(&tp->literals, s, len);
	op->size += len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_line_start(const struct file *f, size_t at)
{
	return at == 0 ? !f->is_inline : f->text[at - 1] == '\n';
}

static size_t
skip_blanks(const struct file *f, size_t at)
{
	while (is_blank(f->text[at]))
		at++;
	return at;
}

/* Where the literal text starts that matters, after an indentation or an empty line. */
static size_t
skip_indent(const struct file *f, size_t at, size_t end)
{
	size_t next = skip_blanks(f, at);

	if (next < end && f->text[next] == '\n')
		next++;
	return next < end ? next : end;
}

/* Reads the text up to `end`, where a tag or the end of the file is. */
static enum err
bind_literal(struct binder *b, size_t end)
{
	struct file *f = b->file;
	const char *wrong;

	while (f->at < end) {
		if (is_line_start(f, f->at) && html_place_ignores_space(&b->place)) {
			size_t next = skip_indent(f, f->at, end);

			if (next > f->at && f->text[next - 1] == '\n')
				f->line++;
			if (next > f->at) {
				f->at = next;
				continue;
			}
		}
		if ((wrong = html_place_read(&b->place, f->text[f->at])) != NULL)
			return fail_at(b, f->line, "%s", wrong);
		literal_add(b, f->text + f->at, 1);
		if (f->text[f->at++] == '\n')
			f->line++;
	}
	return ERR_OK;
}

static const struct view_field *
field_find(const struct view_type *type, const char *name, size_t len)
{
	const struct view_field *fields;
	size_t n;

	fields = type->fields(&n);
	for (size_t i = 0; i < n; i++)
		if (strlen(fields[i].name) == len && strncmp(fields[i].name, name, len) == 0)
			/* cppcheck-suppress returnDanglingLifetime -- the table is static */
			return &fields[i];
	return NULL;
}

static enum err
fail_unknown(struct binder *b, const char *name)
{
	struct strbuf places = { 0 };

	for (int i = b->nscopes; i > 0; i--)
		strbuf_printf(
		    &places, "%s%s", i < b->nscopes ? " or " : "", b->scopes[i - 1].type->name);
	fail_at(b, b->file->line, "no field '%s' in %s", name, strbuf_text(&places));
	strbuf_free(&places);
	return ERR_INVALID;
}

/* The first word of a name: in the innermost row or part, then outwards. */
static bool
find_outwards(const struct binder *b, const char *name, size_t len, struct target *t)
{
	for (int i = b->nscopes; i > 0; i--) {
		const struct scope *s = &b->scopes[i - 1];

		t->field = field_find(s->type, name, len);
		if (t->field != NULL) {
			t->level = s->level;
			t->offset = s->offset + t->field->offset;
			return true;
		}
	}
	return false;
}

static enum err
find(struct binder *b, const char *name, struct target *t)
{
	const struct view_type *part;
	const char *word = name;
	size_t len = strcspn(word, ".");

	if (!find_outwards(b, word, len, t))
		return fail_unknown(b, name);
	while (word[len] == '.') {
		if (t->field->kind != VIEW_PART)
			return fail_at(b, b->file->line, "'%.*s' in '%s' is no part",
			    (int)(word + len - name), name, name);
		word += len + 1;
		len = strcspn(word, ".");
		part = t->field->type;
		t->field = field_find(part, word, len);
		if (t->field == NULL)
			return fail_at(
			    b, b->file->line, "no field '%.*s' in %s", (int)len, word, part->name);
		t->offset += t->field->offset;
	}
	return ERR_OK;
}

/* A field that cannot be shown as {{name}}. */
static enum err
fail_kind(struct binder *b, enum view_kind kind, const char *name)
{
	static const struct {
		const char *what, *sigil;
	} hints[] = {
		[VIEW_HTML] = { "ready markup", "raw " },
		[VIEW_BOOL] = { "a yes or no", "#" },
		[VIEW_PART] = { "a part", "#" },
		[VIEW_LIST] = { "a list", "#" },
	};

	return fail_at(b, b->file->line, "'%s' is %s: write {{%s%s}}", name, hints[kind].what,
	    hints[kind].sigil, name);
}

static enum err
bind_field(struct binder *b, const char *name)
{
	struct target t;
	enum html_escaping how;
	const char *why;

	if (find(b, name, &t) != ERR_OK)
		return ERR_INVALID;
	if (t.field->kind != VIEW_TEXT && t.field->kind != VIEW_INT)
		return fail_kind(b, t.field->kind, name);
	if ((why = html_place_field(&b->place, &how)) != NULL)
		return fail_at(b, b->file->line, "{{%s}} cannot stand in %s", name, why);
	if (t.field->kind == VIEW_INT)
		op_add(b, OP_INT, &t);
	else
		op_add(b, how == HTML_ESCAPE_URL ? OP_URL : OP_TEXT, &t);
	return ERR_OK;
}

static enum err
bind_raw(struct binder *b, const char *name)
{
	struct target t;

	if (find(b, name, &t) != ERR_OK)
		return ERR_INVALID;
	if (t.field->kind != VIEW_HTML)
		return fail_at(
		    b, b->file->line, "'%s' is not ready markup: write {{%s}}", name, name);
	if (b->place.kind != HTML_TEXT)
		return fail_at(b, b->file->line, "{{raw %s}} can stand only in text", name);
	op_add(b, OP_HTML, &t);
	return ERR_OK;
}

static void
scope_push(struct binder *b, const struct view_type *type, int level, size_t offset)
{
	b->scopes[b->nscopes++] = (struct scope){ type, level, offset };
}

static const struct scope *
scope_inner(const struct binder *b)
{
	return &b->scopes[b->nscopes - 1];
}

static enum op_code
op_of(enum view_kind kind, bool is_inverse)
{
	static const enum op_code codes[] = {
		[VIEW_TEXT] = OP_IF_TEXT,
		[VIEW_HTML] = OP_IF_TEXT,
		[VIEW_INT] = OP_IF_INT,
		[VIEW_BOOL] = OP_IF_BOOL,
		[VIEW_LIST] = OP_IF_ROWS,
	};

	return is_inverse ? codes[kind] + (OP_UNLESS_TEXT - OP_IF_TEXT) : codes[kind];
}

static enum err
section_enter(struct binder *b, struct section *s, const struct target *t, bool is_inverse)
{
	const struct view_field *f = t->field;

	if (f->kind == VIEW_PART && is_inverse)
		return fail_at(b, s->line, "'%s' is a part and always there", s->name);
	if (f->kind == VIEW_LIST && !is_inverse) {
		int level = scope_inner(b)->level + 1;
		struct op *op;

		if (level >= TEMPLATE_LEVELS_MAX)
			return fail_at(b, s->line, "more than %d lists in each other",
			    TEMPLATE_LEVELS_MAX - 1);
		op = op_add(b, OP_EACH, t);
		op->size = f->type->size;
		op->row_level = level;
		scope_push(b, f->type, level, 0);
		s->is_loop = s->opens_scope = true;
	} else if (f->kind == VIEW_PART) {
		scope_push(b, f->type, t->level, t->offset);
		s->opens_scope = true;
	} else {
		op_add(b, op_of(f->kind, is_inverse), t);
	}
	return ERR_OK;
}

static enum err
place_tag(struct binder *b, const char *tag, const char *name)
{
	const char *why = html_place_tag(&b->place);

	if (why == NULL)
		return ERR_OK;
	return fail_at(b, b->file->line, "{{%s%s}} cannot stand in %s", tag, name, why);
}

static enum err
section_open(struct binder *b, const char *name, bool is_inverse)
{
	struct section *s;
	struct target t;

	if (find(b, name, &t) != ERR_OK)
		return ERR_INVALID;
	if (b->nsections == SECTIONS_MAX)
		return fail_at(
		    b, b->file->line, "more than %d sections in each other", SECTIONS_MAX);
	if (place_tag(b, is_inverse ? "^" : "#", name) != ERR_OK)
		return ERR_INVALID;
	s = &b->sections[b->nsections++];
	*s = (struct section){ .file = b->file,
		.line = b->file->line,
		.name = name,
		.op = b->template->nops,
		.before = b->place };
	return section_enter(b, s, &t, is_inverse);
}

/* Ends the loop, and tells the operation that began the section where it ends. */
static void
section_leave(struct binder *b, const struct section *s)
{
	struct template *t = b->template;
	struct op *op;

	if (s->is_loop) {
		op = op_add(b, OP_NEXT, NULL);
		op->row_level = scope_inner(b)->level;
		op->jump = s->op + 1;
	}
	if (s->is_loop || !s->opens_scope)
		t->ops[s->op].jump = t->nops;
	if (s->opens_scope)
		b->nscopes--;
	b->barrier = t->nops;
	b->nsections--;
}

static enum err
section_close(struct binder *b, const char *name)
{
	struct section *s = b->nsections > 0 ? &b->sections[b->nsections - 1] : NULL;
	struct html_place after;

	if (s == NULL || s->file != b->file)
		return fail_at(b, b->file->line, "{{/%s}} closes nothing", name);
	if (strcmp(s->name, name) != 0)
		return fail_at(b, b->file->line, "{{/%s}} where {{/%s}} of line %d is due", name,
		    s->name, s->line);
	if (place_tag(b, "/", name) != ERR_OK)
		return ERR_INVALID;
	after = s->before;
	if (!html_place_join(&after, &b->place, s->is_loop))
		return fail_at(b, b->file->line,
		    "{{/%s}} stands elsewhere in the HTML than its beginning in line %d", name,
		    s->line);
	b->place = after;
	section_leave(b, s);
	return ERR_OK;
}

static enum err
bind_part(struct binder *b, const char *name, bool is_inline)
{
	const char *file = arena_printf(&b->arena, "%s.html", name);

	for (const struct file *f = b->file; f != NULL; f = f->includer)
		if (strcmp(f->name, file) == 0)
			return fail_at(b, b->file->line, "{{>%s}} includes itself", name);
	if (place_tag(b, ">", name) != ERR_OK)
		return ERR_INVALID;
	return bind_file(b, file, is_inline);
}

static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	return len > 0 && s[len] == '\0' && s[0] != '.' && s[len - 1] != '.';
}

/* A copy of s[len] without white space around it. */
static char *
trimmed(struct arena *a, const char *s, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", s[0]) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	return arena_strndup(a, s, len);
}

static enum err
bind_tag(struct binder *b, const char *s, size_t len, bool is_inline)
{
	bool has_sigil = len > 0 && strchr("#^/>!", s[0]) != NULL;
	char sigil = has_sigil ? s[0] : ' ';
	const char *name = trimmed(&b->arena, s + has_sigil, len - has_sigil);

	if (sigil == '!')
		return ERR_OK;
	if (!has_sigil && strncmp(name, "raw ", 4) == 0) {
		sigil = 'r';
		name = trimmed(&b->arena, name + 4, strlen(name + 4));
	}
	if (!is_name(name))
		return fail_at(b, b->file->line, "'%s' is no name", name);
	switch (sigil) {
	case '#':
		return section_open(b, name, false);
	case '^':
		return section_open(b, name, true);
	case '/':
		return section_close(b, name);
	case '>':
		return bind_part(b, name, is_inline);
	case 'r':
		return bind_raw(b, name);
	default:
		return bind_field(b, name);
	}
}

/*
 * If a section, part or comment is alone on its line, the line vanishes: *start moves back over its
 * indentation, *end past its newline. False if it is not.
 */
static bool
take_whole_line(const struct file *f, size_t *start, size_t *end)
{
	size_t first = *start, after = skip_blanks(f, *end);

	while (first > f->at && is_blank(f->text[first - 1]))
		first--;
	if (strchr("#^/>!", f->text[*start + 2]) == NULL || !is_line_start(f, first) ||
	    (f->text[after] != '\n' && f->text[after] != '\0'))
		return false;
	*start = first;
	*end = f->text[after] == '\n' ? after + 1 : after;
	return true;
}

static int
count_lines(const char *s, size_t len)
{
	int n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

/* Reads the text before the next tag, and the tag. */
static enum err
bind_next(struct binder *b, const char *tag)
{
	struct file *f = b->file;
	size_t start = (size_t)(tag - f->text), end;
	const char *close = strstr(tag, "}}");
	bool is_inline;

	if (close == NULL)
		return fail_at(
		    b, f->line + count_lines(f->text + f->at, start - f->at), "{{ without }}");
	end = (size_t)(close - f->text) + 2;
	is_inline = !take_whole_line(f, &start, &end);
	if (bind_literal(b, start) != ERR_OK)
		return ERR_INVALID;
	if (bind_tag(b, tag + 2, (size_t)(close - tag) - 2, is_inline) != ERR_OK)
		return ERR_INVALID;
	f->line += count_lines(f->text + start, end - start);
	f->at = end;
	return ERR_OK;
}

static enum err
bind_text(struct binder *b)
{
	struct file *f = b->file;
	const struct section *s;
	const char *tag;

	while ((tag = strstr(f->text + f->at, "{{")) != NULL)
		if (bind_next(b, tag) != ERR_OK)
			return ERR_INVALID;
	if (bind_literal(b, strlen(f->text)) != ERR_OK)
		return ERR_INVALID;
	s = b->nsections > 0 ? &b->sections[b->nsections - 1] : NULL;
	if (s != NULL && s->file == f)
		return fail_at(b, s->line, "{{#%s}} or {{^%s}} has no end", s->name, s->name);
	return ERR_OK;
}

/* A part that stands within a line does not end that line with its own. */
static char *
file_text(struct arena *a, const char *text, bool is_inline)
{
	size_t len = strlen(text);

	if (is_inline && len > 0 && text[len - 1] == '\n')
		len--;
	return arena_strndup(a, text, len);
}

static enum err
bind_file(struct binder *b, const char *name, bool is_inline)
{
	struct file *includer = b->file, *f = arena_alloc(&b->arena, sizeof(*f));
	const char *text = b->source(name, b->arg);
	enum err e;

	if (text == NULL) {
		if (includer != NULL)
			return fail_at(b, includer->line, "there is no part '%s'", name);
		strbuf_printf(b->error, "%s:1: there is no such template", name);
		return ERR_INVALID;
	}
	*f = (struct file){ .name = name,
		.text = file_text(&b->arena, text, is_inline),
		.line = 1,
		.is_inline = is_inline,
		.includer = includer };
	b->file = f;
	e = bind_text(b);
	if (e == ERR_OK && includer == NULL && b->place.kind != HTML_TEXT)
		e = fail_at(b, f->line, "the page ends inside a tag, a comment or a script");
	b->file = includer;
	return e;
}

static void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	free(t->ops);
	strbuf_free(&t->literals);
	free(t);
}

enum err
template_bind(struct view_type *type, template_source_fn source, void *arg, struct strbuf *error)
{
	struct binder b = { .source = source, .arg = arg, .error = error };
	enum err e;

	b.template = xcalloc(1, sizeof(*b.template));
	scope_push(&b, type, 0, 0);
	e = bind_file(&b, arena_printf(&b.arena, "%s.html", type->name), false);
	if (e == ERR_OK) {
		op_add(&b, OP_END, NULL);
		template_free(type->template);
		type->template = b.template;
	} else {
		template_free(b.template);
	}
	arena_free(&b.arena);
	return e;
}

void
template_unbind(struct view_type *type)
{
	template_free(type->template);
	type->template = NULL;
}
