#include "base/multipart_head.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static const char form_type[] = "multipart/form-data";
static const char blanks[] = " \t";

static enum err
refuse(const char **sentence, enum err e, const char *why)
{
	*sentence = why;
	return e;
}

/* ---- Parameters: ; name="value" or ; name=value ---- */

struct span {
	char *s;
	size_t len;
};

struct parameter {
	struct span name, value;
	bool is_quoted;
};

static bool
is_word(struct span a, const char *word)
{
	return a.len == strlen(word) && strncasecmp(a.s, word, a.len) == 0;
}

/* A token (RFC 9110, 5.6.2), perhaps empty. */
static struct span
take_token(char **at)
{
	struct span t = { *at, 0 };

	while (isalnum((unsigned char)t.s[t.len]) ||
	       (t.s[t.len] != '\0' && strchr("!#$%&'*+-.^_`|~", t.s[t.len]) != NULL))
		t.len++;
	*at += t.len;
	return t;
}

/* Between quotes a backslash is a byte like others: browsers write the names of files so. */
static bool
take_value(struct parameter *p, char **at)
{
	char *s = *at;

	p->is_quoted = *s == '"';
	s += p->is_quoted;
	p->value = (struct span){ s, strcspn(s, p->is_quoted ? "\"" : "; \t\"") };
	s += p->value.len;
	if (p->is_quoted ? *s != '"' : *s == '"' || p->value.len == 0)
		return false;
	*at = s + p->is_quoted;
	return true;
}

/* One parameter off the text, which begins with blanks and a semicolon; false if it is none. */
static bool
take_parameter(struct parameter *p, char **at)
{
	char *s = *at + strspn(*at, blanks);

	if (*s != ';')
		return false;
	s += 1 + strspn(s + 1, blanks);
	p->name = take_token(&s);
	if (p->name.len == 0 || *s != '=')
		return false;
	s++;
	if (!take_value(p, &s))
		return false;
	*at = s + strspn(s, blanks);
	return true;
}

/* ---- The boundary ---- */

bool
multipart_head_is_form(const char *content_type)
{
	const size_t len = sizeof(form_type) - 1;

	return strncasecmp(content_type, form_type, len) == 0 &&
	       strchr("; \t", content_type[len]) != NULL; /* the end counts, too */
}

static bool
is_boundary(struct span b)
{
	if (b.len == 0 || b.len > MULTIPART_BOUNDARY_MAX || b.s[b.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < b.len; i++)
		if (!isalnum((unsigned char)b.s[i]) && strchr("'()+_,-./:=? ", b.s[i]) == NULL)
			return false;
	return true;
}

/* Reads all parameters, so that what is broken behind the boundary is found as well. */
static enum err
read_boundary(char *out, char *parameters, const char **sentence)
{
	struct parameter p;

	*out = '\0';
	for (char *at = parameters; *at != '\0';) {
		if (!take_parameter(&p, &at))
			return refuse(
			    sentence, ERR_INVALID, "The type of the form could not be read.");
		if (!is_word(p.name, "boundary"))
			continue;
		if (*out != '\0')
			return refuse(sentence, ERR_INVALID, "The form names two boundaries.");
		if (!is_boundary(p.value))
			return refuse(sentence, ERR_INVALID,
			    "The boundary of the form must be 1 to 70 letters, digits or marks.");
		memcpy(out, p.value.s, p.value.len);
		out[p.value.len] = '\0';
	}
	if (*out == '\0')
		return refuse(sentence, ERR_INVALID, "The form names no boundary.");
	return ERR_OK;
}

enum err
multipart_head_boundary(
    char out[MULTIPART_BOUNDARY_MAX + 1], const char *content_type, const char **sentence)
{
	char copy[256];
	size_t len = strnlen(content_type, sizeof(copy));

	if (len == sizeof(copy) || !multipart_head_is_form(content_type))
		return refuse(sentence, ERR_INVALID, "The type of the form could not be read.");
	memcpy(copy, content_type, len + 1);
	while (len > 0 && strchr(blanks, copy[len - 1]) != NULL)
		copy[--len] = '\0';
	return read_boundary(out, copy + sizeof(form_type) - 1, sentence);
}

/* ---- A part ---- */

static const char bad_head[] = "The head of a part of the form could not be read.";

/* %22, %0D and %0A, in place. */
static void
decode_name(struct span v)
{
	static const struct {
		char escape[4], byte;
	} known[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
	char *out = v.s;

	for (size_t i = 0, k; i < v.len; i++, out++) {
		*out = v.s[i];
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (v.len - i < 3 || strncasecmp(v.s + i, known[k].escape, 3) != 0)
				continue;
			*out = known[k].byte;
			i += 2;
			break;
		}
	}
	*out = '\0'; /* at the latest where the closing quote stood */
}

static enum err
keep_name(const char **kept, const struct parameter *p, const char **sentence)
{
	if (*kept != NULL || !p->is_quoted)
		return refuse(sentence, ERR_INVALID, bad_head);
	if (p->value.len > MULTIPART_NAME_BYTES_MAX)
		return refuse(sentence, ERR_TOO_LARGE, "A name in the form is too long.");
	decode_name(p->value);
	*kept = p->value.s;
	return ERR_OK;
}

static enum err
keep_parameter(struct multipart_part *part, const struct parameter *p, const char **sentence)
{
	if (is_word(p->name, "name"))
		return keep_name(&part->name, p, sentence);
	if (is_word(p->name, "filename"))
		return keep_name(&part->filename, p, sentence);
	if (p->name.s[p->name.len - 1] == '*')
		return refuse(sentence, ERR_INVALID, bad_head);
	return ERR_OK;
}

static enum err
read_disposition(struct multipart_part *part, char *value, const char **sentence)
{
	struct parameter p;
	enum err e = ERR_OK;

	if (part->name != NULL || !is_word(take_token(&value), "form-data"))
		return refuse(sentence, ERR_INVALID, bad_head);
	while (e == ERR_OK && *value != '\0') {
		if (!take_parameter(&p, &value))
			return refuse(sentence, ERR_INVALID, bad_head);
		e = keep_parameter(part, &p, sentence);
	}
	if (e == ERR_OK && (part->name == NULL || *part->name == '\0'))
		return refuse(sentence, ERR_INVALID, "A part of the form has no name.");
	return e;
}

/* Deprecated (RFC 7578, 4.7); what is encoded is refused rather than taken for its own bytes. */
static bool
is_plain_encoding(const char *value)
{
	return strcasecmp(value, "binary") == 0 || strcasecmp(value, "8bit") == 0 ||
	       strcasecmp(value, "7bit") == 0;
}

/* "Name: value", closed by a NUL. */
static enum err
read_line(struct multipart_part *part, char *line, const char **sentence)
{
	struct span name = take_token(&line);

	if (name.len == 0 || *line != ':')
		return refuse(sentence, ERR_INVALID, bad_head);
	line += 1 + strspn(line + 1, blanks);
	for (size_t n = strlen(line); n > 0 && strchr(blanks, line[n - 1]) != NULL; n--)
		line[n - 1] = '\0';
	if (is_word(name, "content-disposition"))
		return read_disposition(part, line, sentence);
	if (is_word(name, "content-type")) {
		if (part->type != NULL)
			return refuse(sentence, ERR_INVALID, bad_head);
		part->type = line;
	}
	if (is_word(name, "content-transfer-encoding") && !is_plain_encoding(line))
		return refuse(sentence, ERR_INVALID, "A part of the form is encoded.");
	return ERR_OK;
}

/* Bytes that a line may hold; RFC 7578 leaves the rest to UTF-8. */
static bool
is_line(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return utf8_is_valid(s, len);
}

enum err
multipart_head_read(struct multipart_part *part, char *head, size_t len, const char **sentence)
{
	enum err e = ERR_OK;
	char *end;

	*part = (struct multipart_part){ 0 };
	for (char *line = head; e == ERR_OK && line < head + len; line = end + 2) {
		end = memchr(line, '\r', (size_t)(head + len - line));
		if (end == NULL || end + 1 == head + len || end[1] != '\n' ||
		    !is_line(line, (size_t)(end - line)))
			return refuse(sentence, ERR_INVALID, bad_head);
		*end = '\0';
		e = read_line(part, line, sentence);
	}
	if (e == ERR_OK && part->name == NULL)
		return refuse(sentence, ERR_INVALID, "A part of the form has no name.");
	if (part->type == NULL)
		part->type = "";
	return e;
}
